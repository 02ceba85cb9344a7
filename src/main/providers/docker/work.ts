import type { Step } from '../../../shared/domain/plan'
import type { Clock, Effects } from '../../ports'
import { lockKey, type StepContext } from '../provider'
import { parseTarget, type DockerTarget } from './fields'
import type { DockerHost } from './host'
import type { Fence, Upstream } from './proxy/proxy'
import { beforeSending } from './way'

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
    upstreams: upstreams.map(({ port, weight, spare }) => [port, weight, ...(spare ? ['spare'] : [])]),
  }),
  command: (name: string) => ({ does: 'command', name }),
}

/** Far less than the silence after which a lock may be taken away: within it, the lock was this run's. */
const freshMs = 20_000

/** The lock of a run on one host, as its changes ask for it. */
function fenceOf({ host, context, clock, signal }: Work): Fence {
  const lock = [lockKey(context), context.owner, context.fence] as const
  let asked = -Infinity
  const ask = async () => {
    for (;;) {
      const begun = clock.now()
      const link = await host.link(signal)
      await link.locks.check(...lock, signal)
      asked = clock.now()
      // A process that was stopped meanwhile may have lost its lock since the answer.
      if (asked - begun < freshMs) return
    }
  }
  return {
    ask,
    still: async () => {
      if (clock.now() - asked >= freshMs) await ask()
    },
    guarded: (locks, command) => locks.guarded(...lock, command),
  }
}

/**
 * An effect that is made only while the lock on its own host is still this run's. It is asked for before, and again right before
 * each request to the Engine where the last answer is not fresh: a process that slept on the way to it changes nothing.
 */
export function fenced<T>(
  work: Work,
  effect: string,
  handle: Parameters<Effects['do']>[1],
  change: (fence: Fence) => Promise<T>,
): Promise<T> {
  return work.effects.do(effect, handle, async () => {
    const fence = fenceOf(work)
    await fence.ask()
    return beforeSending.run(fence.still, () => change(fence))
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
