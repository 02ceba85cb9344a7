import type { ConnectionId } from '../../../shared/domain/ids'
import { LinkLost } from '../../../shared/domain/problem'
import type { Json } from '../../ports'
import type { OpenConnection, ProviderPorts, Session, StepContext, TargetContext } from '../provider'
import { applyStep, undoStep } from './apply'
import { checksOf } from './checks'
import { inspect } from './containers'
import { evidence } from './evidence'
import { parseTarget } from './fields'
import { DockerHost, isKnown } from './host'
import { artifactsOf } from './image-sources'
import { lockOf } from './lock'
import { logsOf } from './logs'
import { lookAt, type HostLook } from './look'
import { instanceId } from './names'
import { observationOf, type HostLost, type KnownHealth } from './observe'
import { mannerOf, stepsOf } from './plan'
import { HealthBook, askHealth, probe } from './probe'
import { problemOf } from './problems'
import { proxyOf } from './proxy'
import { releaseCommandName } from './release-command'
import { oneOff, shellIn } from './shell'
import { problem } from './text'
import { workOf } from './work'
import type { Step } from '../../../shared/domain/plan'

/** Looks at all hosts beside each other; one that does not answer does not hide the others. */
async function lookAtAll(hosts: readonly DockerHost[], context: TargetContext, signal: AbortSignal) {
  const looks: HostLook[] = []
  const lost: HostLost[] = []
  await Promise.all(
    hosts.map(async (host) => {
      try {
        looks.push(await lookAt(host, context, signal))
      } catch (error) {
        if (!isKnown(error) && !signal.aborted) throw error
        const why = isKnown(error)
          ? problemOf(error)
          : problem('docker-silent', { host: host.name, why: 'no answer in time' }).problem
        lost.push({ host, problem: why })
      }
    }),
  )
  const order = (host: DockerHost) => hosts.indexOf(host)
  return { looks: looks.toSorted((a, b) => order(a.host) - order(b.host)), lost }
}

function knownHealth(looks: readonly HostLook[], book: HealthBook): KnownHealth {
  const ids = looks.flatMap(({ host, seen }) => seen.map(({ container }) => instanceId(container.name, host.name)))
  return new Map(
    ids.flatMap((id) => {
      const last = book.of(id).at(-1)
      return last
        ? [[id, { healthy: last.healthy, words: last.words, since: book.since(id), latencyMs: last.latencyMs }] as const]
        : []
    }),
  )
}

async function resume(
  host: DockerHost,
  handle: Json,
  context: StepContext,
  signal: AbortSignal,
): Promise<'done' | 'not-done' | 'unknown'> {
  if (typeof handle !== 'object' || handle === null || Array.isArray(handle)) return 'unknown'
  const { does, name, upstreams, key: begun } = handle
  const settings = parseTarget(context.target.settings)
  if (does === 'route' && Array.isArray(upstreams) && typeof begun === 'string') {
    const wanted = upstreams.flatMap((one) =>
      Array.isArray(one)
        ? [{ port: Number(one[0]), weight: Number(one[1]), ...(one[2] === 'spare' ? { spare: true as const } : {}) }]
        : [],
    )
    const key = { run: context.runId, step: begun }
    return (await proxyOf(settings)?.pointed({ host, context, settings }, wanted, key, signal)) ?? 'unknown'
  }
  if (typeof name !== 'string') return 'unknown'
  const there = await inspect(host, name, signal)
  switch (does) {
    case 'start':
      return there?.State.Running ? 'done' : 'not-done'
    case 'stop':
      return there?.State.Running ? 'not-done' : 'done'
    case 'remove':
      return there ? 'not-done' : 'done'
    case 'command':
      if (!there) return 'not-done'
      return there.State.Running ? 'unknown' : there.State.ExitCode === 0 && there.State.Status === 'exited' ? 'done' : 'not-done'
    default:
      return 'unknown'
  }
}

/** Servers with Docker at work for one target. */
export function dockerSession(connections: readonly OpenConnection[], ports: ProviderPorts, aliveMs: number): Session {
  const { clock, artifacts, registries } = ports
  const hosts = connections.map((connection) => new DockerHost(connection))
  const book = new HealthBook()
  const hostOf = (id: ConnectionId): DockerHost => {
    const host = hosts.find((one) => one.connectionId === id)
    if (!host) throw problem('step-not-understood', { step: id })
    return host
  }
  const at = ({ connectionId }: Step) => hostOf(connectionId)

  return {
    async observe(context, signal) {
      const { looks, lost } = await lookAtAll(hosts, context, signal)
      const path = context.service.healthPath
      if (path)
        await Promise.all(
          looks.flatMap(({ host, seen }) =>
            seen.flatMap(({ container, port }) =>
              port === null || !container.running
                ? []
                : [
                    askHealth(
                      host,
                      { instance: instanceId(container.name, host.name), port, path, now: clock.now() },
                      book,
                      signal,
                    ),
                  ],
            ),
          ),
        )
      return observationOf(context, looks, lost, knownHealth(looks, book), clock.now())
    },
    async plan(change, signal) {
      await Promise.allSettled(hosts.map((host) => host.link(signal)))
      const steps = stepsOf(change, new Map(hosts.map((host) => [host.connectionId, host.name])))
      const checks = await checksOf({ change, hosts, artifacts, registries, signal })
      return {
        steps,
        checks: steps.length > 0 ? checks : checks.filter((one) => one.outcome !== 'pass'),
        ...mannerOf(change, steps),
      }
    },
    apply: (step, context, effects, signal) => applyStep(workOf(at(step), step, context, effects, clock, signal)),
    undo: (step, context, effects, signal) => undoStep(workOf(at(step), step, context, effects, clock, signal)),
    probe: (step, context, signal) => probe({ host: at(step), step, context, book, aliveMs, now: () => clock.now() }, signal),
    resume: (step, _effect, handle, context, signal) =>
      resume(at(step), handle, context, signal).catch((error: unknown) => {
        if (error instanceof LinkLost) return 'unknown'
        throw error
      }),
    evidence: (step, context, limits, signal) =>
      evidence({ host: at(step), step, context, book, command: releaseCommandName({ context }) }, limits, signal),
    artifacts: artifactsOf(hostOf, ports),
    logs: logsOf(hosts, clock),
    lock: lockOf(hosts),
    shell: (instance, _context, size, signal) => shellIn(hosts, instance, size, signal),
    runOnce: (command, context, connectionId, size, signal) => oneOff(hostOf(connectionId), command, context, size, signal),
    close: async () => undefined,
  }
}
