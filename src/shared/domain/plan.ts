import { z } from 'zod'
import { Digest } from './artifact'
import { Check } from './check'
import {
  Actor,
  AppId,
  ConnectionId,
  EnvironmentId,
  InstallationId,
  PlacementId,
  PlanId,
  ReleaseId,
  ServiceId,
  SettingsRevisionId,
  StepId,
  TargetId,
  Time,
} from './ids'
import { OnFailure } from './placement'
import { Strategy, allAtOnce } from './strategy'

/** In this order; every target passes a phase before any enters the next. */
export const phases = ['transfer', 'release-command', 'start', 'healthy', 'switch', 'bake', 'retire'] as const
export const Phase = z.enum(phases)
export type Phase = z.infer<typeof Phase>

export const PlanKind = z.enum(['deploy', 'promote', 'roll-back', 'restart', 'scale', 'stop', 'start', 'apply-settings'])
export type PlanKind = z.infer<typeof PlanKind>

/** Kinds that a hold leaves allowed. */
export const allowedOnHold: readonly PlanKind[] = ['roll-back', 'restart', 'stop']

/** One thing to do on one connection. `detail` is the provider's own, plain data. */
export const Step = z.object({
  id: StepId,
  phase: Phase,
  /** Waves follow one another; in each, every target passes a phase before any enters the next. */
  wave: z.int().nonnegative().default(0),
  targetId: TargetId,
  serviceId: ServiceId,
  connectionId: ConnectionId,
  title: z.string().max(300),
  /** The literal commands or API calls, for "Show commands". No secret is in them. */
  commands: z.array(z.string().max(4000)).max(100),
  detail: z.json(),
  /** Of a bake: seconds to watch, where it is not the placement's own. */
  seconds: z.number().nonnegative().optional(),
})
export type Step = z.infer<typeof Step>

/** What happens to one service. */
export const ServiceChange = z.object({
  serviceId: ServiceId,
  targetId: TargetId,
  slug: z.string(),
  from: z.object({ digest: Digest.nullable(), alias: z.string().nullable() }),
  to: z.object({ digest: Digest.nullable(), alias: z.string().nullable() }),
  instances: z.int().nonnegative(),
  /** How it goes over, in words: "beside the old one, then traffic moves". */
  manner: z.string(),
})
export type ServiceChange = z.infer<typeof ServiceChange>

export const SettingsDifference = z.object({
  serviceId: ServiceId,
  slug: z.string(),
  /** Names only, never values. */
  missing: z.array(z.string()),
  changedSince: z.array(z.string()),
})
export type SettingsDifference = z.infer<typeof SettingsDifference>

export const WayBack = z.object({
  /** null: there is none, and `route` says why. */
  releaseId: ReleaseId.nullable(),
  route: z.string(),
  lastTookMs: z.int().nonnegative().nullable(),
  notUndone: z.array(z.string()),
})
export type WayBack = z.infer<typeof WayBack>

/** What the fingerprint covers. Not in it: time, health, load, prose. */
export const PlanBasis = z.object({
  kind: PlanKind,
  placementId: PlacementId,
  fromPlacementId: PlacementId.nullable(),
  artifacts: z.record(z.string(), Digest),
  observed: z.record(z.string(), z.array(z.object({ id: z.string(), artifact: z.string().nullable(), serving: z.boolean() }))),
  identities: z.record(z.string(), z.string()),
  settingsRevisions: z.record(z.string(), SettingsRevisionId.nullable()),
  targets: z.json(),
  policy: z.json(),
  hold: z.json(),
  steps: z.json(),
})
export type PlanBasis = z.infer<typeof PlanBasis>

/** The complete, read-only answer to "what would happen if". Starts once; lives thirty minutes. */
export const Plan = z.object({
  v: z.literal(1),
  id: PlanId,
  installationId: InstallationId,
  actor: Actor,
  createdAt: Time,
  expiresAt: Time,
  kind: PlanKind,
  appId: AppId,
  environmentId: EnvironmentId,
  placementId: PlacementId,
  fromPlacementId: PlacementId.nullable(),
  /** The release that will run. null for a stop. */
  releaseId: ReleaseId.nullable(),
  title: z.string(),
  changes: z.array(ServiceChange),
  settings: z.array(SettingsDifference),
  settingsRevisions: z.record(z.string(), SettingsRevisionId.nullable()),
  checks: z.array(Check),
  steps: z.array(Step),
  wayBack: WayBack,
  /** Milliseconds, from the last runs of this kind; null where none was seen. */
  estimateMs: z.int().nonnegative().nullable(),
  bakeSeconds: z.int().nonnegative(),
  onFailure: OnFailure,
  strategy: Strategy.default(allAtOnce),
  basis: PlanBasis,
  /** SHA-256 of the canonical JSON of `basis`, hex. */
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
  needs: z.object({ typedName: z.string().nullable(), reason: z.boolean() }),
})
export type Plan = z.infer<typeof Plan>

/** What a start must bring. Enforced in main. */
export const Guard = z.object({
  planId: PlanId,
  fingerprint: z.string(),
  typedName: z.string().max(100).optional(),
  reason: z.string().max(500).optional(),
  /** Whether a chosen roll back leaves the placement on hold, so that nothing undoes it. */
  holdAfter: z.boolean().optional(),
})
export type Guard = z.infer<typeof Guard>

export const planLifetimeMs = 30 * 60_000
