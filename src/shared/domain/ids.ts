import { v7 } from 'uuid'
import { z } from 'zod'

/** Every record is known by a UUIDv7, branded by its noun so that one cannot be taken for another. */
export const AppId = z.uuidv7().brand<'AppId'>()
export type AppId = z.infer<typeof AppId>
export const ServiceId = z.uuidv7().brand<'ServiceId'>()
export type ServiceId = z.infer<typeof ServiceId>
export const EnvironmentId = z.uuidv7().brand<'EnvironmentId'>()
export type EnvironmentId = z.infer<typeof EnvironmentId>
export const PlacementId = z.uuidv7().brand<'PlacementId'>()
export type PlacementId = z.infer<typeof PlacementId>
export const TargetId = z.uuidv7().brand<'TargetId'>()
export type TargetId = z.infer<typeof TargetId>
export const ConnectionId = z.uuidv7().brand<'ConnectionId'>()
export type ConnectionId = z.infer<typeof ConnectionId>
export const ReleaseId = z.uuidv7().brand<'ReleaseId'>()
export type ReleaseId = z.infer<typeof ReleaseId>
export const PlanId = z.uuidv7().brand<'PlanId'>()
export type PlanId = z.infer<typeof PlanId>
export const RunId = z.uuidv7().brand<'RunId'>()
export type RunId = z.infer<typeof RunId>
export const StepId = z.string().min(1).max(200).brand<'StepId'>()
export type StepId = z.infer<typeof StepId>
export const SettingsRevisionId = z.uuidv7().brand<'SettingsRevisionId'>()
export type SettingsRevisionId = z.infer<typeof SettingsRevisionId>
export const SecretId = z.uuidv7().brand<'SecretId'>()
export type SecretId = z.infer<typeof SecretId>
export const CapsuleId = z.uuidv7().brand<'CapsuleId'>()
export type CapsuleId = z.infer<typeof CapsuleId>
export const InstallationId = z.uuidv7().brand<'InstallationId'>()
export type InstallationId = z.infer<typeof InstallationId>

/** A fresh id of the given kind: `newId(AppId)`. */
export function newId<S extends z.ZodType>(schema: S): z.infer<S> {
  return schema.parse(v7())
}

/** What people see and type: immutable, lower case, at most 31 signs. */
export const Slug = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, 'Use a lower-case letter first, then letters, digits or dashes; at most 31 signs')
export type Slug = z.infer<typeof Slug>

/** A name that may be edited: one line of text that a person wrote, without control characters. */
export const Name = z
  .string()
  .trim()
  .min(1, 'Give it a name')
  .max(80, 'At most 80 signs')
  // oxlint-disable-next-line no-control-regex -- naming control characters is the point of this rule
  .regex(/^[^\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]*$/, 'Control characters are not allowed')

/** Milliseconds since 1970, UTC. For people only: order is by sequence, never by clock. */
export const Time = z.int().nonnegative()

/** The version of a stored record's shape. */
export const RecordVersion = z.literal(1)

/** Who did something, on which machine. */
export const Actor = z.object({ name: z.string().max(200), machine: z.string().max(300) })
export type Actor = z.infer<typeof Actor>

/** What every stored plan, run and event carries about its origin. */
export const Origin = z.object({ v: RecordVersion, installationId: InstallationId, actor: Actor })
export type Origin = z.infer<typeof Origin>
