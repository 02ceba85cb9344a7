import { createServer } from 'node:net'
import { Problem, ProblemError } from '../../shared/domain/problem'
import { beginOf, minimalEnvironment, signalGroup, start, usageOf, type Started } from '../process'
import type { ExitRecord, HealthAnswer, InstanceSpec, InstanceView } from './contract'
import { askHealth } from './health'
import { maskOf } from '../redaction'
import type { LogWriter } from './log-writer'
import type { KeptInstance } from './state'
import { problem } from './text'

/** Where no health path is given: alive for so long, without a restart, is well. */
export const aliveMs = 10_000
const probeMs = 2000
const kept = 20
const backOff = [1000, 2000, 4000, 8000, 15_000, 30_000]

/** A free port of the loopback. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port: 0, host: '127.0.0.1' }, () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

/** `{node}` stands for the Node that runs this, where that is a plain one, so that an old or absent `node` does not matter. */
export const resolveCommand = (command: readonly string[]): string[] =>
  command.map((argument, i) =>
    i === 0 && argument === '{node}' ? (process.versions['electron'] ? 'node' : process.execPath) : argument,
  )

/** The variables of a process: what is needed to find its tools, its own settings, and who it is. */
export const environmentOf = (
  spec: InstanceSpec,
  variables: Record<string, string>,
  port: number | null,
): Record<string, string> => ({
  ...minimalEnvironment(),
  ...variables,
  ...(port === null ? {} : { PORT: String(port) }),
  SLIPWAY_APP: spec.names.app,
  SLIPWAY_ENVIRONMENT: spec.names.environment,
  SLIPWAY_SERVICE: spec.names.service,
  SLIPWAY_RELEASE: spec.names.release,
  SLIPWAY_INSTANCE: spec.id,
})

/** One copy of a service: started, watched, started again when it crashes, stopped. */
export class Instance {
  phase: InstanceView['phase'] = 'stopped'
  restarts = 0
  exits: ExitRecord[] = []
  pid: number | null = null
  begin: string | null = null
  port: number | null = null
  private startedAt: number | null = null
  private healthySince: number | null = null
  private answers: HealthAnswer[] = []
  private child: Started | null = null
  private trouble: Problem | null = null
  private timer: NodeJS.Timeout | null = null
  private usage: { at: number; cpuMs: number } | null = null
  private stopping = false

  constructor(
    readonly spec: InstanceSpec,
    public variables: Record<string, string> | null,
    private readonly log: LogWriter,
    private readonly changed: () => void,
  ) {}

  /** The plain variables only: secrets are never on disk. */
  keep(): KeptInstance {
    const { spec, pid, begin, restarts, exits } = this
    const variables = Object.fromEntries(Object.entries(this.variables ?? {}).filter(([key]) => !spec.secretKeys.includes(key)))
    return { spec, variables, wanted: this.phase === 'stopped' ? 'stopped' : 'running', pid, begin, restarts, exits }
  }

  /** Starts it where it does not run. Throws the problem in the way. */
  async start() {
    if (this.phase === 'running' || this.phase === 'waiting') return
    if (!this.variables) {
      this.phase = 'needs-variables'
      throw problem('variables-needed', { instance: this.spec.id })
    }
    this.restarts = 0
    await this.spawn()
  }

  private async spawn() {
    this.stopping = false
    const port = await freePort()
    const child = await start(resolveCommand(this.spec.command), {
      cwd: this.spec.folder,
      env: environmentOf(this.spec, this.variables ?? {}, port),
    })
    Object.assign(this, {
      child,
      port,
      pid: child.pid,
      phase: 'running',
      startedAt: Date.now(),
      healthySince: null,
      answers: [],
      trouble: null,
      usage: null,
    })
    this.begin = await beginOf(child.pid)
    for (const source of [child.stdout, child.stderr]) {
      this.log.take(source, this.spec.id, maskOf(this.variables ?? {}, this.spec.secretKeys))
    }
    void child.exited.then(({ code, signal }) => this.ended(child, code, signal))
    this.changed()
    this.watch(child)
  }

