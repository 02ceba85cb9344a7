import type { Run } from '../../shared/domain/run'
import { placeOf } from './contexts'
import type { EnginePorts } from './engine'
import type { Looks } from './looks'
import { answersAtRest } from './runner'
import { truthOf } from './truth'

/**
 * Looks at every run that a former owner left unfinished, says what is so on each of its targets, and offers what can be done.
 * Changes nothing on any target. Each run keeps its lock until it is answered.
 */
export async function reconcile(ports: EnginePorts, looks: Looks, signal: AbortSignal): Promise<Run[]> {
  const unfinished = ports.journal.unfinished()
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
  return unfinished
}
