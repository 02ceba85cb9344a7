import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeKey } from '../../../../test/support/sshd'
import { fingerprintOf } from '../known-hosts'
import { keyText, laxMode, readKey } from '.'

let folder: string
const at = (name: string) => join(folder, name)

function pkcs8(name: string, type: 'ed25519' | 'ec' | 'rsa', passphrase?: string) {
  const lock = passphrase ? { cipher: 'aes-256-cbc', passphrase } : {}
  const form = { type: 'pkcs8', format: 'pem', ...lock } as const
  const publicForm = { type: 'spki', format: 'pem' } as const
  const pair =
    type === 'ed25519'
      ? generateKeyPairSync('ed25519', { privateKeyEncoding: form, publicKeyEncoding: publicForm })
      : type === 'ec'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256', privateKeyEncoding: form, publicKeyEncoding: publicForm })
        : generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: form, publicKeyEncoding: publicForm })
  writeFileSync(at(name), pair.privateKey, { mode: 0o600 })
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-keys-'))
  makeKey(at('openssh'))
  makeKey(at('openssh-locked'), 'ed25519', 'secret')
  makeKey(at('pem'), 'rsa', '', ['-m', 'PEM'])
  makeKey(at('pem-locked'), 'rsa', 'secret', ['-m', 'PEM'])
  makeKey(at('ecdsa'), 'ecdsa')
  pkcs8('pkcs8-ed25519', 'ed25519')
  pkcs8('pkcs8-ecdsa', 'ec')
  pkcs8('pkcs8-rsa', 'rsa')
  pkcs8('pkcs8-locked', 'ed25519', 'secret')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const read = async (name: string, passphrase: string | null) => readKey(name, await keyText(at(name)), passphrase)
const codeOf = async (work: Promise<unknown>) =>
  work.then(
    () => 'no problem',
    (error: { problem?: { code: string } }) => error.problem?.code ?? 'another error',
  )

test.each(['openssh', 'pem', 'ecdsa', 'pkcs8-ed25519', 'pkcs8-ecdsa', 'pkcs8-rsa'])(
  'a key that is not locked is read: %s',
  async (name) => {
    const reading = await read(name, null)
    if (reading.state !== 'open') throw new Error(reading.state)
    const signature = reading.key.sign(Buffer.from('words'))
    expect(reading.key.verify(Buffer.from('words'), signature)).toBe(true)
  },
)

test.each(['openssh-locked', 'pem-locked', 'pkcs8-locked'])('a locked key opens with its passphrase only: %s', async (name) => {
  expect((await read(name, null)).state).toBe('locked')
  expect((await read(name, 'wrong')).state).toBe('wrong')
  expect((await read(name, 'secret')).state).toBe('open')
})

test('a PKCS#8 Ed25519 key is the same key that OpenSSH makes of it', async () => {
  const reading = await read('pkcs8-ed25519', null)
  if (reading.state !== 'open') throw new Error(reading.state)
  // PEM of an Ed25519 key is read by openssl; its last 32 bytes are the point.
  const der = execFileSync('openssl', ['pkey', '-in', at('pkcs8-ed25519'), '-pubout', '-outform', 'DER'])
  expect(reading.key.getPublicSSH().subarray(-32)).toEqual(der.subarray(-32))
})

test('a passphrase for a key that has none does no harm', async () => {
  expect((await read('openssh', 'secret')).state).toBe('open')
})

test('what is no private key is told by what it is', async () => {
  writeFileSync(at('words'), 'hello')
  writeFileSync(at('torn'), readFileSync(at('openssh'), 'utf8').slice(0, 200))
  writeFileSync(at('putty'), 'PuTTY-User-Key-File-4: ssh-ed25519\nEncryption: none\n')
  // The head of a key on a security key, as OpenSSH writes it: its public half says the type.
  const fido = Buffer.concat([Buffer.from('openssh-key-v1\0'), Buffer.from('sk-ssh-ed25519@openssh.com')]).toString('base64')
  writeFileSync(at('fido'), `-----BEGIN OPENSSH PRIVATE KEY-----\n${fido}\n-----END OPENSSH PRIVATE KEY-----\n`)
  expect(await codeOf(read('openssh.pub', null))).toBe('key-not-private')
  expect(await codeOf(read('words', null))).toBe('key-unsupported')
  expect(await codeOf(read('torn', null))).toBe('key-unsupported')
  expect(await codeOf(read('putty', null))).toBe('key-unsupported')
  expect(await codeOf(read('fido', null))).toBe('key-on-device')
  expect(await codeOf(read('absent', null))).toBe('key-missing')
  expect(await codeOf(read('.', null))).toBe('key-unreadable')
})

test('a key that others may read is told with its mode', async () => {
  writeFileSync(at('lax'), 'x', { mode: 0o644 })
  expect(await laxMode(at('lax'))).toContain('0644')
  expect(await laxMode(at('openssh'))).toBeNull()
  expect(await laxMode(at('absent'))).toBeNull()
})

// Written by PuTTYgen 0.78. The fingerprints are those that ssh-keygen prints of the same keys.
const puttyKeys = [
  ['ed25519', null, 'SHA256:Q9MdPJfOvkRYW6+R99PxcM01Xnm67svUVNAVCGxN1Cs'],
  ['ecdsa', null, 'SHA256:LmE+G5exotiM1poVwRA8VZcWhlhwiiuaTm8nTjz4y5M'],
  ['rsa', null, 'SHA256:5Ce1rAsPOujIRgnFkZEA198AAjO4OF6nmYSzVW7demQ'],
  ['locked', 'locked', 'SHA256:Q9MdPJfOvkRYW6+R99PxcM01Xnm67svUVNAVCGxN1Cs'],
] as const

test.each(puttyKeys.flatMap(([name, ...rest]) => [2, 3].map((version) => [`${name}-${version}.ppk`, ...rest] as const)))(
  'a PuTTY key signs as the key it is: %s',
  async (name, passphrase, fingerprint) => {
    const text = await keyText(join(import.meta.dirname, 'fixtures', name))
    const reading = readKey(name, text, passphrase)
    if (reading.state !== 'open') throw new Error(reading.state)
    expect(fingerprintOf(reading.key.getPublicSSH())).toBe(fingerprint)
    expect(reading.key.verify(Buffer.from('words'), reading.key.sign(Buffer.from('words')))).toBe(true)
  },
)

test('a PuTTY key with the wrong passphrase, a flipped bit or an endless derivation is told as that', async () => {
  const text = await keyText(join(import.meta.dirname, 'fixtures', 'locked-3.ppk'))
  expect(readKey('x', text, null).state).toBe('locked')
  expect(readKey('x', text, 'wrong').state).toBe('wrong')
  expect(() => readKey('x', text.replace(/Argon2-Memory: \d+/, 'Argon2-Memory: 99999999'), 'locked')).toThrow('Argon2')
  const open = await keyText(join(import.meta.dirname, 'fixtures', 'ed25519-3.ppk'))
  expect(() => readKey('x', open.replace('Comment: test', 'Comment: tesu'), null)).toThrow('changed or damaged')
})
