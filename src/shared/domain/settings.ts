import { z } from 'zod'
import { Actor, PlacementId, SecretId, ServiceId, SettingsRevisionId, Time } from './ids'

/** The name of an environment variable. */
export const SettingKey = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'Letters, digits and _, not a digit first')

/** A plain value, or a reference to a secret in the vault. */
export const SettingValue = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('plain'), value: z.string().max(32_768) }),
  z.object({ kind: z.literal('secret'), secretId: SecretId }),
])
export type SettingValue = z.infer<typeof SettingValue>

/** Settings of one service in one placement. Each save is a revision that never changes. */
export const SettingsRevision = z.object({
  v: z.literal(1),
  id: SettingsRevisionId,
  placementId: PlacementId,
  serviceId: ServiceId,
  number: z.int().positive(),
  values: z.record(SettingKey, SettingValue),
  createdAt: Time,
  actor: Actor,
})
export type SettingsRevision = z.infer<typeof SettingsRevision>

/** Keys that one revision has and the other lacks. */
export function missingKeys(from: SettingsRevision | null, to: SettingsRevision | null): string[] {
  const present = new Set(Object.keys(to?.values ?? {}))
  return Object.keys(from?.values ?? {})
    .filter((key) => !present.has(key))
    .toSorted()
}
