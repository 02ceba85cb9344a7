import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { attachAddress } from '../../src/main/attach/address'
import { askOwner } from '../../src/main/attach/visitor'
import type { Contract } from '../../src/shared/api'

/** To look closer: `SLIPWAY_BENCH_NODE='--cpu-prof --cpu-prof-dir=/tmp/p'`. */
const nodeFlags = (process.env['SLIPWAY_BENCH_NODE'] ?? '').split(' ').filter(Boolean)

export type Client = ContractRouterClient<Contract>

/** The built web host on folders of its own. */
export class House {
  readonly folder = mkdtempSync(join(tmpdir(), 'sw-b-'))
  readonly dataDir = join(this.folder, 'data')
  readonly #runtime = join(this.folder, 'run')
  #child: ChildProcess | null = null
  #sockets: WebSocket[] = []

  constructor() {
    mkdirSync(this.#runtime, { mode: 0o700 })
  }

  /** The same data in folders of another house. Nothing runs meanwhile. */
  copyTo(other: House): void {
    cpSync(this.dataDir, other.dataDir, { recursive: true, preserveTimestamps: true })
  }

  get pid(): number {
    return this.#child?.pid ?? NaN
  }

  /** The process that holds what the app runs. */
  supervisorPid(): number {
    const file = join(this.dataDir, 'local', 'supervisor.log')
    const started = existsSync(file) ? [...readFileSync(file, 'utf8').matchAll(/started as (\d+)/g)] : []
    return Number(started.at(-1)?.[1] ?? NaN)
  }

  /** Starts the host. Answers its address, with the code, and how long that took. */
  async start(): Promise<{ address: string; addressMs: number }> {
    const begun = performance.now()
    const child = spawn(
      process.execPath,
      [...nodeFlags, join(process.cwd(), 'out', 'main', 'web.js'), '--data', this.dataDir, '--no-open'],
      {
        cwd: this.folder,
        env: { PATH: process.env['PATH'] ?? '', HOME: this.folder, XDG_RUNTIME_DIR: this.#runtime },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    this.#child = child
    const address = await new Promise<string>((resolve, reject) => {
      let wrote = ''
      child.stdout.setEncoding('utf8').on('data', (part: string) => {
        wrote += part
        const found = /^Slipway is at (\S+)$/m.exec(wrote)?.[1]
        if (found) resolve(found)
      })
      child.once('exit', () => reject(new Error(`The host ended before it had an address: ${wrote}`)))
    })
    return { address, addressMs: performance.now() - begun }
  }

  /** Another address of the running host, with a fresh code. */
  async freshAddress(): Promise<string> {
    const reply = await askOwner(attachAddress(this.dataDir, join(this.#runtime, 'slipway')), { ask: 'fresh-url' })
    if (!reply?.url) throw new Error('The host has no address.')
    return reply.url
  }

  /** A client of its own, signed in. */
  async client(): Promise<Client> {
    const { origin, host, hash } = new URL(await this.freshAddress())
    const headers = { 'content-type': 'application/json', 'x-slipway': '1', origin }
    const answer = await fetch(`${origin}/session`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ code: hash.slice('#code='.length) }),
    })
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
    const socket = new WebSocket(`ws://${host}/api`, { headers: { cookie, origin } })
    this.#sockets.push(socket)
    await once(socket, 'open')
    return createORPCClient<Client>(new RPCLink({ websocket: socket }))
  }

  /** Ends the host as Ctrl-C does: all that it runs ends too. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets.splice(0)) socket.terminate()
    const child = this.#child
    this.#child = null
    if (!child || child.exitCode !== null) return
    child.kill('SIGINT')
    await once(child, 'exit')
  }

  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

/** A house with the demo in it. Nothing of it runs. */
export async function demoHouse(): Promise<House> {
  const house = new House()
  await house.start()
  await (await house.client()).workspace.createDemo()
  await house.stop()
  return house
}
