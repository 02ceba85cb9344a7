import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { digestOf, keyBytes, scryptCost, seal, stretch, unseal, type ScryptCost } from './seal'
import { problem } from './text'

const Base64 = z.base64()
const common = { v: z.literal(1), vaultId: z.uuid() }

/** What is kept beside the sealed records: where the key lives, and how a wrong key is told. Holds no secret. */
export const Setup = z.discriminatedUnion('home', [
  z.object({ ...common, home: z.literal('keychain'), check: Base64 }),
  z.object({
    ...common,
    home: z.literal('passphrase'),
    salt: Base64,
    cost: z.object({
      N: z
        .int()
        .min(2 ** 10)
        .max(2 ** 22),
      r: z.int().min(1).max(64),
      p: z.int().min(1).max(16),
    }),
    /** The key, sealed by what the passphrase makes; and a sum, so that damage is not taken for a wrong passphrase. */
    wrapped: Base64,
    sum: z.string(),
  }),
])
export type Setup = z.infer<typeof Setup>
type PassphraseSetup = Extract<Setup, { home: 'passphrase' }>
type KeychainSetup = Extract<Setup, { home: 'keychain' }>

export function readSetup(text: string | null): Setup | null {
  if (text === null) return null
  try {
    return Setup.parse(JSON.parse(text))
  } catch (error) {
    throw problem('vault-damaged', { why: error instanceof SyntaxError ? 'it is cut or garbled' : 'its parts do not fit' }, error)
  }
}

const wrapPlace = (vaultId: string) => ({ vaultId, id: 'key', purpose: 'key' })
const checkPlace = (vaultId: string) => ({ vaultId, id: 'check', purpose: 'check' })

export function keychainSetup(vaultId: string, key: Buffer): KeychainSetup {
  return { v: 1, vaultId, home: 'keychain', check: seal(key, checkPlace(vaultId), Buffer.from(vaultId)).toString('base64') }
}

/** Whether this key sealed the records of this vault. */
export function isKeyOf({ vaultId, check }: KeychainSetup, key: Buffer): boolean {
  return key.length === keyBytes && unseal(key, checkPlace(vaultId), Buffer.from(check, 'base64')) !== null
}

export async function passphraseSetup(
  vaultId: string,
  key: Buffer,
  passphrase: string,
  cost: ScryptCost = scryptCost,
): Promise<PassphraseSetup> {
  const salt = randomBytes(32)
  const outer = await stretch(passphrase, salt, cost)
  const wrapped = seal(outer, wrapPlace(vaultId), key)
  outer.fill(0)
  return {
    v: 1,
    vaultId,
    home: 'passphrase',
    salt: salt.toString('base64'),
    cost,
    wrapped: wrapped.toString('base64'),
    sum: digestOf(wrapped),
  }
}

/** The key, or a problem: `passphrase-wrong`, `vault-damaged`. */
export async function openWithPassphrase(
  { vaultId, salt, cost, wrapped, sum }: PassphraseSetup,
  passphrase: string,
): Promise<Buffer> {
  const sealed = Buffer.from(wrapped, 'base64')
  if (digestOf(sealed) !== sum) throw problem('vault-damaged', { why: 'the sealed key was changed' })
  const outer = await stretch(passphrase, Buffer.from(salt, 'base64'), cost)
  const key = unseal(outer, wrapPlace(vaultId), sealed)
  outer.fill(0)
  if (key === null) throw problem('passphrase-wrong', {})
  return key
}
