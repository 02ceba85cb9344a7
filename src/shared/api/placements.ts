import { z } from 'zod'
import { App, HealthPath } from '../domain/app'
import { ArtifactKind } from '../domain/artifact'
import { ConnectionKind } from '../domain/connection'
import { Environment } from '../domain/environment'
import { Cell } from '../domain/fleet'
import { AppId, ConnectionId, Name, PlacementId, ServiceId, Slug, TargetId } from '../domain/ids'
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
  /** Ways of bringing hosts over that every target can. */
  strategies: z.array(z.string()),
  /** Whether a shell can be opened in what runs here. */
  terminals: z.boolean(),
  /** Whether it is the app that was made as the demo. */
  demo: z.boolean(),
})
export type PlacementView = z.infer<typeof PlacementView>

/** One field of a form that is drawn without knowing the provider. */
export const FieldView = z.object({
  key: z.string(),
  label: z.string(),
  kind: z.enum(['text', 'number', 'command', 'choice', 'switch']),
  help: z.string().optional(),
  required: z.boolean().optional(),
  choices: z.array(z.object({ value: z.string(), label: z.string() })).optional(),
})
export type FieldView = z.infer<typeof FieldView>

/** What is to become an environment of an app. */
export const Adoption = z.object({
  /** An app that there is, or a new one. */
  app: z.union([z.object({ id: AppId }), z.object({ slug: Slug, name: Name })]),
  /** Where there are no environments yet, dev, staging and production are made first. */
  environment: Slug,
  services: z
    .array(
      z.object({
        slug: Slug,
        healthPath: HealthPath.nullable(),
        route: z.boolean(),
        provider: z.string().max(50),
        connectionIds: z.array(ConnectionId).min(1).max(1000),
        settings: z.record(z.string(), z.json()),
      }),
    )
    .min(1)
    .max(50),
})
export type Adoption = z.infer<typeof Adoption>

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
  /** The providers and their forms, as data. */
  providers: call.output(
    z.array(
      z.object({
        kind: z.string(),
        name: z.string(),
        icon: z.string(),
        connectionKind: ConnectionKind,
        accepts: z.array(ArtifactKind),
        strategies: z.array(z.string()),
        fields: z.array(FieldView),
      }),
    ),
  ),
  /** Makes an environment of what runs: app, services, targets with the identities of their servers, and a release "as found". */
  adopt: call.input(Adoption).output(z.object({ placementId: PlacementId, release: Release.nullable() })),
  /** Adds a target, or changes one. Refused while a run goes on. */
  setTarget: call
    .input(
      z.object({
        placementId: PlacementId,
        targetId: TargetId.nullable(),
        serviceId: ServiceId,
        provider: z.string().max(50),
        connectionIds: z.array(ConnectionId).min(1).max(1000),
        settings: z.record(z.string(), z.json()),
      }),
    )
    .output(Placement),
  /** Takes a target out of the workspace. What runs there is left as it is. */
  removeTarget: call.input(z.object({ placementId: PlacementId, targetId: TargetId })).output(Placement),
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
