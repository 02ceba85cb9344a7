import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { channelsAt, type OpenChannels } from '../../../../test/support/channels'
import { never, realClock } from '../../../../test/support/local'
import { startSshd, type Sshd } from '../../../../test/support/sshd'
import { startTcpProxy, type TcpProxy } from '../../../../test/support/tcp-proxy'
import { LinkLost } from '../../../shared/domain/problem'
import type { DetachedKey, RemoteCommand, ServerLink } from '../link'
import { detachedOn } from './detached'

let sshd: Sshd
let folder: string
let open: OpenChannels
/** Where the server keeps it: the tests' own server has a place of its own in the user's folders, or root's. */
let ops: string
const runs: string[] = []
let count = 0
function aKey(step = 'step-1'): DetachedKey {
  const run = `test-${process.pid}-${(count += 1)}`
  runs.push(run)
  return { run, step }
}
const sh = (script: string, ...args: string[]): RemoteCommand => ['/bin/sh', '-c', script, 'x', ...args]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-detached-'))
  sshd = await startSshd({ environment: { XDG_STATE_HOME: `${folder}/state` } })
  open = await channelsAt(sshd)
  ops = process.getuid?.() === 0 ? '/var/lib/slipway/ops' : `${folder}/state/slipway/ops`
})
afterAll(async () => {
  for (const run of runs) await open.link.detached.forget(run, never)
  open.close()
  await sshd.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function follow(link: Pick<ServerLink, 'detached'>, key: DetachedKey, command: RemoteCommand, stdin = '') {
  const work = link.detached.follow(key, command, { stdin }, never)
  let heard = ''
  let step = await work.next()
  for (; !step.done; step = await work.next()) heard += step.value
  return { ...step.value, heard }
}

async function settled(link: Pick<ServerLink, 'detached'>, key: DetachedKey) {
  for (;;) {
    const state = await link.detached.read(key, 0, never)
    if (state.state !== 'running') return state
    await sleep(20)
  }
}

describe('a command that goes on alone', () => {
  test('gives its output as it comes, its code, and what it was given to read', async () => {
    const done = await follow(open.link, aKey(), sh('read x; echo "got $x"; sleep 0.2; echo ünd >&2; exit 7'), 'a secret\n')
    expect(done).toEqual({ code: 7, output: 'got a secret\nünd\n', heard: 'got a secret\nünd\n' })
  })
  test('is begun once, however many begin it at the same time', async () => {
    const key = aKey()
    const file = join(folder, key.run)
    const command = sh('echo once >> "$1"; sleep 0.3', file)
    await Promise.all(Array.from({ length: 12 }, () => open.link.detached.begin(key, command, {}, never)))
    expect(await settled(open.link, key)).toMatchObject({ state: 'ended', code: 0 })
    expect(readFileSync(file, 'utf8')).toBe('once\n')
    await open.link.detached.begin(key, command, {}, never)
    await sleep(300)
    expect(readFileSync(file, 'utf8')).toBe('once\n')
  })
  test('is `none` before it was begun and after it was forgotten', async () => {
    const key = aKey()
    expect(await open.link.detached.read(key, 0, never)).toEqual({ state: 'none' })
    await follow(open.link, key, ['true'])
    await open.link.detached.forget(key.run, never)
    expect(await open.link.detached.read(key, 0, never)).toEqual({ state: 'none' })
  })
  test('one that is not there is 127, one that a signal ended 128 and more', async () => {
    expect((await follow(open.link, aKey(), ['no-such-program-here'])).code).toBe(127)
    expect((await follow(open.link, aKey(), sh('kill -KILL $$'))).code).toBe(137)
  })
  test('200 KiB of output come whole, in parts that cut no sign', async () => {
    const { heard, code } = await follow(
      open.link,
      aKey(),
      sh(`i=0; while [ $i -lt 40 ]; do printf '${'aü日'.repeat(850)}'; i=$((i+1)); done`),
    )
    expect(code).toBe(0)
    expect(heard === 'aü日'.repeat(34_000)).toBe(true)
  })
  test('C1 what it reads lies in a file of the user’s own for no longer than it takes to begin, and in no argument list', async () => {
    const key = aKey()
    const secret = `canary-${Math.random()}`
    await open.link.detached.begin(key, sh('sleep 0.7; cat > /dev/null'), { stdin: secret }, never)
    await sleep(400)
    const kept = readdirSync(join(ops, key.run)).map((name) => readFileSync(join(ops, key.run, name), 'utf8'))
    expect(kept.join('\n')).not.toContain(secret)
    expect(statSync(join(ops, key.run)).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(join(ops, key.run))) expect(statSync(join(ops, key.run, name)).mode & 0o077, name).toBe(0)
  })
  test('what it makes has the rights that the user’s programs have, not those of our own files', async () => {
    const file = join(folder, 'made')
    await follow(open.link, aKey(), sh('umask 022; : > "$1"; umask', file))
    const plain = (await open.link.run(sh('umask'), {}, never)).stdout.toString()
    const { heard } = await follow(open.link, aKey(), sh('umask'))
    expect(heard).toBe(plain)
  })
  test.each(['../../x', 'a/b', '', '-rf', 'a b', '$(x)'])('a name that is none is refused: %j', async (run) => {
    await expect(open.link.detached.begin({ run, step: 'x' }, ['true'], {}, never)).rejects.toMatchObject({
      problem: { code: 'argument-refused' },
    })
  })
})

describe('D4 what became of it', () => {
  test('D4 one that was killed with its server is lost, neither done nor failed', async () => {
    const key = aKey()
    await open.link.detached.begin(key, sh('echo begun; sleep 60'), {}, never)
    await expect.poll(() => existsSync(join(ops, key.run, `${key.step}.pid`))).toBe(true)
    const [pid] = readFileSync(join(ops, key.run, `${key.step}.pid`), 'utf8').split(' ')
    // The group: what a power cut ends, but the rest of the machine.
    process.kill(-Number(pid), 'SIGKILL')
    expect(await settled(open.link, key)).toMatchObject({ state: 'lost' })
    await expect(follow(open.link, key, ['true'])).rejects.toMatchObject({ problem: { code: 'detached-interrupted' } })
  })
  test('D4 another process that got its pid is not taken for it', async () => {
    const key = aKey()
    await open.link.detached.begin(key, sh('sleep 60'), {}, never)
    const file = join(ops, key.run, `${key.step}.pid`)
    await expect.poll(() => existsSync(file)).toBe(true)
    const [pid = ''] = readFileSync(file, 'utf8').split(' ')
    await open.link.run(sh('echo "$1 12345" > "$2"', pid, file), {}, never)
    expect(await open.link.detached.read(key, 0, never)).toMatchObject({ state: 'lost' })
    process.kill(-Number(pid), 'SIGKILL')
  })
  test('D4 a code that a full disk cut off is no success', async () => {
    const key = aKey()
    await follow(open.link, key, sh('exit 3'))
    await open.link.run(sh(': > "$1"', join(ops, key.run, `${key.step}.rc`)), {}, never)
    expect(await open.link.detached.read(key, 0, never)).toMatchObject({ state: 'lost' })
  })
  test('D4 input that a cut link ended early begins nothing', async () => {
    const key = aKey()
    // What the server sees of a cut: the end of the input, before all of it came.
    const short = detachedOn(
      (command, options, signal) => open.link.run(command, { ...options, stdin: 'only a pa' }, signal),
      { name: 'web-1', user: 'x', fingerprint: '', root: { by: 'nothing' }, lost: never },
      realClock,
    )
    await expect(short.begin(key, sh('cat'), { stdin: 'only a part of it' }, never)).rejects.toMatchObject({
      problem: { code: 'detached-not-begun' },
    })
    expect(await open.link.detached.read(key, 0, never)).toEqual({ state: 'none' })
    expect((await follow(open.link, key, sh('cat'), 'only a part of it')).heard).toBe('only a part of it')
  })
})

/** Moments of a cut, in milliseconds after the command was sent; the command itself takes about 300. */
const moments = [0, 3, 8, 15, 25, 40, 60, 90, 130, 180, 240, 290]

describe('D4 the link goes while it runs', () => {
  let proxy: TcpProxy
  beforeEach(async () => void (proxy = await startTcpProxy(sshd.port)))
  afterEach(() => proxy.stop())

  const cuts = {
    reset: () => proxy.cut(),
    silent: () => proxy.drop(),
    'half-open': () => proxy.halfOpen(),
  }
  test.each(Object.entries(cuts))(
    'D4 %s: always a lost link, and the true code after it was opened again',
    async (_name, cut) => {
      for (const [at, moment] of moments.entries()) {
        const key = aKey()
        const file = join(folder, key.run)
        const code = 10 + at
        const command = sh('read x; echo "$x" >> "$1"; sleep 0.3; exit "$2"', file, String(code))
        const through = await channelsAt(sshd, { port: proxy.port })
        const running = follow(through.link, key, command, 'input\n')
        running.catch(() => {})
        await sleep(moment)
        cut()
        await expect(running).rejects.toBeInstanceOf(LinkLost)
        await expect(through.link.run(['true'], {}, never)).rejects.toBeInstanceOf(LinkLost)
        through.close()
        proxy.heal()
        const again = await channelsAt(sshd, { port: proxy.port })
        expect(await follow(again.link, key, command, 'input\n')).toMatchObject({ code })
        expect(readFileSync(file, 'utf8')).toBe('input\n')
        again.close()
      }
    },
    120_000,
  )
})
