import { z } from 'zod'
import { PlacementId, PlanId, ReleaseId, ServiceId } from '../domain/ids'
import { Plan } from '../domain/plan'
import { call } from './base'

export const plans = {
  get: call.input(z.object({ planId: PlanId })).output(Plan),
  /** What `from` runs now, to `to`. */
  promote: call.input(z.object({ from: PlacementId, to: PlacementId })).output(Plan),
  deploy: call.input(z.object({ placementId: PlacementId, releaseId: ReleaseId })).output(Plan),
  rollBack: call.input(z.object({ placementId: PlacementId, releaseId: ReleaseId })).output(Plan),
  /** The same release again: new instances, or none, or another number of them, or with the newest settings. */
  change: call
    .input(
      z.object({
        placementId: PlacementId,
        change: z.discriminatedUnion('kind', [
          z.object({ kind: z.literal('restart') }),
          z.object({ kind: z.literal('stop') }),
          z.object({ kind: z.literal('start') }),
          z.object({ kind: z.literal('apply-settings') }),
          z.object({ kind: z.literal('scale'), serviceId: ServiceId, instances: z.int().min(0).max(50) }),
        ]),
      }),
    )
    .output(Plan),
}
