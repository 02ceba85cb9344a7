import { z } from 'zod'
import { TargetId } from './ids'

export const CheckOutcome = z.enum(['pass', 'warn', 'block', 'unknown'])
export type CheckOutcome = z.infer<typeof CheckOutcome>

/** What a person can press to mend a check. A fix makes a new plan. */
export const CheckFix = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('copy-settings'), label: z.string(), keys: z.array(z.string()) }),
  z.object({ kind: z.literal('lift-hold'), label: z.string() }),
  z.object({ kind: z.literal('reclaim-lock'), label: z.string() }),
  z.object({ kind: z.literal('open-run'), label: z.string(), runId: z.string() }),
])
export type CheckFix = z.infer<typeof CheckFix>

export const Check = z.object({
  id: z.string().max(100),
  source: z.string().max(100),
  targetId: TargetId.nullable(),
  outcome: CheckOutcome,
  /** A sentence: what was found. */
  message: z.string(),
  /** The reason under it. */
  detail: z.string(),
  fix: CheckFix.nullable(),
})
export type Check = z.infer<typeof Check>

const severity: Record<CheckOutcome, number> = { pass: 0, warn: 1, unknown: 2, block: 3 }

/** Joins the workspace's and the providers' checks: for one id and target the worst counts. */
export function joinChecks(checks: readonly Check[]): Check[] {
  const worst = new Map<string, Check>()
  for (const check of checks) {
    const key = `${check.id} ${check.targetId ?? ''}`
    const other = worst.get(key)
    if (!other || severity[check.outcome] > severity[other.outcome]) worst.set(key, check)
  }
  return [...worst.values()].toSorted((a, b) => severity[b.outcome] - severity[a.outcome])
}

/** Whether this check stops the run: a block always, an unknown one in a protected environment. */
export const stops = (check: Pick<Check, 'outcome'>, environment: { protected: boolean }) =>
  check.outcome === 'block' || (check.outcome === 'unknown' && environment.protected)
