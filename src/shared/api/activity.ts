import { z } from 'zod'
import { AuditRecord, AuditVerdict } from '../domain/audit'
import { VaultState } from '../domain/vault'
import { call } from './base'

export const activity = {
  /** Newest first; `before` a sequence number to page back. */
  audit: call
    .input(z.object({ before: z.int().positive().nullable(), limit: z.int().min(1).max(500) }))
    .output(z.array(AuditRecord)),
  verify: call.output(AuditVerdict),
}

export const vault = {
  state: call.output(VaultState),
  /** Chooses where the key lives, before the first secret. A passphrase only for that home. */
  create: call
    .input(
      z.discriminatedUnion('home', [
        z.object({ home: z.literal('keychain') }),
        z.object({ home: z.literal('passphrase'), passphrase: z.string().min(12, 'At least twelve signs').max(1000) }),
        z.object({ home: z.literal('session') }),
      ]),
    )
    .output(VaultState),
  unlock: call.input(z.object({ passphrase: z.string().max(1000).nullable() })).output(VaultState),
  lock: call.output(VaultState),
}
