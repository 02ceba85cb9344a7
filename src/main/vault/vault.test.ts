import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import type { SecretId } from '../../shared/domain/ids'
import { ProblemError } from '../../shared/domain/problem'
import type { Keychain } from './keychain'
import { SecretRedactor } from '../redaction'
import { Secret } from './secret'
import { Vault } from './vault'

const passphrase = 'four words in a row'
const cheap = { N: 2 ** 10, r: 8, p: 1 }

/** A keychain that holds keys in memory and counts how often it was touched. */
function keychainInMemory() {
  const keys = new Map<string, Buffer>()
  const touched: string[] = []
  const keychain: Keychain = {
    name: 'Test',
    read: async (account) => {
      touched.push('read')
      const key = keys.get(account)
      return key ? Buffer.from(key) : null
    },
    write: async (account, key) => {
      touched.push('write')
      keys.set(account, Buffer.from(key))
    },
  }
  return { keychain, keys, touched }
}

function disk() {
  const records = new Map<string, Buffer>()
  const meta = new Map<string, string>()
  const bytes = () => Buffer.concat([...records.values(), ...[...meta.values()].map((text) => Buffer.from(text))])
  return {
    records,
    meta,
    bytes,
    parts: {
      records: {
        get: (id: string) => records.get(id) ?? null,
        put: (id: string, sealed: Buffer) => void records.set(id, sealed),
        remove: (id: string) => void records.delete(id),
      },
      meta: { get: (name: string) => meta.get(name) ?? null, set: (name: string, value: string) => void meta.set(name, value) },
      cost: cheap,
    },
  }
}

const vaultOn = (store: ReturnType<typeof disk>, { keychain } = keychainInMemory()) =>
  new Vault({ ...store.parts, keychain, redactor: new SecretRedactor() })

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'no problem'
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code
    throw error
  }
}

test('C2 a new vault is empty and does not touch the keychain', async () => {
  const { keychain, touched } = keychainInMemory()
  const vault = new Vault({ ...disk().parts, keychain, redactor: new SecretRedactor() })
  expect(await vault.state()).toEqual({ state: 'empty', keychain: { usable: 'untried' } })
  expect(await codeOf(vault.keep('canary', 'TOKEN'))).toBe('vault-empty')
  expect(await vault.checkpointKey()).toBeNull()
  expect(touched).toEqual([])
})

test('C2 a passphrase opens what it sealed, and a wrong one is told as wrong', async () => {
  const store = disk()
  const first = vaultOn(store)
  await first.create({ home: 'passphrase', passphrase })
  const id = await first.keep('canary-äöü-秘密', 'TOKEN')

  const second = vaultOn(store)
  expect(await second.state()).toMatchObject({ state: 'locked', home: 'passphrase' })
  expect(await codeOf(second.reveal(id))).toBe('vault-locked')
  expect(await codeOf(second.unlock('four words in a raw'))).toBe('passphrase-wrong')
  expect(await codeOf(second.unlock(null))).toBe('vault-locked')
  expect(await second.unlock(passphrase)).toEqual({ state: 'open', home: 'passphrase' })
  expect((await second.reveal(id)).reveal()).toBe('canary-äöü-秘密')
  expect(store.bytes().includes('canary')).toBe(false)
})

test('C2 the cost of a guess is at least 128 MiB of scrypt where nothing else is asked', async () => {
  const store = disk()
  const { cost: _, ...parts } = store.parts
  const vault = new Vault({ ...parts, keychain: keychainInMemory().keychain, redactor: new SecretRedactor() })
  await vault.create({ home: 'passphrase', passphrase })
  expect(JSON.parse(store.meta.get('vault') ?? '')).toMatchObject({ cost: { N: 2 ** 17, r: 8, p: 1 } })
})

test('C2 a passphrase of eleven signs is refused before anything is stored', async () => {
  const store = disk()
  expect(await codeOf(vaultOn(store).create({ home: 'passphrase', passphrase: 'a'.repeat(11) }))).toBe('passphrase-short')
  expect(store.meta.size).toBe(0)
})

