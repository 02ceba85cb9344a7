import { randomBytes, randomUUID } from 'node:crypto'
import { newId, SecretId } from '../../shared/domain/ids'
import { ProblemError } from '../../shared/domain/problem'
import type { KeyHome, VaultState } from '../../shared/domain/vault'
import type { Keychain } from './keychain'
import { derive, keyBytes, purposeOf, seal, unseal, type ScryptCost } from './seal'
import { Secret } from './secret'
import { isKeyOf, keychainSetup, openWithPassphrase, passphraseSetup, readSetup, type Setup } from './setup'
import { problem } from './text'

/** Keeps sealed records by id, durably: `put` replaces. */
export interface SealedRecords {
  get(id: string): Buffer | null
  put(id: string, sealed: Buffer): void
  remove(id: string): void
}

/** Single texts by name, durably. */
export interface VaultMeta {
  get(name: string): string | null
  set(name: string, value: string): void
}

export interface VaultParts {
  records: SealedRecords
  meta: VaultMeta
  keychain: Keychain
  /** Learns every secret that passes, so that it can be masked. `field` is what it was kept for. */
  redactor: { learn(id: SecretId, text: string, field: string): void }
  cost?: ScryptCost
}

export type ChosenHome = { home: 'keychain' } | { home: 'passphrase'; passphrase: string } | { home: 'session' }

const metaName = 'vault'
const most = 256 * 1024
const leastPassphrase = 12

interface OpenKey {
  key: Buffer
  vaultId: string
  home: KeyHome
}

/**
 * Secrets, sealed under one key of 32 bytes. The key lives in the keychain, behind a passphrase, or in memory only;
 * nothing is asked or touched before the first secret is kept, and nothing is ever stored unsealed.
 */