  private ended(child: Started, code: number | null, signal: string | null) {
    if (this.child !== child) return
    // What it started and left behind goes with it.
    signalGroup(child.pid, 'SIGKILL')
    Object.assign(this, { child: null, pid: null, begin: null, healthySince: null })
    if (this.stopping) return
    this.exits = [...this.exits, { at: Date.now(), code, signal, killed: false }].slice(-kept)
    const delay = backOff[Math.min(this.restarts, backOff.length - 1)] ?? 30_000
    this.log.say(
      this.spec.id,
      `[slipway] ended with ${signal ? `signal ${signal}` : `code ${code}`}; starts again in ${delay / 1000} s`,
    )
    this.phase = 'waiting'
    this.again(delay)
    this.changed()
  }

  private again(delay: number) {
    this.timer = setTimeout(() => {
      if (this.stopping) return
      this.restarts += 1
      this.spawn().catch((error: unknown) => this.failed(error))
    }, delay)
  }

  private failed(error: unknown) {
    this.trouble = error instanceof ProblemError ? error.problem : null
    if (this.stopping) return
    this.phase = 'waiting'
    this.again(30_000)
  }

  /** Starts what served before. What cannot start now is tried again, and says why. */
  async startOrTryAgain() {
    if (!this.variables) this.phase = 'needs-variables'
    else await this.start().catch((error: unknown) => this.failed(error))
  }

  /** Asks the running process now; null where it has no health path or does not run. */
  async ask(): Promise<HealthAnswer | null> {
    const { port, child } = this
    const { healthPath, names } = this.spec
    if (!child || port === null || !healthPath) return null
    const answer = await askHealth(port, healthPath, names.release)
    if (this.child !== child) return null
    this.answers = [...this.answers, answer].slice(-kept)
    this.healthySince = answer.healthy ? (this.healthySince ?? answer.at) : null
    return answer
  }

  private watch(child: Started) {
    const look = async () => {
      const { startedAt } = this
      if (this.child !== child || startedAt === null) return
      if (this.spec.healthPath) await this.ask()
      else if (Date.now() - startedAt >= aliveMs) this.healthySince = startedAt + aliveMs
      setTimeout(() => void look(), this.healthySince === null ? probeMs / 4 : probeMs)
    }
    setTimeout(() => void look(), 100)
  }

  /** Ends it; a program that ignores the request is killed after its grace. */
  async stop(): Promise<ExitRecord | null> {
    this.stopping = true
    if (this.timer) clearTimeout(this.timer)
    const { child } = this
    this.phase = 'stopped'
    if (!child) {
      this.changed()
      return this.exits.at(-1) ?? null
    }
    const { code, signal, killed } = await child.stop(this.spec.stopSeconds * 1000)
    Object.assign(this, { child: null, pid: null, begin: null, healthySince: null })
    const exit = { at: Date.now(), code, signal, killed }
    this.exits = [...this.exits, exit].slice(-kept)
    this.log.say(
      this.spec.id,
      killed ? `[slipway] did not end within ${this.spec.stopSeconds} s and was killed` : '[slipway] stopped',
    )
    this.changed()
    return exit
  }

  view(inFlight: number): InstanceView {
    const usage = this.pid === null ? null : usageOf(this.pid)
    const now = performance.now()
    const before = this.usage
    const cpuPercent =
      usage && before && now - before.at > 200 ? Math.max(0, ((usage.cpuMs - before.cpuMs) / (now - before.at)) * 100) : null
    if (usage && (!before || now - before.at > 200)) this.usage = { at: now, cpuMs: usage.cpuMs }
    const { spec, phase, pid, port, startedAt, restarts, exits, answers, healthySince, trouble } = this
    return {
      spec,
      phase,
      pid,
      port,
      startedAt,
      restarts,
      exits,
      answers,
      healthySince,
      inFlight,
      memoryBytes: usage?.memoryBytes ?? null,
      cpuPercent,
      problem: trouble,
    }
  }
}