test('C2 secrets of a session never reach the disk and are gone at its end', async () => {
  const store = disk()
  const vault = vaultOn(store)
  await vault.create({ home: 'session' })
  const id = await vault.keep('canary-session', 'TOKEN')
  expect((await vault.reveal(id)).reveal()).toBe('canary-session')
  expect(store.bytes()).toHaveLength(0)
  expect(await vault.checkpointKey()).toBeNull()
  const next = vaultOn(store)
  expect(await next.state()).toMatchObject({ state: 'empty' })
  await next.create({ home: 'session' })
  expect(await codeOf(next.reveal(id))).toBe('secret-unknown')
})

test('secrets of a session move along when a lasting home is chosen later', async () => {
  const store = disk()
  const vault = vaultOn(store)
  await vault.create({ home: 'session' })
  const id = await vault.keep('canary-moves', 'TOKEN')
  await vault.create({ home: 'passphrase', passphrase })
  const next = vaultOn(store)
  await next.unlock(passphrase)
  expect((await next.reveal(id)).reveal()).toBe('canary-moves')
})

test('C2 a flipped bit anywhere in a kept secret is found', async () => {
  const store = disk()
  const vault = vaultOn(store)
  await vault.create({ home: 'keychain' })
  const id = await vault.keep('canary', 'TOKEN')
  const whole = Buffer.from(store.records.get(id) as Buffer)
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const flipped = Buffer.from(whole)
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
    store.records.set(id, flipped)
    expect(await codeOf(vault.reveal(id)), `bit ${bit}`).toBe('secret-damaged')
  }
  for (let length = 0; length < whole.length; length++) {
    store.records.set(id, whole.subarray(0, length))
    expect(await codeOf(vault.reveal(id)), `cut at ${length}`).toBe('secret-damaged')
  }
})

test('C2 two kept secrets in each other’s place do not open', async () => {
  const store = disk()
  const vault = vaultOn(store)
  await vault.create({ home: 'keychain' })
  const [one, two] = [await vault.keep('canary-one', 'TOKEN'), await vault.keep('canary-two', 'TOKEN')]
  const sealed = store.records.get(one) as Buffer
  store.records.set(one, store.records.get(two) as Buffer)
  store.records.set(two, sealed)
  expect([await codeOf(vault.reveal(one)), await codeOf(vault.reveal(two))]).toEqual(['secret-damaged', 'secret-damaged'])
})

test('C2 the same text is sealed differently each time', async () => {
  const store = disk()
  const vault = vaultOn(store)
  await vault.create({ home: 'keychain' })
  for (let count = 0; count < 200; count++) await vault.keep('canary', 'TOKEN')
  expect(new Set([...store.records.values()].map((sealed) => sealed.toString('hex'))).size).toBe(200)
})

test('C2 another key in the keychain is not used, and nothing is overwritten', async () => {
  const store = disk()
  const chain = keychainInMemory()
  const vault = vaultOn(store, chain)
  await vault.create({ home: 'keychain' })
  const id = await vault.keep('canary', 'TOKEN')
  for (const account of chain.keys.keys()) chain.keys.set(account, Buffer.alloc(32, 1))
  const before = store.bytes().toString('hex')
  const next = vaultOn(store, chain)
  expect(await codeOf(next.reveal(id))).toBe('vault-key-other')
  expect(await codeOf(next.keep('other', 'TOKEN'))).toBe('vault-key-other')
  expect(await codeOf(next.create({ home: 'session' }))).toBe('vault-exists')
  expect(store.bytes().toString('hex')).toBe(before)
})

test('C2 a garbled setup is told as damage, and is left as it is', async () => {
  const store = disk()
  store.meta.set('vault', '{"v":1,"home":"basic_text"')
  expect(await codeOf(vaultOn(store).state())).toBe('vault-damaged')
  expect(await codeOf(vaultOn(store).create({ home: 'session' }))).toBe('vault-damaged')
  store.meta.set('vault', '{"v":1,"vaultId":"0b8a2f9e-6c9e-4b07-9d4c-8b8c3e1f2a10","home":"basic_text"}')
  expect(await codeOf(vaultOn(store).state())).toBe('vault-damaged')
})

