import type { Instance, Observation } from '../../shared/domain/observation'
import type { Plan } from '../../shared/domain/plan'
import type { TargetTruth } from '../../shared/domain/run'
import type { TargetContext } from '../providers/provider'

/** What is so on one target, compared with what its plan found and wanted. */
export function truthOf(plan: Plan, context: TargetContext, observation: Observation): TargetTruth {
  const { target, service } = context
  const at = { targetId: target.id }
  if (observation.state === 'unreachable') {
    return {
      ...at,
      state: 'unknown',
      words: `${service.slug}: not known, ${observation.problem?.message ?? 'it did not answer'}`,
    }
  }
  const serving = observation.instances.filter((instance) => instance.serving)
  const before = new Set((plan.basis.observed[target.id] ?? []).filter((one) => one.serving).map((one) => one.id))
  if (plan.kind === 'stop' && serving.length === 0)
    return { ...at, state: 'new', words: `${service.slug} is stopped, as planned` }
  if (serving.length === 0) {
    return before.size === 0
      ? { ...at, state: 'old', words: `${service.slug} runs nothing, as before` }
      : { ...at, state: 'neither', words: `${service.slug}: nothing serves` }
  }
  if (plan.kind === 'scale') {
    const each = plan.changes.find((change) => change.targetId === target.id)?.instances
    const wanted = each === undefined ? before.size : each * target.connectionIds.length
    return serving.length === wanted
      ? { ...at, state: 'new', words: `${service.slug} has ${wanted} instances, as planned` }
      : { ...at, state: 'old', words: `${service.slug} has ${serving.length} instances` }
  }
  const old = serving.filter((instance) => before.has(instance.id)).length
  if (old === serving.length) return { ...at, state: 'old', words: `${service.slug} still runs what it ran before` }
  if (old === 0) return { ...at, state: 'new', words: `${service.slug} runs the new version` }
  return { ...at, state: 'both', words: `${service.slug} runs both: ${bothWords(serving, before)}` }
}

/** Who runs what, by name: people must be able to act on it. */
function bothWords(serving: readonly Instance[], before: ReadonlySet<string>): string {
  const names = (which: boolean) =>
    serving
      .filter((one) => before.has(one.id) === which)
      .map((one) => (one.host ? `${one.id} on ${one.host}` : one.id))
      .join(', ')
  return `old ${names(true)}; new ${names(false)}`
}
