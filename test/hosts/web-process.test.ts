import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { attachAddress } from '../../src/main/attach/address'
import { askOwner } from '../../src/main/attach/visitor'
import type { Contract } from '../../src/shared/api'
import { ensureBuilt, root } from '../packaging/built'

let work: string
let runtime: string
let bin: string
let data: string
let count = 0
const children: ChildProcess[] = []

beforeAll(() => {
  ensureBuilt()
  work = mkdtempSync(join(tmpdir(), 'slipway-host-'))
  runtime = join(work, 'run')
  bin = join(work, 'bin')
  mkdirSync(runtime, { mode: 0o700 })
  mkdirSync(bin)
  // A browser that notes what it was called with and what it could read there.
  writeFileSync(
    join(bin, 'xdg-open'),
    `#!/bin/sh\nf="\${1#file://}"\nstat -c %a "$f" > ${work}/opened.tmp; cat "$f" >> ${work}/opened.tmp; printf '\\n%s' "$1" >> ${work}/opened.tmp; mv ${work}/opened.tmp ${work}/opened\n`,
  )
  chmodSync(join(bin, 'xdg-open'), 0o755)
}, 120_000)
beforeEach(() => {
  count += 1
  data = join(work, `data ü ${count}`)
})
afterAll(async () => {
  for (const child of children.filter((child) => child.exitCode === null && child.signalCode === null)) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  rmSync(work, { recursive: true, force: true })
})

