import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { fingerprintOf as toldByKeygen, makeKey, type KeyType } from '../../../../test/support/sshd'
import { fingerprintOf, knownHosts, lookupName } from '.'

const keys = {} as Record<'first' | 'second' | 'rsa' | 'ca', { line: string; bytes: Buffer; fingerprint: string }>
let folder: string
let home: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-known-'))
  const types: Record<keyof typeof keys, KeyType> = { first: 'ed25519', second: 'ed25519', rsa: 'rsa', ca: 'ed25519' }
  for (const [name, type] of Object.entries(types) as [keyof typeof keys, KeyType][]) {
    const line = makeKey(join(folder, name), type).split(' ').slice(0, 2).join(' ')
    const bytes = Buffer.from(line.split(' ')[1]!, 'base64')
    keys[name] = { line, bytes, fingerprint: toldByKeygen(join(folder, `${name}.pub`)) }
  }
})
beforeEach(() => {
  home = mkdtempSync(join(folder, 'home-'))
  mkdirSync(join(home, '.ssh'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const host = (name: string, port = 22, hostKeyAlias: string | null = null) => ({ host: name, port, hostKeyAlias })

function knowing(text: string) {
  writeFileSync(join(home, '.ssh', 'known_hosts'), text)
  const userFiles = [join(home, '.ssh', 'known_hosts'), join(home, '.ssh', 'known_hosts2')]
  return knownHosts({ home, ownFile: join(home, 'slipway', 'known_hosts'), otherFiles: userFiles })
}

/** As OpenSSH itself hashes names. */
function hashed(line: string): string {
  const file = join(home, 'to-hash')
  writeFileSync(file, `${line}\n`)
  execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' })
  return readFileSync(file, 'utf8')
}

test('the fingerprint is the one that ssh-keygen prints', () => {
  for (const { bytes, fingerprint } of Object.values(keys)) expect(fingerprintOf(bytes)).toBe(fingerprint)
})

const table: [string, () => string, ReturnType<typeof host>, 'first' | 'second' | 'rsa', string][] = [
  ['a name that is not there', () => `other ${keys.first.line}`, host('web'), 'first', 'unknown'],
  ['a plain name', () => `web ${keys.first.line}`, host('web'), 'first', 'known'],
  ['a name in capitals', () => `web ${keys.first.line}`, host('WEB'), 'first', 'known'],
  ['one name of several', () => `a,web,10.0.0.1 ${keys.first.line}`, host('10.0.0.1'), 'first', 'known'],
  ['another key under the name', () => `web ${keys.first.line}`, host('web'), 'second', 'changed'],
  ['a second line with the right key', () => `web ${keys.first.line}\nweb ${keys.second.line}`, host('web'), 'second', 'known'],
  ['a port of its own', () => `[web]:2222 ${keys.first.line}`, host('web', 2222), 'first', 'known'],
  ['another key at its own port', () => `[web]:2222 ${keys.first.line}`, host('web', 2222), 'second', 'changed'],
  ['the key of another port', () => `[web]:2222 ${keys.first.line}`, host('web', 2223), 'first', 'unknown'],
  ['the key of the plain name at another port', () => `web ${keys.first.line}`, host('web', 2222), 'first', 'known'],
  ['an address of six with a port', () => `[::1]:2222 ${keys.first.line}`, host('::1', 2222), 'first', 'known'],
  ['a hashed name', () => hashed(`web ${keys.first.line}`), host('web'), 'first', 'known'],
  ['another key under a hashed name', () => hashed(`web ${keys.first.line}`), host('web'), 'second', 'changed'],
  ['a hashed name with a port', () => hashed(`[web]:2222 ${keys.first.line}`), host('web', 2222), 'first', 'known'],
  ['a hash of another name', () => hashed(`web ${keys.first.line}`), host('web2'), 'first', 'unknown'],
  ['a torn hash', () => `|1|AAAA|BBBB ${keys.first.line}`, host('web'), 'first', 'unknown'],
  ['a wildcard', () => `*.example.org ${keys.first.line}`, host('a.example.org'), 'first', 'known'],
  ['a question mark', () => `web? ${keys.first.line}`, host('web1'), 'first', 'known'],
  ['a wildcard that does not fit', () => `*.example.org ${keys.first.line}`, host('example.org'), 'first', 'unknown'],
  ['a negated name', () => `*.example.org,!a.example.org ${keys.first.line}`, host('a.example.org'), 'first', 'unknown'],
  [
    'a key that is revoked everywhere',
    () => `web ${keys.first.line}\n@revoked * ${keys.first.line}`,
    host('web'),
    'first',
    'revoked',
  ],
  [
    'a key that is revoked elsewhere',
    () => `web ${keys.first.line}\n@revoked db ${keys.first.line}`,
    host('web'),
    'first',
    'known',
  ],
  ['a revoked key at another port', () => `@revoked web ${keys.first.line}`, host('web', 2222), 'first', 'revoked'],
  ['another type than is known', () => `web ${keys.first.line}`, host('web'), 'rsa', 'changed'],
  ['an alias', () => `stable ${keys.first.line}`, host('10.9.8.7', 2222, 'stable'), 'first', 'known'],
  ['the host beside its alias', () => `10.9.8.7 ${keys.first.line}`, host('10.9.8.7', 22, 'stable'), 'first', 'unknown'],
  ['two hosts with one key', () => `web ${keys.first.line}\ndb ${keys.first.line}`, host('db'), 'first', 'known'],
  ['a comment', () => `# web ${keys.first.line}`, host('web'), 'first', 'unknown'],
  ['a key whose bytes say another type', () => `web ssh-rsa ${keys.first.line.split(' ')[1]}`, host('web'), 'first', 'unknown'],
  ['a marker that nobody knows', () => `@friend web ${keys.first.line}`, host('web'), 'first', 'unknown'],
  ['line ends of Windows', () => `web ${keys.first.line}\r\n`, host('web'), 'first', 'known'],
  ['the authority’s own key as a host key', () => `@cert-authority web ${keys.first.line}`, host('web'), 'first', 'unknown'],
]

test.each(table)('S1 %s', async (_title, text, hop, shown, state) => {
  expect((await knowing(text()).judge(hop, keys[shown].bytes)).state).toBe(state)
})

test('S1 a changed key is told with what is known, its file and its line', async () => {
  const verdict = await knowing(`# mine\nweb ${keys.first.line}\n`).judge(host('web'), keys.second.bytes)
  expect(verdict).toMatchObject({
    state: 'changed',
    question: {
      name: 'web',
      keyType: 'ssh-ed25519',
      fingerprint: keys.second.fingerprint,
      known: [{ fingerprint: keys.first.fingerprint, where: '~/.ssh/known_hosts:2' }],
    },
  })
})

test('S1 a host of a certificate authority says where that stands', async () => {
  const verdict = await knowing(`@cert-authority *.example.org ${keys.ca.line}`).judge(host('a.example.org'), keys.first.bytes)
  expect(verdict).toMatchObject({ state: 'unknown', authority: '~/.ssh/known_hosts:1' })
})

test('S1 a file that cannot be read closes every way, and an absent one is empty', async () => {
  const known = knowing(`web ${keys.first.line}`)
  expect((await known.judge(host('web'), keys.first.bytes)).state).toBe('known')
  // A folder in its place cannot be read by anybody, root included.
  mkdirSync(join(home, '.ssh', 'known_hosts2'))
  await expect(known.judge(host('web'), keys.first.bytes)).rejects.toMatchObject({ problem: { code: 'host-keys-unreadable' } })
  await expect(known.typesOf(host('web'))).rejects.toMatchObject({ problem: { code: 'host-keys-unreadable' } })
})

test('S1 only Slipway’s own file is written: whole, for its owner alone, and OpenSSH reads it', async () => {
  const known = knowing(`db ${keys.second.line}\n`)
  const own = join(home, 'slipway', 'known_hosts')
  await known.add(lookupName(host('Web', 2222)), keys.first.bytes)
  await known.add('web', keys.rsa.bytes)
  expect((await known.judge(host('web', 2222), keys.first.bytes)).state).toBe('known')
  expect((await known.judge(host('web'), keys.rsa.bytes)).state).toBe('known')
  expect(await known.typesOf(host('web'))).toEqual(['ssh-rsa'])
  expect(statSync(own).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(home, 'slipway'))).toEqual(['known_hosts'])
  expect(readFileSync(join(home, '.ssh', 'known_hosts'), 'utf8')).toBe(`db ${keys.second.line}\n`)
  expect(execFileSync('ssh-keygen', ['-F', '[web]:2222', '-f', own], { encoding: 'utf8' })).toContain(keys.first.line)
})

test('S1 a name of many stars is judged at once', async () => {
  const known = knowing(`${'*a'.repeat(40)}b ${keys.first.line}`)
  expect((await known.judge(host('a'.repeat(250)), keys.first.bytes)).state).toBe('unknown')
})
