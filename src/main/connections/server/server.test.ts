import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serverConnection } from '.'
import { makeKey, startSshd, type Sshd } from '../../../../test/support/sshd'
import { hopTo, openPorts, realClock } from '../../../../test/support/way'
import { ConnectionId, newId } from '../../../shared/domain/ids'
import { Connection } from '../../../shared/domain/connection'
import type { ServerSettings } from '../../../shared/domain/server'
import type { ServerHandle } from '../../ssh/link'

const never = new AbortController().signal
let server: Sshd
let jump: Sshd
const cleanUps: (() => void)[] = []

beforeAll(async () => {
  ;[server, jump] = await Promise.all([startSshd(), startSshd()])
})
afterAll(async () => {
  for (const clean of cleanUps) clean()
  await Promise.all([server.stop(), jump.stop()])
})

function kind(patienceMs = 5000) {
  const { home, remove } = openPorts({})
  cleanUps.push(remove)
  const dataDir = join(home, 'data')
  const servers = serverConnection({
    dataDir,
    home,
    localUser: server.user,
    agentSocket: null,
    clock: realClock,
    secret: () => Promise.reject(new Error('no secret is kept here')),
    questionMs: patienceMs,
    knownHostsFiles: [join(home, '.ssh', 'known_hosts')],
  })
  return { servers, home, ownFile: join(dataDir, 'known_hosts') }
}

function connectionTo(hops: ServerSettings['hops'], changes: Partial<ServerSettings> = {}): Connection {
  return Connection.parse({
    v: 1,
    id: newId(ConnectionId),
    slug: 'web-1',
    name: 'web-1',
    kind: 'server',
    identity: null,
    settings: { alias: null, hops, root: { by: 'user' }, forwardAgent: false, allowWeak: false, ...changes },
    createdAt: 1,
    deletedAt: null,
  })
}

test('S1 a server seen first fails its test with the fingerprint to compare, and opens once that key is trusted', async () => {
  const { servers, ownFile, home } = kind()
  const connection = connectionTo([hopTo(jump), hopTo(server)])
  for (const at of [jump, server]) {
    const checks = await servers.test(connection, never)
    const last = checks.at(-1)!
    expect(last).toMatchObject({
      part: `Host key of 127.0.0.1:${at.port}`,
      outcome: 'fail',
      problem: { code: 'host-key-unknown' },
    })
    expect(last.hostKey).toMatchObject({ state: 'unknown', fingerprint: at.hostKeys[0]!.fingerprint, known: [] })
    await servers.trust(connection, last.hostKey!, never)
  }
  const checks = await servers.test(connection, never)
  expect(checks.filter(({ outcome }) => outcome === 'fail')).toEqual([])
  expect(checks.map(({ part }) => part)).toEqual([
    ...[jump, server].flatMap(({ port }) => [
      `Reach 127.0.0.1:${port}`,
      `Host key of 127.0.0.1:${port}`,
      `Sign in on 127.0.0.1:${port}`,
    ]),
    'Root',
    'Clock',
    'Disk',
    'System',
  ])
  expect(statSync(ownFile).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(home, '.ssh', 'known_hosts'), 'utf8')).toBe('')
  expect(await servers.facts(connection)).toContainEqual({ label: 'Through', value: `127.0.0.1:${jump.port}` })

  const opened = await servers.open(connection, never)
  expect(opened.identity).toBe(`ssh:${server.hostKeys[0]!.fingerprint}`)
  const link = await (opened.handle as ServerHandle).link(never)
  expect((await link.run(['echo', 'a b'], {}, never)).stdout.toString()).toBe('a b\n')
  await opened.close()
})

test('S1 a key that the server does not show is not trusted', async () => {
  const { servers, ownFile } = kind()
  const connection = connectionTo([hopTo(server)])
  const question = { name: `[127.0.0.1]:${server.port}`, fingerprint: jump.hostKeys[0]!.fingerprint }
  await expect(servers.trust(connection, question, never)).rejects.toMatchObject({ problem: { code: 'host-key-moved' } })
  expect(() => readFileSync(ownFile)).toThrow(/ENOENT/)
})

/** A connection to the server, whose key is trusted. */
async function known(servers: ReturnType<typeof kind>['servers'], keyFile: string): Promise<Connection> {
  const signIn = { agent: false, keyFiles: [keyFile], passphrase: null, password: null }
  const connection = connectionTo([hopTo(server, { signIn })])
  await servers.trust(connection, { name: `[127.0.0.1]:${server.port}`, fingerprint: server.hostKeys[0]!.fingerprint }, never)
  return connection
}

async function trusted() {
  const { servers } = kind()
  return { servers, connection: await known(servers, server.keyFile) }
}

