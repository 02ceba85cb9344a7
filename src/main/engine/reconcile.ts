import type { RunId } from '../../shared/domain/ids'
import type { Run } from '../../shared/domain/run'
import { placeOf, type Place } from './contexts'
import type { EnginePorts } from './engine'
import { dropLocks } from './locks'
import type { Looks } from './looks'
import { answersAtRest } from './runner'
import { truthOf } from './truth'

/**
 * Looks at every run that a former owner left unfinished, says what is so on each of its targets, and offers what can be done.
 * Changes nothing on any target. Each run keeps its lock until it is answered.
 */
export async function reconcile(ports: EnginePorts, looks: Looks, signal: AbortSignal): Promise<Run[]> {
  const unfinished = ports.journal.unfinished()
  const left = await leftLocks(ports, new Set(unfinished.map((run) => run.id)))
  ports.lock.keepOnly(unfinished.map((run) => run.id))
  for (const run of unfinished) {
    const plan = await ports.records.plans.get(run.planId)
    if (!plan) continue
    const place = await placeOf(ports.records, run.placementId)
    ports.lock.acquire(run.placementId, run.id)
    const ids = new Set(plan.steps.map((step) => step.targetId))
    const contexts = place.contexts.filter((context) => ids.has(context.target.id))
    const observations = await looks.look(contexts, signal)
    const truths = contexts.flatMap((context) => {
      const observation = observations.get(context.target.id)
      return observation ? [truthOf(plan, context, observation)] : []
    })
    ports.journal.append(run.id, { type: 'interrupted', truths, answers: answersAtRest(run) })
    ports.audit.record('run.found-unfinished', { runId: run.id, title: run.title, truths: truths.map((one) => one.words) })
  }
  ports.changed.publish()
  // A former owner ended between a lock and its run, or between a run's end and its lock: nobody else would give these back.
  for (const { place, runId } of left) await dropLocks(ports, place, runId)
  return unfinished
}

/** Locks in the workspace's own rows whose runs are over, or were never begun. */
async function leftLocks(ports: EnginePorts, unfinished: ReadonlySet<RunId>): Promise<{ place: Place; runId: RunId }[]> {
  const left: { place: Place; runId: RunId }[] = []
  for (const app of await ports.records.apps.list())
    for (const { id } of await ports.records.placements.list(app.id)) {
      const held = ports.lock.holder(id)
      if (held && !unfinished.has(held.runId)) left.push({ place: await placeOf(ports.records, id), runId: held.runId })
    }
  return left
}