export class Vault {
  readonly #parts: VaultParts
  #open: OpenKey | null = null
  /** Records of a session-only vault: they never reach the disk. */
  readonly #session = new Map<string, Buffer>()
  #lockedByUser = false
  #tried: ProblemError | null = null
  #keychainTrouble: string | null = null
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: VaultParts) {
    this.#parts = parts
  }

  /** Where it stands. Opens a keychain's vault by itself, once; a locked keychain is not asked again before a secret is needed. */
  async state(): Promise<VaultState> {
    const setup = readSetup(this.#parts.meta.get(metaName))
    await this.#openQuietly(setup)
    if (this.#open) return { state: 'open', home: this.#open.home }
    if (setup === null) {
      const why = this.#keychainTrouble
      return { state: 'empty', keychain: why === null ? { usable: 'untried' } : { usable: false, why } }
    }
    return { state: 'locked', home: setup.home, why: this.#whyLocked(setup) }
  }

  /** Chooses where the key lives. A session's secrets move along when a lasting home is chosen later. */
  create(chosen: ChosenHome): Promise<VaultState> {
    return this.#inTurn(async () => {
      const setup = readSetup(this.#parts.meta.get(metaName))
      if (setup) throw problem('vault-exists', { home: setup.home })
      if (this.#open && chosen.home === 'session') return
      const vaultId = randomUUID()
      const key = randomBytes(keyBytes)
      const made = await this.#settle(chosen, vaultId, key)
      if (made) {
        this.#moveSession({ key, vaultId, home: chosen.home })
        this.#parts.meta.set(metaName, JSON.stringify(made))
      }
      this.#replaceKey({ key, vaultId, home: chosen.home })
    })
  }

  /** With the passphrase, or null for a keychain. */
  unlock(passphrase: string | null): Promise<VaultState> {
    return this.#inTurn(async () => {
      if (this.#open) return
      const setup = readSetup(this.#parts.meta.get(metaName))
      if (setup === null) throw problem('vault-empty', {})
      if (setup.home === 'keychain') return this.#openFromKeychain(setup)
      if (passphrase === null) throw problem('vault-locked', { home: setup.home })
      this.#replaceKey({ key: await openWithPassphrase(setup, passphrase), vaultId: setup.vaultId, home: setup.home })
    })
  }

  /** Wipes the key from memory. What was kept for this session only is gone with it. */
  lock(): Promise<VaultState> {
    return this.#inTurn(async () => {
      this.#lockedByUser = true
      this.#open?.key.fill(0)
      this.#open = null
      this.#session.clear()
    })
  }

  /** Seals a text and answers its id. `purpose` is the field that it belongs to. */
  async keep(text: string, purpose: string): Promise<SecretId> {
    const bytes = Buffer.from(text, 'utf8')
    if (bytes.length > most) throw problem('secret-too-long', { bytes: bytes.length, most })
    const { key, vaultId, home } = await this.#needed()
    const id = newId(SecretId)
    this.#parts.redactor.learn(id, text, purpose)
    const sealed = seal(key, { vaultId, id, purpose }, bytes)
    bytes.fill(0)
    if (home === 'session') this.#session.set(id, sealed)
    else this.#parts.records.put(id, sealed)
    return id
  }

  /** Opens one secret. Wipe it after use. */
  async reveal(id: SecretId): Promise<Secret> {
    const { key, vaultId } = await this.#needed()
    const sealed = this.#session.get(id) ?? this.#parts.records.get(id)
    if (sealed === null) throw problem('secret-unknown', { id })
    const bytes = unseal(key, { vaultId, id }, sealed)
    if (bytes === null) throw problem('secret-damaged', { id })
    const secret = new Secret(bytes)
    this.#parts.redactor.learn(id, secret.reveal(), purposeOf(sealed))
    return secret
  }

  /** Forgets a secret. Needs no key. */
  async remove(id: SecretId): Promise<void> {
    this.#session.delete(id)
    this.#parts.records.remove(id)
  }

  /** Signs the audit's checkpoint. Null while there is no key that lasts beyond this session. */
  async checkpointKey(): Promise<Buffer | null> {
    await this.#openQuietly(readSetup(this.#parts.meta.get(metaName)))
    return this.#open && this.#open.home !== 'session' ? derive(this.#open.key, 'audit checkpoint') : null
  }

  async #settle(chosen: ChosenHome, vaultId: string, key: Buffer): Promise<Setup | null> {
    switch (chosen.home) {
      case 'session':
        return null
      case 'passphrase':
        if (chosen.passphrase.length < leastPassphrase) throw problem('passphrase-short', { least: leastPassphrase })
        return passphraseSetup(vaultId, key, chosen.passphrase, this.#parts.cost)
      case 'keychain':
        try {
          await this.#parts.keychain.write(vaultId, key)
        } catch (error) {
          if (error instanceof ProblemError) this.#keychainTrouble = error.problem.message
          throw error
        }
        return keychainSetup(vaultId, key)
      default:
        return chosen satisfies never
    }
  }

  #moveSession(to: OpenKey): void {
    const from = this.#open
    if (!from) return
    for (const [id, sealed] of this.#session) {
      const bytes = unseal(from.key, { vaultId: from.vaultId, id }, sealed)
      if (bytes === null) continue
      this.#parts.records.put(id, seal(to.key, { vaultId: to.vaultId, id, purpose: purposeOf(sealed) }, bytes))
      bytes.fill(0)
    }
    this.#session.clear()
  }

  #replaceKey(open: OpenKey): void {
    this.#open?.key.fill(0)
    this.#open = open
    this.#lockedByUser = false
    this.#tried = null
  }

  async #openFromKeychain(setup: Extract<Setup, { home: 'keychain' }>): Promise<void> {
    try {
      const key = await this.#parts.keychain.read(setup.vaultId)
      if (key === null) throw problem('vault-key-missing', {})
      if (!isKeyOf(setup, key)) throw problem('vault-key-other', {})
      this.#replaceKey({ key, vaultId: setup.vaultId, home: 'keychain' })
    } catch (error) {
      if (error instanceof ProblemError) this.#tried = error
      throw error
    }
  }

  /** The open key, asking the keychain where that is its home; else the problem in the way. */
  async #needed(): Promise<OpenKey> {
    if (this.#open) return this.#open
    const setup = readSetup(this.#parts.meta.get(metaName))
    if (setup === null) throw problem('vault-empty', {})
    if (setup.home === 'passphrase' || this.#lockedByUser) throw problem('vault-locked', { home: setup.home })
    await this.#exclusively(async () => {
      if (!this.#open) await this.#openFromKeychain(setup)
    })
    if (!this.#open) throw problem('vault-locked', { home: setup.home })
    return this.#open
  }

  async #openQuietly(setup: Setup | null): Promise<void> {
    if (setup?.home !== 'keychain' || this.#open || this.#lockedByUser || this.#tried) return
    await this.#needed().catch(() => {})
  }

  #whyLocked(setup: Setup): string {
    if (this.#tried) return this.#tried.problem.message
    return setup.home === 'passphrase' ? 'Type the passphrase to open the secrets.' : 'You locked the secrets.'
  }

  async #inTurn(work: () => Promise<void>): Promise<VaultState> {
    await this.#exclusively(work)
    return this.state()
  }

  #exclusively(work: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(work)
    this.#turn = mine.catch(() => {})
    return mine
  }
}
