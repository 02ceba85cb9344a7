import type { Step } from '../../../shared/domain/plan'
import type { Clock, Effects } from '../../ports'
import { lockKey, type StepContext } from '../provider'
import { parseTarget, type DockerTarget } from './fields'
import type { DockerHost } from './host'
import type { Upstream } from './proxy/proxy'

/** A step at work on one host. */
export interface Work {
  host: DockerHost
  step: Step
  context: StepContext
  settings: DockerTarget
  effects: Effects
  clock: Clock
  signal: AbortSignal
}

/** The handle of an effect: enough to find out later what became of it. */
export const handles = {
  start: (name: string) => ({ does: 'start', name }),
  stop: (name: string) => ({ does: 'stop', name }),
  remove: (name: string) => ({ does: 'remove', name }),
  route: (key: string, upstreams: readonly Upstream[]) => ({
    does: 'route',
    key,
    upstreams: upstreams.map(({ port, weight }) => [port, weight]),
  }),
  command: (name: string) => ({ does: 'command', name }),
}

/** Far less than the silence after which a lock may be taken away: within it, the lock was this run's. */
const freshMs = 20_000

/**
 * An effect that is made only while the lock on its own host is still this run's. Work that takes long asks `still` before each
 * further change.
 */
export function fenced<T>(
  { host, context, effects, clock, signal }: Work,
  effect: string,
  handle: Parameters<Effects['do']>[1],
  work: (still: () => Promise<void>) => Promise<T>,
): Promise<T> {
  return effects.do(effect, handle, async () => {
    let asked = 0
    const still = async () => {
      for (;;) {
        const begun = clock.now()
        const link = await host.link(signal)
        await link.locks.check(lockKey(context), context.owner, context.fence, signal)
        asked = clock.now()
        // A process that was stopped meanwhile may have lost its lock since the answer.
        if (asked - begun < freshMs) return
      }
    }
    await still()
    return work(async () => {
      if (clock.now() - asked >= freshMs) await still()
    })
  })
}

export const workOf = (
  host: DockerHost,
  step: Step,
  context: StepContext,
  effects: Effects,
  clock: Clock,
  signal: AbortSignal,
): Work => ({
  host,
  step,
  context,
  settings: parseTarget(context.target.settings),
  effects,
  clock,
  signal,
})
