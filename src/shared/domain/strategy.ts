import { z } from 'zod'

/** How the hosts of a target are brought over. Fixed for the run and printed in its plan. */
export const Strategy = z.discriminatedUnion('kind', [
  /** Every host at once, phase by phase. */
  z.object({ kind: z.literal('all') }),
  /** So many hosts after the other; each batch is healthy, switched and watched before the next begins. */
  z.object({ kind: z.literal('rolling'), batch: z.int().min(1).max(1000) }),
  /** The new version takes a part of the traffic for a while, then all of it. */
  z.object({ kind: z.literal('canary'), percent: z.int().min(1).max(99), minutes: z.number().min(0).max(1440) }),
])
export type Strategy = z.infer<typeof Strategy>
export type StrategyKind = Strategy['kind']

export const allAtOnce: Strategy = { kind: 'all' }

export function strategyWords(strategy: Strategy): string {
  switch (strategy.kind) {
    case 'all':
      return 'all hosts at once'
    case 'rolling':
      return strategy.batch === 1 ? 'one host after the other' : `${strategy.batch} hosts at a time`
    case 'canary':
      return `${strategy.percent} % of the traffic for ${strategy.minutes} min, then all`
    default:
      return strategy satisfies never
  }
}
