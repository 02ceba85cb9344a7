import { create } from 'zustand'
import type { CheckFix } from '../../../../shared/domain/check'
import type { PlacementId, ReleaseId, ServiceId } from '../../../../shared/domain/ids'
import type { Plan } from '../../../../shared/domain/plan'
import type { Problem } from '../../../../shared/domain/problem'
import { client, problemOf, withVault } from '../../client'

export type PlanQuery = Readonly<Record<string, string>>

const kinds = ['restart', 'stop', 'start', 'apply-settings'] as const

/** Asks the planner for what the sheet's address names. */
export function askPlan(query: PlanQuery, signal: AbortSignal): Promise<Plan> {
  const placementId = query['placement'] as PlacementId
  const releaseId = query['release'] as ReleaseId
  switch (query['kind']) {
    case 'promote':
      return client.plans.promote({ from: query['from'] as PlacementId, to: query['to'] as PlacementId }, { signal })
    case 'deploy':
      return client.plans.deploy({ placementId, releaseId }, { signal })
    case 'roll-back':
      return client.plans.rollBack({ placementId, releaseId }, { signal })
    case 'scale':
      return client.plans.change(
        {
          placementId,
          change: { kind: 'scale', serviceId: query['service'] as ServiceId, instances: Number(query['instances']) },
        },
        { signal },
      )
    default: {
      const kind = kinds.find((one) => one === query['kind']) ?? 'restart'
      return client.plans.change({ placementId, change: { kind } }, { signal })
    }
  }
}

interface PlanStore {
  plan: Plan | null
  problem: Problem | null
  /** Set from the first press on: a second press, or a held key, does nothing. */
  starting: boolean
  fixing: boolean
  make(query: PlanQuery, signal: AbortSignal): Promise<void>
  start(guard: { typedName: string; reason: string; holdAfter: boolean }): Promise<string | null>
  fix(fix: CheckFix, words: string): Promise<boolean>
}

export const usePlan = create<PlanStore>((set, get) => ({
  plan: null,
  problem: null,
  starting: false,
  fixing: false,
  async make(query, signal) {
    set({ plan: null, problem: null, starting: false })
    try {
      const plan = await withVault(() => askPlan(query, signal))
      if (!signal.aborted) set({ plan })
    } catch (error) {
      if (!signal.aborted) set({ problem: problemOf(error) })
    }
  },
  async start({ typedName, reason, holdAfter }) {
    const { plan, starting } = get()
    if (!plan || starting) return null
    set({ starting: true, problem: null })
    try {
      const run = await withVault(() =>
        client.runs.start({
          planId: plan.id,
          fingerprint: plan.fingerprint,
          ...(plan.needs.typedName !== null && { typedName }),
          ...(plan.needs.reason && { reason }),
          ...(plan.kind === 'roll-back' && { holdAfter }),
        }),
      )
      return run.id
    } catch (error) {
      set({ problem: problemOf(error), starting: false })
      return null
    }
  },
  async fix(fix, words) {
    const { plan } = get()
    if (!plan) return false
    set({ fixing: true, problem: null })
    try {
      if (fix.kind === 'lift-hold') await client.placements.liftHold({ placementId: plan.placementId, reason: words })
      if (fix.kind === 'reclaim-lock') await client.placements.reclaimLock({ placementId: plan.placementId })
      if (fix.kind === 'copy-settings' && plan.fromPlacementId) {
        const input = { from: plan.fromPlacementId, to: plan.placementId, keys: fix.keys }
        await withVault(() => client.placements.copySettings(input))
      }
      return true
    } catch (error) {
      set({ problem: problemOf(error) })
      return false
    } finally {
      set({ fixing: false })
    }
  },
}))
