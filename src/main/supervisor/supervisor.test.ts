import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bundle, openLocal, placed, server, until, type Local } from '../../../test/support/local'
import { beginOf } from '../process'
import { socketPath } from './paths'

let local: Local
beforeEach(async () => {
  local = await openLocal()
})
afterEach(() => local.close())

const get = (url: string) => fetch(url).then((response) => response.text())
const pids = async () => (await local.client.call('look', { targetId: null })).instances.map((one) => one.pid ?? 0)
const alive = async (pid: number) => (await beginOf(pid)) !== null

async function shopThatServes() {
  const shop = placed(local)
  await shop.deploy(await bundle(local.artifacts, { 'server.mjs': server('one') }))
  return { shop, address: await shop.address() }
}

test('a clean quit ends every process, and the next start serves again at the same address', async () => {
  const { shop, address } = await shopThatServes()
  const [pid = 0] = await pids()
  await local.connection.shutdown()
  expect(await alive(pid)).toBe(false)
  await expect(get(address)).rejects.toThrow('fetch failed')
  await local.connection.begin()
  await until(async () => (await get(address)) === 'one')
  expect(await shop.address()).toBe(address)
})

test('D1 after a kill -9 of the supervisor nothing is left over, and what served serves again', async () => {
  const { shop, address } = await shopThatServes()
  const [pid = 0] = await pids()
  const { pid: supervisor } = await local.client.call('hello', {})
  process.kill(supervisor, 'SIGKILL')
  await until(async () => !(await alive(supervisor)))
  expect((await shop.observe()).state).toBe('seen')
  await until(async () => (await get(address).catch(() => '')) === 'one')
  expect(await alive(pid)).toBe(false)
  expect(await pids()).toHaveLength(1)
})

test('it goes on when its owner is gone, and ends with all that it runs when nobody comes', async () => {
  await local.close()
  local = await openLocal({ ownerlessSeconds: 2 })
  const { address } = await shopThatServes()
  const [pid = 0] = await pids()
  const { pid: supervisor } = await local.client.call('hello', {})
  local.connection.release()
  expect(await get(address)).toBe('one')
  await until(async () => !(await local.client.answers()))
  await until(async () => !(await alive(supervisor)))
  expect(await alive(pid)).toBe(false)
})

test('D2 of twelve that start at once for one folder, one lives', async () => {
  await local.connection.shutdown()
  const [program = '', ...args] = local.command
  const children = Array.from({ length: 12 }, () =>
    spawn(program, [...args, local.dataDir, local.runtimeDir, '60'], { stdio: 'ignore' }),
  )
  const codes: (number | null)[] = []
  for (const child of children) child.once('exit', (code) => codes.push(code))
  await until(() => codes.length === 11)
  expect(codes).toEqual(Array(11).fill(0))
  expect(await local.client.answers()).toBe(true)
  const last = children.find((child) => child.exitCode === null)!
  last.kill('SIGTERM')
  await once(last, 'exit')
})

test('a list of instances that is cut in half or empty is put aside, and that is said', async () => {
  await shopThatServes()
  await local.connection.shutdown()
  const state = join(local.dataDir, 'local/state.json')
  for (const text of [readFileSync(state, 'utf8').slice(0, 200), '']) {
    writeFileSync(state, text)
    await local.connection.begin()
    expect((await local.client.call('hello', {})).notices).toEqual([expect.stringContaining('could not be read')])
    await local.connection.shutdown()
  }
  expect(readdirSync(join(local.dataDir, 'local')).filter((name) => name.includes('unreadable')).length).toBeGreaterThan(0)
})

test('a stranger that got the pid of a former instance is left alone', async () => {
  await shopThatServes()
  await local.connection.shutdown()
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' })
  await once(stranger, 'spawn')
  const file = join(local.dataDir, 'local/state.json')
  const state = JSON.parse(readFileSync(file, 'utf8')) as { instances: { pid: number; begin: string }[] }
  for (const one of state.instances) Object.assign(one, { pid: stranger.pid, begin: '12345' })
  writeFileSync(file, JSON.stringify(state))
  await local.connection.begin()
  expect(await alive(stranger.pid ?? 0)).toBe(true)
  stranger.kill('SIGKILL')
})

test('what has secrets waits after a restart until they are handed over again', async () => {
  const shop = placed(local)
  const one = await bundle(local.artifacts, { 'server.mjs': server('one') })
  await shop.deploy(one, { variables: { TOKEN: { reveal: () => 'canary' } } })
  const address = await shop.address()
  await local.connection.shutdown()
  await local.connection.begin()
  expect((await shop.observe()).instances[0]).toMatchObject({
    health: 'unhealthy',
    detail: expect.stringContaining('unlock the vault'),
  })
  expect(await local.connection.restore(async () => null)).toHaveLength(1)
  expect(await local.connection.restore(async () => ({ TOKEN: 'canary' }))).toEqual([])
  await until(async () => (await get(address)) === 'one')
})

test('the socket and the state are for their owner only, and a wrong call is refused with the field', async () => {
  await shopThatServes()
  const modes = [socketPath(local.runtimeDir, local.dataDir), join(local.dataDir, 'local/state.json')].map(
    (path) => statSync(path).mode & 0o777,
  )
  expect(modes).toEqual([0o600, 0o600])
  // @ts-expect-error a wrong input is the point
  await expect(local.client.call('stop', { id: 7 })).rejects.toMatchObject({
    problem: { code: 'supervisor-call-wrong', data: { why: expect.stringContaining('id') } },
  })
})

test('a program sees its own settings and who it is, and nothing of the app', async () => {
  process.env['SLIPWAY_TEST_CANARY'] = 'leaked'
  const shop = placed(local, { slug: 'worker', route: false, healthPath: null })
  const out = join(local.dataDir, 'env.json')
  const script = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(out)}, JSON.stringify(process.env)); setInterval(() => {}, 1000)`
  await shop.deploy(await bundle(local.artifacts, { 'server.mjs': script }), { variables: { COLOUR: 'green' }, number: 7 })
  await until(() => existsSync(out) && readFileSync(out, 'utf8').endsWith('}'))
  const env = JSON.parse(readFileSync(out, 'utf8')) as Record<string, string>
  expect(env).toMatchObject({
    COLOUR: 'green',
    SLIPWAY_SERVICE: 'worker',
    SLIPWAY_RELEASE: 'v7',
    SLIPWAY_ENVIRONMENT: 'production',
    PORT: expect.stringMatching(/^\d+$/),
  })
  expect(env).not.toHaveProperty('SLIPWAY_TEST_CANARY')
  expect(env).not.toHaveProperty('VITEST')
})

test('the test of the connection walks every part of the way', async () => {
  const parts = await local.connection.test(local.record, new AbortController().signal)
  expect(parts.map(({ part, outcome }) => `${part}: ${outcome}`)).toEqual([
    'Data folder: pass',
    'Background process: pass',
    'Network port: pass',
    'Disk space: pass',
  ])
})
