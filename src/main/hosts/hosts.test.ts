import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runtimeDir, usualDataDir } from './folders'
import { mayOpen } from './outside'
import { wishIn } from './web/flags'
import { quitter } from './web/quit'

test.each(['https://example.com/a?b#c', 'http://127.0.0.1:8080/', 'http://localhost:3000', 'http://[::1]:9/'])(
  '%s may be opened outside',
  (address) => {
    expect(mayOpen(address)).toBe(true)
  },
)

test.each([
  'http://example.com',
  'http://127.0.0.1.evil.com',
  'http://localhost.evil.com',
  'https://user:pw@example.com',
  'http://evil@127.0.0.1',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'ms-msdt:/id',
  'smb://x/y',
  'data:text/html,x',
  'slipway://fleet',
  'vbscript:x',
  '//example.com',
  'example.com',
  '',
])('E3 %j may not', (address) => {
  expect(mayOpen(address)).toBe(false)
})

test('the data folder is the usual one of each platform, and SLIPWAY_DATA goes before it', () => {
  expect(usualDataDir({}, 'linux', '/home/a')).toBe('/home/a/.local/share/slipway')
  expect(usualDataDir({ XDG_DATA_HOME: '/x' }, 'linux', '/home/a')).toBe('/x/slipway')
  expect(usualDataDir({ XDG_DATA_HOME: 'x' }, 'linux', '/home/a')).toBe('/home/a/.local/share/slipway')
  expect(usualDataDir({}, 'darwin', '/Users/a')).toBe('/Users/a/Library/Application Support/Slipway')
  expect(usualDataDir({ SLIPWAY_DATA: '/d' }, 'darwin', '/Users/a')).toBe('/d')
})

test('L2 the folder for sockets is closed to others, also where it was open before', () => {
  const root = mkdtempSync(join(tmpdir(), 'slipway-run-'))
  const folder = runtimeDir({ XDG_RUNTIME_DIR: root }, 'linux')
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  chmodSync(folder, 0o777)
  expect(statSync(runtimeDir({ XDG_RUNTIME_DIR: root }, 'linux')).mode & 0o777).toBe(0o700)
  rmSync(root, { recursive: true })
})

test('L2 a link that someone laid where the folder should be is refused', () => {
  const root = mkdtempSync(join(tmpdir(), 'slipway-run-'))
  mkdirSync(join(root, 'elsewhere'))
  symlinkSync(join(root, 'elsewhere'), join(root, 'slipway'))
  expect(() => runtimeDir({ XDG_RUNTIME_DIR: root }, 'linux')).toThrow(/is not a folder/)
  rmSync(root, { recursive: true })
})

test('the command line is read, and what it does not know is named', () => {
  expect(wishIn(['--web', '--port', '4321', '--data', '/d', '--no-open'])).toEqual({
    does: 'serve',
    port: 4321,
    dataDir: '/d',
    open: false,
  })
  expect(wishIn(['url', '--data=/d'])).toEqual({ does: 'url', dataDir: '/d' })
  expect(wishIn(['--help'])).toEqual({ does: 'help' })
  expect(() => wishIn(['--port', '0'])).toThrow(/--port: "0" is no port number/)
  expect(() => wishIn(['--port', '70000'])).toThrow(/--port/)
  expect(() => wishIn(['--wat'])).toThrow(/--wat: not understood/)
  expect(() => wishIn(['dance'])).toThrow(/dance: no such command/)
})

function quitting(runs: { id: string; title: string }[]) {
  const did: string[] = []
  const time = { now: 0 }
  const app = {
    activity: () => ({ runs }),
    close: (mode: string) => {
      did.push(mode)
      return mode === 'safe-point' && runs.length > 0 ? new Promise<void>(() => {}) : Promise.resolve()
    },
  }
  const quit = quitter(
    app,
    (line) => did.push(line),
    async (code) => void did.push(`exit ${code}`),
    () => time.now,
  )
  return { did, quit, time }
}

test('Ctrl-C with nothing going ends at once', async () => {
  const { did, quit } = quitting([])
  await quit.interrupt()
  expect(did).toEqual(['safe-point', 'exit 0'])
})

test('the first Ctrl-C with a run going waits for its safe point and says so, the second leaves', async () => {
  const { did, quit, time } = quitting([{ id: '1', title: 'Promote shop' }])
  void quit.interrupt()
  time.now = 1000
  await quit.interrupt()
  expect(did).toEqual([
    'Ending at the next safe point of “Promote shop”. Press Ctrl-C again to leave it to the next start.',
    'safe-point',
    'Leaving. What was under way is journalled; the next start finds out what became of it.',
    'leave',
    'exit 0',
  ])
})

test('one Ctrl-C that arrives twice, by way of a script above, counts once', async () => {
  const { did, quit, time } = quitting([{ id: '1', title: 'Promote shop' }])
  void quit.interrupt()
  time.now = 50
  await quit.interrupt()
  expect(did).not.toContain('leave')
})

test('a request to terminate leaves, once', async () => {
  const { did, quit } = quitting([{ id: '1', title: 'Promote shop' }])
  await Promise.all([quit.terminate(), quit.terminate()])
  expect(did.filter((step) => step === 'leave')).toHaveLength(1)
})
