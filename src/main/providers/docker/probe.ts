import { request } from 'node:http'
import type { Step } from '../../../shared/domain/plan'
import { shortDigest } from '../../../shared/domain/artifact'
import { LinkLost, ProblemError } from '../../../shared/domain/problem'
import { alias } from '../../../shared/domain/release'
import type { ProbeAnswer, StepContext } from '../provider'
import { exitOf, inspect } from './containers'
import { detailOf, namesOf } from './detail'
import { parseTarget } from './fields'
import type { DockerHost } from './host'
import { instanceId } from './names'

/** What one container answered. */
export interface HealthAnswer {
  at: number
  healthy: boolean
  words: string
  latencyMs: number | null
}

const answerLimitMs = 5000

/** GET on a port of the server itself, through the link. Redirects are not followed: a login page is no health. */
async function get(
  host: DockerHost,
  port: number,
  path: string,
  signal: AbortSignal,
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; latencyMs: number }> {
  const link = await host.link(signal)
  const stream = await link.tcp('127.0.0.1', port, signal)
  const begun = performance.now()
  const limit = AbortSignal.any([signal, AbortSignal.timeout(answerLimitMs)])
  try {
    return await new Promise((resolve, reject) => {
      const asked = request(
        {
          createConnection: () => stream,
          method: 'GET',
          path,
          headers: { host: `127.0.0.1:${port}`, 'user-agent': 'slipway', connection: 'close' },
          signal: limit,
        },
        (answer) => {
          answer.resume()
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, latencyMs: performance.now() - begun })
        },
      )
      asked.once('error', reject)
      asked.end()
    })
  } finally {
    stream.destroy()
  }
}

const wasLate = (error: unknown) =>
  error instanceof Error && [error, error.cause].some((one) => one instanceof Error && one.name === 'TimeoutError')

/** What a version header may say for this release. */
function names(context: StepContext): string[] {
  const { release, artifact } = context
  const commit = release?.provenance.commit
  return [
    ...(release ? [alias(release), String(release.number)] : []),
    ...(artifact ? [artifact, shortDigest(artifact)] : []),
    ...(commit ? [commit, commit.slice(0, 7)] : []),
  ]
}

function judgeAnswer(context: StepContext, header: string, answer: Awaited<ReturnType<typeof get>>): Omit<HealthAnswer, 'at'> {
  const { status, headers, latencyMs } = answer
  if (status >= 300 && status < 400)
    return {
      healthy: false,
      words: `answered ${status}, a redirect to ${String(headers['location'] ?? '?').slice(0, 120)}: not followed`,
      latencyMs,
    }
  if (status < 200 || status >= 300) return { healthy: false, words: `answered ${status}`, latencyMs }
  if (header) {
    const said = String(headers[header.toLowerCase()] ?? '')
    if (!names(context).includes(said))
      return {
        healthy: false,
        words: `answered ${status}, but ${header} says ${said || 'nothing'} instead of ${names(context)[0] ?? 'this release'}`,
        latencyMs,
      }
  }
  return { healthy: true, words: `answered ${status}`, latencyMs }
}

/** Remembers what containers answered, for the page and the capsule. */
export class HealthBook {
  readonly #answers = new Map<string, HealthAnswer[]>()
  readonly #since = new Map<string, number>()

  note(instance: string, answer: HealthAnswer) {
    this.#answers.set(instance, [...(this.#answers.get(instance) ?? []), answer].slice(-50))
    if (!answer.healthy) this.#since.delete(instance)
    else if (!this.#since.has(instance)) this.#since.set(instance, answer.at)
  }

  of(instance: string): readonly HealthAnswer[] {
    return this.#answers.get(instance) ?? []
  }

  /** Since when every answer was good; null where the last was not. */
  since(instance: string): number | null {
    return this.#since.get(instance) ?? null
  }
}

/** Asks a running container's health path once, for a look: whichever release it is of. Says nothing of one that gives no answer yet. */
export async function askHealth(
  host: DockerHost,
  { instance, port, path, now }: { instance: string; port: number; path: string; now: number },
  book: HealthBook,
  signal: AbortSignal,
): Promise<void> {
  try {
    const { status, latencyMs } = await get(host, port, path, signal)
    const healthy = status >= 200 && status < 300
    book.note(instance, { at: now, healthy, words: `answered ${status}`, latencyMs })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof LinkLost || (error instanceof ProblemError && error.problem.code === 'forward-refused')) return
    book.note(instance, { at: now, healthy: false, words: 'does not answer', latencyMs: null })
  }
}

interface Probing {
  host: DockerHost
  step: Step
  context: StepContext
  book: HealthBook
  aliveMs: number
  now: number
}

async function probeOne(
  { host, step, context, book, aliveMs, now }: Probing,
  name: string,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const instance = instanceId(name, host.name)
  const settings = parseTarget(context.target.settings)
  const answer = (healthy: boolean, known: boolean, words: string, latencyMs: number | null = null): ProbeAnswer => {
    if (known) book.note(instance, { at: now, healthy, words, latencyMs })
    return { instance, connectionId: step.connectionId, healthy, known, words }
  }
  const details = await inspect(host, name, signal)
  if (!details) return answer(false, true, 'it is not there')
  const exit = exitOf(details)
  if (exit || details.State.Restarting)
    return answer(false, true, exit?.words ?? `it ended with code ${details.State.ExitCode} and is started again`)
  const age = (await host.now(signal)) - Date.parse(details.State.StartedAt)
  if (details.RestartCount > 0 && age < aliveMs)
    return answer(false, true, `it ended and was started again ${Math.round(age / 1000)} s ago`)
  const { healthPath } = context.service
  const port = Number(details.NetworkSettings.Ports[`${settings.port ?? 0}/tcp`]?.[0]?.HostPort ?? 0)
  if (healthPath && port > 0) {
    try {
      const judged = judgeAnswer(context, settings.versionHeader, await get(host, port, healthPath, signal))
      return answer(judged.healthy, true, judged.words, judged.latencyMs)
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof LinkLost) throw error
      if (error instanceof ProblemError && error.problem.code !== 'forward-refused') throw error
      // One that has only just started may not listen yet: that says nothing against it.
      const why = wasLate(error) ? 'did not answer within 5 s' : 'does not answer'
      return answer(false, age > aliveMs || book.of(instance).some((one) => one.healthy), why)
    }
  }
  const own = details.State.Health?.Status
  if (own === 'healthy') return answer(true, true, 'its own health check passes')
  if (own === 'unhealthy') return answer(false, true, 'its own health check fails')
  if (own === 'starting') return answer(false, false, 'its own health check has not answered yet')
  return age >= aliveMs
    ? answer(true, true, `runs for ${Math.round(age / 1000)} s`)
    : answer(false, false, `runs for ${Math.round(age / 1000)} of ${Math.round(aliveMs / 1000)} s`)
}

/** Whether the containers of a step are well now. Of a host that does not answer nothing is known. */
export async function probe(parts: Omit<Probing, 'now'> & { now(): number }, signal: AbortSignal): Promise<ProbeAnswer[]> {
  const { host, step } = parts
  const all = namesOf(detailOf(step))
  try {
    return await Promise.all(all.map((name) => probeOne({ ...parts, now: parts.now() }, name, signal)))
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof LinkLost) && !(error instanceof ProblemError)) throw error
    const words = error.problem.message
    return all.map((name) => ({
      instance: instanceId(name, host.name),
      connectionId: step.connectionId,
      healthy: false,
      known: false,
      words,
    }))
  }
}