test('D4 a link that is cut throws LinkLost, and the next use opens a new one', async () => {
  const { servers, connection } = await trusted()
  const before = new Set(server.connections())
  const opened = await servers.open(connection, never)
  const handle = opened.handle as ServerHandle
  const link = await handle.link(never)
  expect(await handle.link(never)).toBe(link)
  const running = link.run(['sleep', '30'], {}, never)
  running.catch(() => {})
  for (const pid of server.connections().filter((one) => !before.has(one))) process.kill(pid, 'SIGKILL')
  await expect(running).rejects.toMatchObject({ name: 'LinkLost' })
  expect(link.lost.aborted).toBe(true)
  const again = await handle.link(never)
  expect(again).not.toBe(link)
  expect((await again.run(['echo', 'back'], {}, never)).stdout.toString()).toBe('back\n')
  await opened.close()
})

test('a passphrase that was typed brings a lost link back without a second question', async () => {
  const { servers, home } = kind()
  const file = join(home, 'locked')
  const line = makeKey(file, 'ed25519', 'right')
  const before = readFileSync(server.authorizedKeys, 'utf8')
  writeFileSync(server.authorizedKeys, `${before}${line}\n`)
  const typed = ['wrong', 'right']
  const asked: string[] = []
  servers.questions.subscribe(() => {
    for (const { id, title } of servers.questions.list().filter((one) => !asked.includes(one.id))) {
      asked.push(id)
      expect(title).toContain(asked.length === 1 ? 'is locked' : 'Try again')
      setImmediate(() => servers.questions.answer(id, [typed.shift() ?? '']))
    }
  })
  const connection = await known(servers, file)
  const others = new Set(server.connections())
  const opened = await servers.open(connection, never)
  const link = await (opened.handle as ServerHandle).link(never)
  for (const pid of server.connections().filter((one) => !others.has(one))) process.kill(pid, 'SIGKILL')
  await expect.poll(() => link.lost.aborted).toBe(true)
  expect(await (opened.handle as ServerHandle).link(never)).not.toBe(link)
  expect(asked).toHaveLength(2)
  expect(servers.questions.list()).toEqual([])
  await opened.close()
  writeFileSync(server.authorizedKeys, before)
})

test('a question that nobody answers is withdrawn after its time', async () => {
  const { servers, home } = kind(100)
  const file = join(home, 'locked')
  makeKey(file, 'ed25519', 'right')
  await expect(servers.open(await known(servers, file), never)).rejects.toMatchObject({ problem: { code: 'sign-in-unanswered' } })
  expect(servers.questions.list()).toEqual([])
})

test('D4 a server that is down is unknown, not wrong: its handle opens once it is back', async () => {
  const { servers } = kind()
  const first = await startSshd()
  const connection = connectionTo([hopTo(first)])
  await servers.trust(connection, { name: `[127.0.0.1]:${first.port}`, fingerprint: first.hostKeys[0]!.fingerprint }, never)
  await first.stop({ keepFolder: true })
  await expect(servers.open(connection, never)).rejects.toMatchObject({ name: 'LinkLost', problem: { code: 'server-refused' } })
  const identity = `ssh:${first.hostKeys[0]!.fingerprint}`
  const opened = await servers.open({ ...connection, identity }, never)
  expect(opened.identity).toBe(identity)
  const handle = opened.handle as ServerHandle
  await expect(handle.link(never)).rejects.toMatchObject({ name: 'LinkLost', problem: { code: 'server-refused' } })
  const again = await startSshd({ port: first.port, folder: first.folder })
  expect((await (await handle.link(never)).run(['echo', 'up'], {}, never)).stdout.toString()).toBe('up\n')
  await opened.close()
  await again.stop()
})

test('a key file that others may read is said in the test', async () => {
  const { servers, connection } = await trusted()
  chmodSync(server.keyFile, 0o644)
  const checks = await servers.test(connection, never)
  chmodSync(server.keyFile, 0o600)
  expect(checks.find(({ part }) => part.startsWith('Sign in'))?.words).toContain('mode 0644')
})

test('two hundred uses at once open one connection', async () => {
  const { servers, connection } = await trusted()
  const opened = await servers.open(connection, never)
  const links = await Promise.all(Array.from({ length: 200 }, () => (opened.handle as ServerHandle).link(never)))
  expect(new Set(links).size).toBe(1)
  await opened.close()
})

test('a host that is an option or a command is refused by its name', async () => {
  const { servers } = kind()
  for (const change of [{ host: '-oProxyCommand=x' }, { user: 'root;id' }, { user: '$(id)' }])
    await expect(servers.open(connectionTo([hopTo(server, change)]), never)).rejects.toMatchObject({
      problem: { code: 'server-settings-wrong' },
    })
})
