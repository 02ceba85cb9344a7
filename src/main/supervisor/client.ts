import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { LinkLost, ProblemError } from '../../shared/domain/problem'
import { beginOf, minimalEnvironment, startDetached } from '../process'
import { calls, Reply, type CallInput, type CallName, type CallOutput } from './contract'
import { followLog, lastLines } from './log-reader'
import { layout, socketPath } from './paths'
import { problem } from './text'

export interface SupervisorOptions {
  dataDir: string
  runtimeDir: string
  /** The program, with its first arguments, that runs the built supervisor. */
  command: readonly string[]
  /** Seconds without an owner after which it ends; ten minutes where it is not given. */
  ownerlessSeconds?: number
}

const startLimitMs = 15_000

/** Calls that change nothing: asked again where the answer was cut off. */
const onlyReads: ReadonlySet<CallName> = new Set(['hello', 'look', 'portFree', 'findProgram', 'probe', 'job', 'drain', 'flush'])

/** The one way to speak with the supervisor of a data folder. */
export class SupervisorClient {
  readonly where
  private readonly socket: string
  private owning: http.ClientRequest | null = null
  private opening: Promise<void> | null = null
  private closed = false

  constructor(private readonly options: SupervisorOptions) {
    this.where = layout(options.dataDir)
    this.socket = socketPath(options.runtimeDir, options.dataDir)
  }

  /** Makes a call of a running supervisor. Throws its problem, or LinkLost where it does not answer. */
  async call<N extends CallName>(name: N, input: CallInput<N>, signal?: AbortSignal): Promise<CallOutput<N>> {
    const text = await this.post(name, JSON.stringify(input), signal)
    const reply = Reply.parse(JSON.parse(text))
    if ('problem' in reply) throw new ProblemError(reply.problem)
    return calls[name].output.parse(reply.ok) as CallOutput<N>
  }

  /** Like `call`, but where none runs, one is started first: it was killed, or ended with its last owner. */
  async ask<N extends CallName>(name: N, input: CallInput<N>, signal?: AbortSignal): Promise<CallOutput<N>> {
    try {
      return await this.call(name, input, signal)
    } catch (error) {
      if (!(error instanceof LinkLost) || this.closed || !(onlyReads.has(name) || error.problem.data['reached'] === false))
        throw error
      await this.open()
      return this.call(name, input, signal)
    }
  }

  private post(name: string, body: string, signal?: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const lost = (error: NodeJS.ErrnoException) =>
        reject(
          signal?.aborted
            ? (signal.reason as Error)
            : new LinkLost(problem('supervisor-unreachable', { why: words(error), reached: !neverReached(error) }).problem),
        )
      const request = http.request(
        { socketPath: this.socket, path: `/${name}`, method: 'POST', agent: false, ...(signal ? { signal } : {}) },
        (response) => {
          const parts: Buffer[] = []
          response.on('data', (part: Buffer) => parts.push(part))
          response.once('error', lost)
          response.once('end', () => resolve(Buffer.concat(parts).toString('utf8')))
        },
      )
      request.once('error', lost)
      request.end(body)
    })
  }

  /** Whether one answers now. */
  async answers(): Promise<boolean> {
    return this.call('hello', {}).then(
      () => true,
      () => false,
    )
  }

  /** Starts one where none answers, and owns it. */
  open(): Promise<void> {
    this.closed = false
    this.opening ??= this.ready().finally(() => (this.opening = null))
    return this.opening
  }

  private async ready() {
    const end = performance.now() + startLimitMs
    for (let wait = 10, launchAt = 0; !(await this.answers()); wait = Math.min(wait * 2, 200)) {
      const now = performance.now()
      if (now > end)
        throw problem('supervisor-unreachable', {
          why: `it was started and is silent; its log is ${this.where.local}/supervisor.log`,
          reached: false,
        })
      // One that was started while its predecessor still held the folder has given up: try again.
      if (now >= launchAt) {
        await this.launch()
        launchAt = now + 2000
      }
      await sleep(wait)
    }
    this.own()
  }

  private async launch() {
    const { dataDir, runtimeDir, command, ownerlessSeconds = 600 } = this.options
    const args = [dataDir, runtimeDir, String(ownerlessSeconds)]
    await startDetached([...command, ...args], { cwd: dataDir, env: minimalEnvironment() })
  }

  /** Holds a line open for as long as this process lives. */
  private own() {
    if (this.owning || this.closed) return
    const request = http.get({ socketPath: this.socket, path: '/owner', agent: false }, (response) => response.resume())
    const over = () => {
      if (this.owning === request) this.owning = null
    }
    request.once('error', over).once('close', over)
    request.once('socket', (socket) => socket.unref())
    this.owning = request
  }

  /** Lets go: the supervisor goes on, and ends by itself when nobody comes. */
  release() {
    this.closed = true
    this.owning?.destroy()
    this.owning = null
  }

  /** Ends the supervisor and all that it runs. What served comes back with the next start. */
  async shutdown() {
    this.release()
    const pid = await this.call('hello', {}).then(
      (hello) => hello.pid,
      () => null,
    )
    if (pid === null) return
    const begin = await beginOf(pid)
    await this.call('shutdown', {}).catch((error: unknown) => {
      if (!(error instanceof LinkLost)) throw error
    })
    // Silence is not yet the end: until the process is gone it holds the lock of its folder.
    while (begin === null ? await this.answers() : (await beginOf(pid)) === begin) await sleep(20)
  }

  follow = (stream: string, since: number, signal: AbortSignal) => followLog(this.where.logs, stream, since, signal)
  lastLines = (stream: string, instance: string, count: number) => lastLines(this.where.logs, stream, instance, count)
}

const neverReached = (error: NodeJS.ErrnoException) => error.code === 'ENOENT' || error.code === 'ECONNREFUSED'

const words = (error: NodeJS.ErrnoException) =>
  neverReached(error)
    ? 'it is not running'
    : error.code === 'EACCES'
      ? 'its socket belongs to another user'
      : (error.code ?? error.message)