test('a damaged passphrase setup is told apart from a wrong passphrase', async () => {
  const store = disk()
  await vaultOn(store).create({ home: 'passphrase', passphrase })
  const setup = JSON.parse(store.meta.get('vault') ?? '') as { wrapped: string }
  const wrapped = Buffer.from(setup.wrapped, 'base64')
  wrapped[20] = (wrapped[20] as number) ^ 1
  store.meta.set('vault', JSON.stringify({ ...setup, wrapped: wrapped.toString('base64') }))
  expect(await codeOf(vaultOn(store).unlock(passphrase))).toBe('vault-damaged')
})

test('locked by hand, the vault stays locked until it is unlocked by hand', async () => {
  const store = disk()
  const vault = vaultOn(store)
  await vault.create({ home: 'keychain' })
  const id = await vault.keep('canary', 'TOKEN')
  expect(await vault.lock()).toMatchObject({ state: 'locked', home: 'keychain' })
  expect(await codeOf(vault.reveal(id))).toBe('vault-locked')
  expect(await vault.checkpointKey()).toBeNull()
  expect(await vault.unlock(null)).toEqual({ state: 'open', home: 'keychain' })
  expect((await vault.reveal(id)).reveal()).toBe('canary')
})

test('the key for the checkpoint is the same in the next session, and is not the key of the secrets', async () => {
  const store = disk()
  const chain = keychainInMemory()
  await vaultOn(store, chain).create({ home: 'keychain' })
  const [one, two] = [await vaultOn(store, chain).checkpointKey(), await vaultOn(store, chain).checkpointKey()]
  expect(one?.equals(two ?? Buffer.alloc(0))).toBe(true)
  expect([...chain.keys.values()].some((key) => one && key.equals(one))).toBe(false)
})

test('a keychain that fails is not asked again for the state, only when a secret is needed', async () => {
  const store = disk()
  const chain = keychainInMemory()
  const vault = vaultOn(store, chain)
  await vault.create({ home: 'keychain' })
  const id = await vault.keep('canary', 'TOKEN')
  const [held] = chain.keys
  chain.keys.clear()
  chain.touched.length = 0
  const next = vaultOn(store, chain)
  for (let count = 0; count < 3; count++) expect((await next.state()).state).toBe('locked')
  await next.checkpointKey()
  expect(chain.touched).toEqual(['read'])
  chain.keys.set(...(held as [string, Buffer]))
  expect((await next.reveal(id)).reveal()).toBe('canary')
})

test('a secret that is too long is refused with its size', async () => {
  const vault = vaultOn(disk())
  await vault.create({ home: 'session' })
  expect(await codeOf(vault.keep('x'.repeat(256 * 1024 + 1), 'KEY'))).toBe('secret-too-long')
  const id = await vault.keep('x'.repeat(64 * 1024), 'KEY')
  expect((await vault.reveal(id)).reveal()).toHaveLength(64 * 1024)
})

test('a removed secret is gone', async () => {
  const store = disk()
  const vault = vaultOn(store)
  await vault.create({ home: 'keychain' })
  const id = await vault.keep('canary', 'TOKEN')
  await vault.remove(id)
  expect(await codeOf(vault.reveal(id))).toBe('secret-unknown')
  expect(await codeOf(vault.reveal('019a0000-0000-7000-8000-000000000000' as SecretId))).toBe('secret-unknown')
})

test('C1 a secret cannot be printed by accident', () => {
  const secret = Secret.of('canary-print')
  const printed = [
    String(secret),
    [secret].join(),
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ deep: [secret] }, { showHidden: true, depth: 9 }),
  ]
  for (const text of printed) expect(text).toContain('[secret]')
  expect(printed.join('')).not.toContain('canary')
  secret.wipe()
  expect(secret.reveal()).not.toContain('canary')
})
