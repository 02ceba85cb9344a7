import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { dirname } from 'node:path'
import { z } from 'zod'
import { ProblemError, type Problem } from '../../shared/domain/problem'
import { calls, type CallName } from './contract'
import type { Supervisor } from './supervisor'
import { problem } from './text'

const bodyCap = 4 * 1024 * 1024

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > bodyCap) throw new Error('too long')
    parts.push(chunk)
  }
  return JSON.parse(Buffer.concat(parts).toString('utf8'))
}

function troubleOf(call: string, error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem
  if (error instanceof z.ZodError) return problem('supervisor-call-wrong', { call, why: z.prettifyError(error) }).problem
  return problem('supervisor-failed', { call, why: error instanceof Error ? error.message : String(error) }).problem
}

const isCall = (name: string): name is CallName => Object.hasOwn(calls, name)

async function answer(supervisor: Supervisor, name: string, request: IncomingMessage) {
  if (!isCall(name)) throw problem('supervisor-call-wrong', { call: name.slice(0, 60), why: 'there is no such call' })
  const input = calls[name].input.parse(await bodyOf(request))
  // The name picks both the schema and the answer; the compiler cannot follow that through a union.
  const work = supervisor.answers[name] as (input: unknown) => Promise<unknown>
  return work(input)
}

/** The socket by which owners speak. While one holds `/owner` open, the supervisor stays. */
export class Door {
  private owners = 0
  private timer: NodeJS.Timeout | null = null
  private readonly server = http.createServer({ requestTimeout: 0 }, (request, response) => void this.take(request, response))

  constructor(
    private readonly supervisor: Supervisor,
    private readonly options: { socket: string; ownerlessMs: number; abandoned(): void },
  ) {}

  async open() {
    const { socket } = this.options
    if (process.platform !== 'win32') {
      mkdirSync(dirname(socket), { recursive: true, mode: 0o700 })
      // Whoever holds the lock of the folder is the only one that may be here: what lies there is left over.
      rmSync(socket, { force: true })
    }
    const mask = process.umask(0o177)
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject)
      this.server.listen(socket, resolve)
    })
    process.umask(mask)
    if (process.platform !== 'win32') chmodSync(socket, 0o600)
    this.countdown()
  }

  private countdown() {
    if (this.timer) clearTimeout(this.timer)
    this.timer = this.owners > 0 ? null : setTimeout(() => this.options.abandoned(), this.options.ownerlessMs)
  }

  private async take(request: IncomingMessage, response: ServerResponse) {
    const name = (request.url ?? '').slice(1)
    if (name === 'owner') return this.hold(response)
    let body: unknown
    try {
      body = { ok: await answer(this.supervisor, name, request) }
    } catch (error) {
      body = { problem: troubleOf(name, error) }
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }

  private hold(response: ServerResponse) {
    this.owners += 1
    this.countdown()
    response.writeHead(200)
    response.flushHeaders()
    response.once('close', () => {
      this.owners -= 1
      this.countdown()
    })
  }

  close() {
    if (this.timer) clearTimeout(this.timer)
    this.server.close()
    this.server.closeAllConnections()
    if (process.platform !== 'win32') rmSync(this.options.socket, { force: true })
  }
}