/** The built host as a process of its own, and what it wrote. */
function start(args: readonly string[], path = '/usr/bin:/bin') {
  const child = spawn(process.execPath, [join(root, 'out', 'main', 'web.js'), '--data', data, ...args], {
    env: { PATH: path, HOME: work, XDG_RUNTIME_DIR: runtime },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const wrote = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (part: string) => (wrote.out += part))
  child.stderr.setEncoding('utf8').on('data', (part: string) => (wrote.err += part))
  const ended = once(child, 'close').then(() => child.exitCode)
  const url = async () => {
    await expect.poll(() => addressIn(wrote.out), { timeout: 20_000 }).not.toBeNull()
    return addressIn(wrote.out) as string
  }
  return { child, wrote, ended, url }
}

const addressIn = (text: string) => /^Slipway is at (http:\/\/127\.0\.0\.1:\d+\/#code=[\w-]{43})$/m.exec(text)?.[1] ?? null
const codeIn = (url: string) => url.split('#code=')[1] ?? ''

async function redeem(url: string): Promise<number> {
  const { origin } = new URL(url)
  const answer = await fetch(`${origin}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-slipway': '1', origin },
    body: JSON.stringify({ code: codeIn(url) }),
  })
  return answer.status
}

describe('the web host as a process', () => {
  test('prints one line with an address that signs in once, and ends cleanly on Ctrl-C', async () => {
    const host = start(['--no-open'])
    const url = await host.url()
    expect(await redeem(url)).toBe(204)
    expect(await redeem(url)).toBe(403)
    host.child.kill('SIGINT')
    expect(await host.ended).toBe(0)
    expect(host.wrote.out).toBe(`Slipway is at ${url}\n`)
    expect(host.wrote.err).toBe('')
  })

  test('slipway url prints a fresh address of the one that runs, and so does a second start', async () => {
    const host = start(['--no-open'])
    const first = await host.url()
    const asked = start(['url'])
    const fresh = await asked.url()
    const again = start(['--no-open'])
    const second = await again.url()
    expect(await Promise.all([asked.ended, again.ended])).toEqual([0, 0])
    expect(new Set([first, fresh, second].map((url) => new URL(url).origin)).size).toBe(1)
    expect(new Set([first, fresh, second].map(codeIn)).size).toBe(3)
    expect(await redeem(second)).toBe(204)
    expect(await redeem(fresh)).toBe(204)
    host.child.kill('SIGTERM')
    expect(await host.ended).toBe(0)
  })

  test('of five started at once on one folder, one serves and the others hand over to it', async () => {
    const hosts = Array.from({ length: 5 }, () => start(['--no-open']))
    const urls = await Promise.all(hosts.map((host) => host.url()))
    expect(new Set(urls.map((url) => new URL(url).origin)).size).toBe(1)
    await expect.poll(() => hosts.filter((host) => host.child.exitCode === 0).length, { timeout: 10_000 }).toBe(4)
    hosts.find((host) => host.child.exitCode === null)?.child.kill('SIGINT')
    expect(await Promise.all(hosts.map((host) => host.ended))).toEqual([0, 0, 0, 0, 0])
  })

  test('killed hard, it leaves nothing that blocks the next start', async () => {
    const killed = start(['--no-open'])
    await killed.url()
    killed.child.kill('SIGKILL')
    await killed.ended
    const next = start(['--no-open'])
    expect(await redeem(await next.url())).toBe(204)
    next.child.kill('SIGINT')
    expect(await next.ended).toBe(0)
  })

  test('a port that is taken is named in one sentence, and nothing is left running', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const host = start(['--no-open', '--port', String(port)])
    expect(await host.ended).toBe(2)
    expect(host.wrote).toEqual({
      out: '',
      err: `Port ${port} is taken by another program. Choose another with --port, or leave --port out and a free one is used.\n`,
    })
    other.close()
  })

  test('slipway url where none runs says so', async () => {
    const asked = start(['url'])
    expect(await asked.ended).toBe(1)
    expect(asked.wrote.err).toContain('No Slipway is running on')
  })

  test('a data folder that cannot be used is named', async () => {
    writeFileSync(data, 'a file')
    const host = start(['--no-open'])
    expect(await host.ended).toBe(1)
    expect(host.wrote.err).toContain(data)
    expect(host.wrote.err).not.toMatch(/\n\s+at /)
  })

  test.runIf(process.platform === 'linux')(
    'L2 the browser is led to the address by a file only the owner can read, and the code is in no argument, environment or file',
    async () => {
      const host = start([], `${bin}:/usr/bin:/bin`)
      const url = await host.url()
      await expect.poll(() => existsSync(join(work, 'opened')), { timeout: 10_000 }).toBe(true)
      const [mode, page, argument] = readFileSync(join(work, 'opened'), 'utf8').split('\n')
      const led = /url=(http:[^"]+)"/.exec(page ?? '')?.[1] ?? ''
      expect(mode).toBe('600')
      expect(argument).toMatch(/^file:\/\/.*\/open-[0-9a-f]{16}\.html$/)
      for (const code of [codeIn(url), codeIn(led)]) {
        expect(code).toHaveLength(43)
        expect(argument).not.toContain(code)
        expect(
          readFileSync(`/proc/${host.child.pid}/cmdline`, 'utf8') + readFileSync(`/proc/${host.child.pid}/environ`, 'utf8'),
        ).not.toContain(code)
        expect(filesUnder(data).filter((file) => readFileSync(file).includes(code))).toEqual([])
      }
      expect(await redeem(led)).toBe(204)
      host.child.kill('SIGINT')
      expect(await host.ended).toBe(0)
      expect(filesUnder(runtime).filter((file) => file.endsWith('.html'))).toEqual([])
    },
  )
})

const filesUnder = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  )

describe('the hand-over socket', () => {
  test('is for this user only, answers what it knows, and refuses the rest', async () => {
    const host = start(['--no-open'])
    await host.url()
    const address = attachAddress(data, join(runtime, 'slipway'))
    expect(statSync(address).mode & 0o777).toBe(0o600)
    expect(address.length).toBeLessThan(107)
    expect(await askOwner(address, { ask: 'ping' })).toMatchObject({ kind: 'web', url: null })
    const bad = [
      '',
      '{',
      'null',
      '{"ask":"quit"}',
      '{"ask":"fresh-url","more":1}',
      '[]',
      `{"ask":"show","link":"${'x'.repeat(600)}"}`,
      'x'.repeat(100_000),
    ]
    for (const body of bad) expect([body.slice(0, 40), await status(address, body)]).toEqual([body.slice(0, 40), 400])
    expect(await askOwner(address, { ask: 'ping' })).not.toBeNull()
    host.child.kill('SIGINT')
    expect(await host.ended).toBe(0)
  })

  test('a full client speaks the whole contract over it', async () => {
    const host = start(['--no-open'])
    await host.url()
    const socket = new WebSocket(`ws+unix://${attachAddress(data, join(runtime, 'slipway'))}:/api`)
    await once(socket, 'open')
    const client = createORPCClient<ContractRouterClient<Contract>>(new RPCLink({ websocket: socket }))
    expect(await client.host.info()).toMatchObject({ kind: 'web', dataDir: data })
    socket.close()
    host.child.kill('SIGINT')
    expect(await host.ended).toBe(0)
  })

  test('nobody there is no answer rather than an error or a wait', async () => {
    expect(await askOwner(join(runtime, 'nobody.sock'), { ask: 'ping' })).toBeNull()
  })

  test('an owner that never answers is given up', async () => {
    const address = join(runtime, 'mute.sock')
    const mute = createServer(() => {}).listen(address)
    await once(mute, 'listening')
    expect(await askOwner(address, { ask: 'ping' }, 100)).toBeNull()
    mute.close()
  })
})

function status(address: string, body: string): Promise<number> {
  return new Promise((resolve) => {
    const call = request({ socketPath: address, path: '/ask', method: 'POST' }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    call.on('error', () => resolve(0))
    call.end(body)
  })
}
