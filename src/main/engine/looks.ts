import type { Observation } from '../../shared/domain/observation'
import { LinkLost, ProblemError, type Problem } from '../../shared/domain/problem'
import type { TargetContext } from '../providers/provider'
import type { EnginePorts } from './engine'
import { problem } from './text'

/** What is known of a target that did not answer. */
export function unreachable(context: TargetContext, now: number, why: Problem): Observation {
  return {
    v: 1,
    targetId: context.target.id,
    observedAt: now,
    state: 'unreachable',
    problem: why,
    identities: {},
    desired: 0,
    instances: [],
    present: [],
    facts: { stored: [], runs: [], reach: [], address: [], health: [] },
    series: [],
  }
}

/** The problem in an error, for the screen; anything that is no problem becomes `unexpected`, and its details go to the own log. */
export function problemIn({ unexpected }: Pick<EnginePorts, 'unexpected'>, error: unknown, doing: string): Problem {
  if (error instanceof ProblemError || error instanceof LinkLost) return error.problem
  unexpected(doing, error)
  return problem('unexpected', { what: doing }, error).problem
}

/** Looks at a target now. Never throws for a target that cannot be reached: that is an observation too. */
export async function look(ports: EnginePorts, context: TargetContext, signal: AbortSignal): Promise<Observation> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ports.timings.checkTimeout)])
  try {
    const session = await ports.sessions.of(context.target)
    return await session.observe(context, limit)
  } catch (error) {
    signal.throwIfAborted()
    return unreachable(context, ports.clock.now(), problemIn(ports, error, `looking at ${context.service.slug}`))
  }
}

/** What two looks have in common when nothing has changed that needs to be kept. */
const essence = (observation: Observation) =>
  JSON.stringify([
    observation.state,
    observation.desired,
    observation.instances.map((one) => [one.id, one.artifact, one.serving, one.health, one.restarts]),
  ])

const keepEveryMs = 60_000

/** Looks at targets and remembers what was seen, in memory at once and on disk when it matters. */
export function createLooks(ports: EnginePorts) {
  const seen = new Map<string, Observation>()
  const kept = new Map<string, { essence: string; at: number }>()

  async function remember(observation: Observation) {
    const before = seen.get(observation.targetId)
    seen.set(observation.targetId, observation)
    const now = essence(observation)
    const last = kept.get(observation.targetId)
    if (!last || last.essence !== now || observation.observedAt - last.at > keepEveryMs) {
      kept.set(observation.targetId, { essence: now, at: observation.observedAt })
      await ports.records.observations.put(observation)
    }
    if (!before || JSON.stringify(before) !== JSON.stringify(observation)) ports.changed.publish()
  }

  return {
    async look(contexts: readonly TargetContext[], signal: AbortSignal): Promise<Map<string, Observation>> {
      const observations = await Promise.all(contexts.map((context) => look(ports, context, signal)))
      for (const observation of observations) await remember(observation)
      return new Map(observations.map((one) => [one.targetId, one]))
    },
    /** The last look, from memory or from disk; null where there was none. */
    async last(targetId: string): Promise<Observation | null> {
      const observation = seen.get(targetId) ?? (await ports.records.observations.get(targetId).catch(() => null))
      if (observation) seen.set(targetId, observation)
      return observation
    },
  }
}
export type Looks = ReturnType<typeof createLooks>
