import { mkdirSync } from 'node:fs'
import { ProblemError } from '../../shared/domain/problem'
import { beginOf, findProgram, signalGroup } from '../process'
import type { CallAsked, CallName, CallOutput, InstanceSpec } from './contract'
import { Instance, resolveCommand } from './instance'
import { Jobs } from './jobs'
import { LogWriter } from './log-writer'
import { layout } from './paths'
import { Routes } from './routes'
import { readState, writeState, type State } from './state'
import { problem } from './text'

const drainBeforeStopMs = 10_000
const same = (a: InstanceSpec, b: InstanceSpec) =>
  a.digest === b.digest && a.settingsRevisionId === b.settingsRevisionId && a.targetId === b.targetId

/** Ends what a killed predecessor left. A stranger that got one of its pids since is left alone. */
async function reap(state: State): Promise<string[]> {
  const left = [...state.instances, ...Object.values(state.jobs)].filter((one) => one.pid !== null && one.begin !== null)
  const notices: string[] = []
  for (const { pid, begin } of left) {
    if (pid === null || (await beginOf(pid)) !== begin) continue
    signalGroup(pid, 'SIGKILL')
    notices.push(`A process (${pid}) that an earlier background process had left was ended.`)
  }
  return notices
}

function whyNot(program: string, folder: string) {
  try {
    findProgram(resolveCommand([program])[0] ?? program, folder)
    return null
  } catch (error) {
    if (error instanceof ProblemError) return error.problem
    throw error
  }
}

/** Holds the instances, the addresses and the one-off commands of one data folder. */
export class Supervisor {
  private readonly instances = new Map<string, Instance>()
  private readonly logs = new Map<string, LogWriter>()
  private readonly routes = new Routes((id) => this.upstream(id))
  private readonly jobs: Jobs
  private readonly where
  private readonly notices: string[] = []
  private readonly startedAt = Date.now()
  private turns: Promise<unknown> = Promise.resolve()
  private closing = false

  constructor(
    private readonly dataDir: string,
    private readonly end: () => void,
  ) {
    this.where = layout(dataDir)
    mkdirSync(this.where.local, { recursive: true, mode: 0o700 })
    this.jobs = new Jobs(this.where.jobs, () => this.save())
  }

  private upstream(id: string) {
    const port = this.instances.get(id)?.port ?? null
    return port === null || this.instances.get(id)?.phase !== 'running' ? null : { id, port }
  }

  private save() {
    this.routes.refresh()
    if (this.closing) return
    writeState(this.where.state, {
      v: 1,
      instances: [...this.instances.values()].map((one) => one.keep()),
      routes: this.routes.keep(),
      jobs: this.jobs.keep(),
    })
  }

  private log(targetId: string): LogWriter {
    const log = this.logs.get(targetId) ?? new LogWriter(this.where.logs, targetId)
    this.logs.set(targetId, log)
    return log
  }

  private add(spec: InstanceSpec, variables: { [key: string]: string } | null): Instance {
    const instance = new Instance(spec, variables, this.log(spec.targetId), () => this.save())
    this.instances.set(spec.id, instance)
    return instance
  }

  /** Starts again what ran, at the same addresses. */
  async restore() {
    const { state, notice } = readState(this.where.state, Date.now())
    this.notices.push(...(notice ? [notice] : []), ...(await reap(state)))
    for (const { spec, variables, exits } of state.instances) {
      const instance = this.add(spec, spec.secretKeys.length > 0 ? null : variables)
      instance.exits = exits
    }
    const wanted = state.instances.filter((one) => one.wanted === 'running')
    await Promise.all(wanted.map(async (one) => this.instances.get(one.spec.id)?.startOrTryAgain()))
    await this.routes.restore(state.routes)
    this.save()
  }

  /** Changes come one after another, looks at once. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.turns.then(work, work)
    this.turns = turn.catch(() => undefined)
    return turn
  }

  private known(id: string): Instance {
    const instance = this.instances.get(id)
    if (!instance) throw problem('instance-unknown', { instance: id })
    return instance
  }

  private viewOf = (one: Instance) => one.view(this.routes.inFlight(one.spec.id))

  readonly answers: { [N in CallName]: (input: CallAsked<N>) => Promise<CallOutput<N>> } = {
    hello: async () => ({ v: 1, pid: process.pid, dataDir: this.dataDir, startedAt: this.startedAt, notices: this.notices }),
    look: async ({ targetId }) => ({
      instances: [...this.instances.values()]
        .filter((one) => targetId === null || one.spec.targetId === targetId)
        .map(this.viewOf),
      route: targetId === null ? null : this.routes.view(targetId),
    }),
    start: ({ spec, variables }) => this.inTurn(() => this.startOne(spec, variables)),
    stop: async ({ id }) => {
      const instance = this.instances.get(id)
      if (!instance) return null
      await this.quiet(id)
      await instance.stop()
      return this.viewOf(instance)
    },
    revive: ({ id, variables }) =>
      this.inTurn(async () => {
        const instance = this.known(id)
        if (variables) instance.variables = variables
        await instance.start()
        return this.viewOf(instance)
      }),
    remove: async ({ id }) => {
      const instance = this.instances.get(id)
      if (!instance) return { exit: null }
      await this.quiet(id)
      const exit = await instance.stop()
      this.routes.forget(id)
      this.instances.delete(id)
      this.save()
      return { exit }
    },
    route: ({ targetId, ...route }) =>
      this.inTurn(async () => {
        const port = await this.routes.set(targetId, route)
        this.save()
        return { port }
      }),
    drain: async ({ ids, capMs }) => ({ left: await this.routes.drain(ids, capMs) }),
    portFree: async ({ targetId, port }) => ({ free: await this.routes.portFree(targetId, port) }),
    probe: async ({ ids }) => ({
      found: await Promise.all(
        [...this.instances.values()]
          .filter((one) => ids.includes(one.spec.id))
          .map(async (one) => ({ answer: await one.ask(), view: this.viewOf(one) })),
      ),
    }),
    findProgram: async ({ program, folder }) => ({ problem: whyNot(program, folder) }),
    runJob: ({ key, spec, variables, again }) => this.inTurn(() => this.jobs.run(key, spec, variables, again)),
    job: ({ key, from }) => this.jobs.view(key, from),
    flush: async ({ targetId }) => {
      await this.logs.get(targetId)?.flush()
      return {}
    },
    shutdown: async () => {
      await this.close()
      setImmediate(this.end)
      return {}
    },
  }

  private async startOne(spec: InstanceSpec, variables: { [key: string]: string }) {
    const before = this.instances.get(spec.id)
    if (before && before.phase !== 'stopped' && !same(before.spec, spec)) throw problem('instance-differs', { instance: spec.id })
    const instance = before && same(before.spec, spec) ? before : this.add(spec, variables)
    instance.variables = variables
    try {
      await instance.start()
    } catch (error) {
      this.instances.delete(spec.id)
      this.save()
      throw error
    }
    return this.viewOf(instance)
  }

  /** No request is cut off: the traffic goes elsewhere, and what is under way may end. */
  private async quiet(id: string) {
    await this.routes.drain([id], drainBeforeStopMs)
    this.routes.closeTunnels(id)
  }

  /** Ends all that runs here. What is kept on disk stays as it was, for the next start. */
  async close() {
    this.save()
    this.closing = true
    await Promise.all([...this.instances.values()].map((one) => one.stop()))
    await Promise.all([this.jobs.close(), this.routes.close(), ...[...this.logs.values()].map((log) => log.flush())])
  }
}
