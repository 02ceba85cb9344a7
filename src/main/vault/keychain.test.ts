import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { build } from 'vite'
import { keychainProblem } from './keychain'

// Inside the project, so that the built file finds its packages.
const outDir = resolve('node_modules/.cache', `vault-child-${process.pid}`)
const child = join(outDir, 'keychain-child.js')
const homes: string[] = []

beforeAll(async () => {
  await build({
    configFile: false,
    logLevel: 'error',
    build: { ssr: resolve(import.meta.dirname, 'fixtures/keychain-child.ts'), outDir, emptyOutDir: true },
  })
})

afterAll(() => {
  for (const folder of [outDir, ...homes]) rmSync(folder, { recursive: true, force: true })
})

function freshHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'vault-home-'))
  homes.push(home)
  return home
}

interface Answer {
  id?: string
  text?: string
  problem?: { code: string; message: string; fix?: string }
  state: { state: string; home?: string; why?: string; keychain?: { usable: boolean } }
  ms: number
}

type Keyring = 'unlocked' | 'locked' | 'no service' | 'no bus'

const starts: Record<Keyring, { bus: string[]; before: string }> = {
  unlocked: {
    bus: ['dbus-run-session', '--'],
    before: 'printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1;',
  },
  locked: { bus: ['dbus-run-session', '--'], before: 'gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1;' },
  'no service': {
    bus: ['dbus-run-session', `--config-file=${resolve(import.meta.dirname, 'fixtures/without-service.conf')}`, '--'],
    before: '',
  },
  'no bus': { bus: [], before: '' },
}

/** Runs the child in a home and a session of its own, without a display: nothing can ask anybody. */
async function inSession(keyring: Keyring, home: string, ...words: string[]): Promise<Answer> {
  const { bus, before } = starts[keyring]
  const script = [...bus, 'sh', '-c', `${before} exec "$0" "$@"`, process.execPath, child, home, ...words]
  const { PATH = '' } = process.env
  const running = spawn(script[0] as string, script.slice(1), {
    env: { PATH, HOME: home, XDG_RUNTIME_DIR: home, LANG: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  })
  const parts: Buffer[] = []
  for await (const part of running.stdout) parts.push(part as Buffer)
  return JSON.parse(Buffer.concat(parts).toString('utf8')) as Answer
}

test('C2 a secret kept under a key in the real keychain comes back in the next session', async () => {
  const home = freshHome()
  const kept = await inSession('unlocked', home, 'keep', '3000', 'canary-correct-horse')
  expect(kept.state).toEqual({ state: 'open', home: 'keychain' })
  const again = await inSession('unlocked', home, 'reveal', '3000')
  expect(again.text).toBe('canary-correct-horse')
  expect(readFileSync(join(home, 'store.json'), 'utf8')).not.toContain('canary-correct-horse')
})

test('C2 a secret of 64 KiB is kept: only the key lies in the keychain', async () => {
  const home = freshHome()
  const long = 'x-canary-'.repeat(7000)
  await inSession('unlocked', home, 'keep', '3000', long)
  expect((await inSession('unlocked', home, 'reveal', '3000')).text).toBe(long)
})

test('C2 without a session bus the vault says that there is no keychain, and keeps nothing', async () => {
  const home = freshHome()
  const answer = await inSession('no bus', home, 'keep', '3000', 'canary')
  expect(answer.problem?.code).toBe('keychain-absent')
  expect(answer.problem?.message).toContain('no session bus')
  expect(answer.problem?.fix).toContain('passphrase')
  expect(answer.state).toMatchObject({ state: 'empty', keychain: { usable: false } })
})

test('C2 a bus on which no Secret Service answers ends in a clear problem', async () => {
  const answer = await inSession('no service', freshHome(), 'keep', '2000', 'canary')
  expect(['keychain-absent', 'keychain-timeout']).toContain(answer.problem?.code)
  expect(answer.state.state).toBe('empty')
})

test('C2 a keyring that has no place to store in is told as no keychain', async () => {
  const home = freshHome()
  await inSession('unlocked', home, 'keep', '3000', 'canary')
  const answer = await inSession('locked', freshHome(), 'keep', '3000', 'canary')
  expect(['keychain-absent', 'keychain-locked']).toContain(answer.problem?.code)
})

test('C2 a locked keyring with nobody to ask is told as locked, and nothing is overwritten', async () => {
  const home = freshHome()
  await inSession('unlocked', home, 'keep', '3000', 'canary')
  const before = readFileSync(join(home, 'store.json'), 'utf8')
  const answer = await inSession('locked', home, 'reveal', '3000')
  expect(answer.problem?.code).toMatch(/^keychain-(locked|timeout)$/)
  expect(answer.state).toMatchObject({ state: 'locked', home: 'keychain' })
  expect(readFileSync(join(home, 'store.json'), 'utf8')).toBe(before)
})

test('C2 a data folder copied to another computer says that the key is missing there', async () => {
  const home = freshHome()
  await inSession('unlocked', home, 'keep', '3000', 'canary')
  const elsewhere = freshHome()
  const copy = readFileSync(join(home, 'store.json'), 'utf8')
  writeFileSync(join(elsewhere, 'store.json'), copy)
  const answer = await inSession('unlocked', elsewhere, 'reveal', '3000')
  expect(answer.problem?.code).toBe('vault-key-missing')
  expect(answer.state.state).toBe('locked')
  expect(readFileSync(join(elsewhere, 'store.json'), 'utf8')).toBe(copy)
})

test.each([
  ["Couldn't access platform storage: Secret Service: unlock prompt was dismissed", 'keychain-locked'],
  ['Platform failure: User interaction is not allowed.', 'keychain-locked'],
  ['Platform failure: User canceled the operation.', 'keychain-denied'],
  ["Couldn't access platform storage: org.freedesktop.DBus.Error.AccessDenied", 'keychain-denied'],
  ["Couldn't access platform storage: Secret Service: no result found", 'keychain-absent'],
  ['Platform failure: DBus error: set your DBUS_SESSION_BUS_ADDRESS instead', 'keychain-absent'],
])('the words "%s" mean %s', (words, code) => {
  expect(keychainProblem(new Error(words)).problem.code).toBe(code)
})
