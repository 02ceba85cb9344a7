import { z } from 'zod'
import { Strategy, allAtOnce } from './strategy'
import { Actor, AppId, ConnectionId, EnvironmentId, PlacementId, ServiceId, TargetId, Time } from './ids'

/** Where one service of one placement runs. Three servers are one target with three connections. */
export const Target = z.object({
  id: TargetId,
  placementId: PlacementId,
  serviceId: ServiceId,
  provider: z.string().min(1).max(50),
  connectionIds: z.array(ConnectionId).min(1).max(1000),
  /** By connection: the identity pinned when this environment began to use it. */
  pinnedIdentities: z.record(z.string(), z.string()),
  settings: z.record(z.string(), z.json()),
})
export type Target = z.infer<typeof Target>

/** A mark that stops further deploys until it is lifted with a reason. */
export const Hold = z.object({ reason: z.string().min(1).max(500), since: Time, actor: Actor })
export type Hold = z.infer<typeof Hold>

/** What a run does when something fails. Fixed for the run and printed in its plan. */
export const OnFailure = z.discriminatedUnion('rule', [
  z.object({ rule: z.literal('revert') }),
  z.object({ rule: z.literal('ask') }),
  z.object({ rule: z.literal('go-on'), quorum: z.int().min(1).max(1000) }),
])
export type OnFailure = z.infer<typeof OnFailure>

/** One app in one environment. */
export const Placement = z.object({
  v: z.literal(1),
  id: PlacementId,
  appId: AppId,
  environmentId: EnvironmentId,
  targets: z.array(Target).max(100),
  /** Seconds that the new version must stay healthy with traffic before the old one goes. */
  bakeSeconds: z.int().min(0).max(86_400),
  onFailure: OnFailure,
  strategy: Strategy.default(allAtOnce),
  hold: Hold.nullable(),
  deletedAt: Time.nullable(),
})
export type Placement = z.infer<typeof Placement>
