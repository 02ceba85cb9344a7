import { z } from 'zod'
import { App } from '../domain/app'
import { Environment } from '../domain/environment'
import { Cell } from '../domain/fleet'
import { PlacementId, ServiceId } from '../domain/ids'
import { Observation } from '../domain/observation'
import { OnFailure, Placement } from '../domain/placement'
import { Release } from '../domain/release'
import { Run } from '../domain/run'
import { SettingKey, SettingsRevision } from '../domain/settings'
import { Strategy } from '../domain/strategy'
import { call, streamOf } from './base'

/** A row of the releases table of an environment. */
export const ReleaseRow = z.object({
  release: Release,
  serving: z.boolean(),
  /** The last run that brought it here, if any. */
  run: Run.nullable(),
  /** null: it can be rolled back to; else why not, in words. */
  cannotRollBack: z.string().nullable(),
})
export type ReleaseRow = z.infer<typeof ReleaseRow>

/** All that the environment page of one app shows. */
export const PlacementView = z.object({
  app: App,
  environment: Environment,
  placement: Placement,
  cell: Cell,
  observations: z.array(Observation),
  releases: z.array(ReleaseRow),
  runs: z.array(Run),
})
export type PlacementView = z.infer<typeof PlacementView>

/** Keys with their values masked: a secret's value never leaves main; a plain one is shown only on request. */
export const SettingsView = z.object({
  serviceId: ServiceId,
  slug: z.string(),
  current: SettingsRevision.nullable(),
  /** Whether what runs was started with this revision. */
  applied: z.boolean(),
  history: z.array(SettingsRevision),
})
export type SettingsView = z.infer<typeof SettingsView>

export const placements = {
  /** The whole view, again whenever something in it changed. */
  watch: call.input(z.object({ placementId: PlacementId })).output(streamOf(PlacementView)),
  refresh: call.input(z.object({ placementId: PlacementId })).output(z.void()),
  hold: call
    .input(z.object({ placementId: PlacementId, reason: z.string().trim().min(1, 'Say why').max(500) }))
    .output(Placement),
  liftHold: call
    .input(z.object({ placementId: PlacementId, reason: z.string().trim().min(1, 'Say why').max(500) }))
    .output(Placement),
  /** Takes away the servers' locks of a holder that has not been heard of for 75 s by their own clocks. Answers whose they were. */
  reclaimLock: call.input(z.object({ placementId: PlacementId })).output(z.object({ whose: z.array(z.string()) })),
  setPolicy: call
    .input(
      z.object({
        placementId: PlacementId,
        onFailure: OnFailure,
        bakeSeconds: z.int().min(0).max(86_400),
        strategy: Strategy.optional(),
      }),
    )
    .output(Placement),
  settings: call.input(z.object({ placementId: PlacementId })).output(z.array(SettingsView)),
  /** Saves a new revision. Changes nothing that runs. A `secret` with text is sealed in the vault; one without keeps what it has. */
  saveSettings: call
    .input(
      z.object({
        placementId: PlacementId,
        serviceId: ServiceId,
        /** The revision that the form was made from; another one since is a problem. */
        basedOn: z.int().nonnegative(),
        values: z.array(
          z.object({
            key: SettingKey,
            value: z.discriminatedUnion('kind', [
              z.object({ kind: z.literal('plain'), value: z.string().max(32_768) }),
              z.object({ kind: z.literal('secret'), value: z.string().max(65_536).nullable() }),
            ]),
          }),
        ),
      }),
    )
    .output(SettingsRevision),
  /** The fix of "missing in production": copies plain values, and secrets by sealing them anew. */
  copySettings: call.input(z.object({ from: PlacementId, to: PlacementId, keys: z.array(SettingKey) })).output(z.void()),
}
