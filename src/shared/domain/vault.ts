import { z } from 'zod'

/** Where the one key that seals all secrets lives. */
export const KeyHome = z.enum(['keychain', 'passphrase', 'session'])
export type KeyHome = z.infer<typeof KeyHome>

export const VaultState = z.discriminatedUnion('state', [
  /** No secret has been kept yet: nothing to ask. `keychain` says whether one could be used. */
  z.object({
    state: z.literal('empty'),
    keychain: z.discriminatedUnion('usable', [
      z.object({ usable: z.literal(true), name: z.string() }),
      z.object({ usable: z.literal(false), why: z.string() }),
      z.object({ usable: z.literal('untried') }),
    ]),
  }),
  z.object({ state: z.literal('open'), home: KeyHome }),
  z.object({ state: z.literal('locked'), home: KeyHome, why: z.string() }),
])
export type VaultState = z.infer<typeof VaultState>
