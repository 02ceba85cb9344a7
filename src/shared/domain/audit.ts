import { z } from 'zod'
import { Actor, InstallationId, Time } from './ids'

/** One act, chained to the one before by its hash. */
export const AuditRecord = z.object({
  v: z.literal(1),
  seq: z.int().positive(),
  at: Time,
  installationId: InstallationId,
  actor: Actor,
  /** The field's word for what was done: `run.started`, `hold.lifted`, `settings.saved`. */
  action: z.string().max(100),
  /** To which thing, as ids and names. No secret. */
  subject: z.record(z.string(), z.json()),
  reason: z.string().nullable(),
  previous: z.string(),
  hash: z.string(),
})
export type AuditRecord = z.infer<typeof AuditRecord>

/** Whether the chain holds, and where it does not. */
export const AuditVerdict = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('whole'), records: z.int().nonnegative(), signed: z.boolean() }),
  /** The last append was cut by a crash: not tampering. */
  z.object({ kind: z.literal('torn'), records: z.int().nonnegative() }),
  z.object({ kind: z.literal('tampered'), at: z.int().positive(), words: z.string() }),
])
export type AuditVerdict = z.infer<typeof AuditVerdict>
