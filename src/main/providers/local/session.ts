import type { Step } from '../../../shared/domain/plan'
import type { LocalHandle } from '../../supervisor/handle'
import type { Json } from '../../ports'
import { LinkLost } from '../../../shared/domain/problem'
import type { Evidence, OpenConnection, ProviderPorts, Session, StepContext, TargetContext } from '../provider'
import { applyStep, lookAt, sameList, stopReason, undoStep, type Ground } from './apply'
import { Bundles } from './bundles'
import { checksOf } from './checks'
import { detailOf, idsOf } from './detail'
import { logsOf } from './logs'
import { observationOf, unreachable } from './observe'
import { mannerOf, stepsOf } from './plan'
import { exitWords, judge } from './probe'
import { problem, problemOf } from './problems'

const isHandle = (handle: unknown): handle is LocalHandle => typeof handle === 'object' && handle !== null && 'client' in handle

async function probe({ client }: Ground, step: Step, context: StepContext, aliveMs: number, signal: AbortSignal) {
  const ids = idsOf(detailOf(step))
  try {
    const { found } = await client.ask('probe', { ids }, signal)
    const byId = new Map(found.map((one) => [one.view.spec.id, one]))
    // The ages are the supervisor's, so its clock counts: this computer's own.
    return ids.map((id) => judge(byId.get(id)?.view, id, step.connectionId, byId.get(id)?.answer ?? null, Date.now(), aliveMs))
  } catch (error) {
    if (!(error instanceof LinkLost)) throw error
    return ids.map((instance) => ({
      instance,
      connectionId: step.connectionId,
      healthy: false,
      known: false,
      words: error.problem.message,
    }))
  }
}

async function resume(
  ground: Ground,
  handle: Json,
  context: StepContext,
  signal: AbortSignal,
): Promise<'done' | 'not-done' | 'unknown'> {
  if (typeof handle !== 'object' || handle === null || Array.isArray(handle)) return 'unknown'
  const { byId, route } = await lookAt(ground, context, signal)
  const { does, id, serving, key } = handle
  const view = typeof id === 'string' ? byId.get(id) : undefined
  const running = view !== undefined && view.phase !== 'stopped'
  if (does === 'start') return running ? 'done' : 'not-done'
  if (does === 'stop') return running ? 'not-done' : 'done'
  if (does === 'route' && Array.isArray(serving))
    return route && sameList(route.serving, serving.map(String)) ? 'done' : 'not-done'
  if (does !== 'job' || typeof key !== 'string') return 'unknown'
  const job = await ground.client.ask('job', { key, from: 0 }, signal)
  if (job.state === 'none') return 'not-done'
  if (job.state !== 'ended') return 'unknown'
  return job.exit?.code === 0 ? 'done' : 'not-done'
}

async function evidence(
  ground: Ground,
  step: Step,
  context: StepContext,
  limits: { lines: number; bytes: number },
  signal: AbortSignal,
): Promise<Evidence[]> {
  const { byId } = await lookAt(ground, context, signal)
  const ids = idsOf(detailOf(step))
  await ground.client.ask('flush', { targetId: context.target.id }, signal)
  const share = Math.floor(limits.bytes / Math.max(1, ids.length))
  return Promise.all(
    ids.map(async (instance) => {
      const view = byId.get(instance)
      const lines = await ground.client.lastLines(context.target.id, instance, limits.lines)
      return {
        targetId: context.target.id,
        instance,
        healthAnswers: (view?.answers ?? []).map(({ at, words }) => ({ at, words })),
        exit: view ? exitWords(view) : null,
        stopReason: stopReason(view),
        lastLines: newestWithin(lines, share),
      }
    }),
  )
}

function newestWithin(lines: readonly string[], bytes: number): string[] {
  let left = bytes
  const first = lines.findLastIndex((line) => (left -= Buffer.byteLength(line) + 1) < 0)
  return lines.slice(first + 1)
}

/** This computer at work for one target. */
export function localSession(
  connections: readonly OpenConnection[],
  { clock, artifacts }: ProviderPorts,
  aliveMs: number,
): Session {
  const [connection] = connections
  if (!connection || !isHandle(connection.handle)) throw problem('step-not-understood', { step: 'connect' })
  const { client } = connection.handle
  const bundles = new Bundles(client.where.bundles)
  const ground: Ground = { client, bundles, clock }
  return {
    async observe(context: TargetContext, signal) {
      try {
        const seen = await client.ask('look', { targetId: context.target.id }, signal)
        return await observationOf(context, connection, seen, bundles, clock.now())
      } catch (error) {
        return unreachable(context, problemOf(error), clock.now())
      }
    },
    async plan(change, signal) {
      const { route } = await client.ask('look', { targetId: change.target.id }, signal)
      const steps = stepsOf(change, change.artifact ? bundles.folder(change.artifact) : client.where.bundles, route?.port ?? null)
      const checks = await checksOf({ change, client, bundles, artifacts, signal })
      return {
        steps,
        checks: steps.length > 0 ? checks : checks.filter((one) => one.outcome !== 'pass'),
        ...mannerOf(change, steps),
      }
    },
    apply: (step, context, effects, signal) => applyStep(ground, step, context, effects, signal),
    undo: (step, context, effects, signal) => undoStep(ground, step, context, effects, signal),
    probe: (step, context, signal) => probe(ground, step, context, aliveMs, signal),
    resume: (_step, _effect, handle, context, signal) => resume(ground, handle, context, signal),
    evidence: (step, context, limits, signal) => evidence(ground, step, context, limits, signal),
    artifacts: {
      has: async (digest) => (await bundles.check(digest)) === null,
      write: (digest, _connection, source, signal) => bundles.write(digest, source, signal),
    },
    logs: logsOf(client),
    close: async () => undefined,
  }
}
