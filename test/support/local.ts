import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createArtifacts, type Artifacts } from '../../src/main/artifacts'
import { localConnection } from '../../src/main/connections/local'
import type { Change, ProviderPlan, Session, StepContext, TargetContext } from '../../src/main/providers/provider'
import { localProvider } from '../../src/main/providers/local'
import type { ArtifactStore, Clock, Effects, Registries, SecretText } from '../../src/main/ports'
import type { Digest } from '../../src/shared/domain/artifact'
import type { Service } from '../../src/shared/domain/app'
import {
  AppId,
  ConnectionId,
  EnvironmentId,
  InstallationId,
  PlacementId,
  PlanId,
  ReleaseId,
  RunId,
  ServiceId,
  SettingsRevisionId,
  TargetId,
  newId,
} from '../../src/shared/domain/ids'
import type { Target } from '../../src/shared/domain/placement'
import type { Release } from '../../src/shared/domain/release'
import { SupervisorClient } from '../../src/main/supervisor/client'
import { builtSupervisor } from './supervisor'

/** Where no registry has a connection. */
export const noRegistries: Registries = { of: () => Promise.resolve(null) }

export const realClock: Clock = { now: Date.now, sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}) }
export const never = new AbortController().signal

/** A program that serves what `say` is, with `/health`, and does as it is told by its files. */
export const server = (say: string, extra = '') => `
import http from 'node:http'
const health = ${JSON.stringify(say)} === 'sick' ? 500 : 200
const server = http.createServer((q, r) => {
  if (q.url === '/health') return r.writeHead(health).end()
  if (q.url === '/slow') return setTimeout(() => r.end(${JSON.stringify(say)}), 300)
  let n = 0
  q.on('data', (c) => (n += c.length)).on('end', () => r.end(${JSON.stringify(say)} + (n ? ' ' + n : '')))
})
server.on('upgrade', (q, s) => { s.write('HTTP/1.1 101 Switching Protocols\\r\\nconnection: upgrade\\r\\nupgrade: echo\\r\\n\\r\\n'); s.pipe(s) })
server.listen(process.env.PORT, '127.0.0.1')
console.log('listening', process.env.SLIPWAY_RELEASE)
process.on('SIGTERM', () => server.close(() => process.exit(0)))
${extra}
`

/** Counts what is done, and does it. */
export function countingEffects() {
  const done: { effect: string; handle: unknown }[] = []
  const effects: Effects = {
    do: async (effect, handle, work) => {
      done.push({ effect, handle })
      return work()
    },
  }
  return { effects, done }
}

export interface Deployment {
  kind?: Change['kind']
  instances?: number
  releaseCommand?: boolean
  number?: number
  variables?: Record<string, string | SecretText>
}

/** This computer with a real supervisor in folders of its own. */
export async function openLocal({ aliveMs = 500, ownerlessSeconds = 60 } = {}) {
  const { command, remove } = await builtSupervisor()
  const base = mkdtempSync(join(tmpdir(), 'slw-'))
  const dataDir = join(base, 'data')
  const runtimeDir = join(base, 'run')
  mkdirSync(dataDir)
  mkdirSync(runtimeDir, { mode: 0o700 })
  const artifacts = createArtifacts(dataDir)
  const connection = localConnection({
    dataDir,
    runtimeDir,
    supervisorCommand: command,
    installationId: 'i',
    clock: realClock,
    ownerlessSeconds,
  })
  const record = {
    v: 1 as const,
    id: newId(ConnectionId),
    slug: 'this-computer',
    name: 'This computer',
    kind: 'local' as const,
    identity: null,
    settings: {},
    createdAt: 1,
    deletedAt: null,
  }
  const opened = await connection.open(record, never)
  const session = await localProvider({ aliveMs }).connect([opened], { clock: realClock, artifacts, registries: noRegistries })
  const client = new SupervisorClient({ dataDir, runtimeDir, command })
  return {
    dataDir,
    runtimeDir,
    artifacts,
    command,
    connection,
    record,
    session,
    client,
    async close() {
      await connection.shutdown()
      client.release()
      rmSync(base, { recursive: true, force: true })
      remove()
    },
  }
}
export type Local = Awaited<ReturnType<typeof openLocal>>

/** Packs these files and answers their digest. */
export async function bundle(artifacts: Artifacts, files: Record<string, string>): Promise<Digest> {
  const folder = mkdtempSync(join(tmpdir(), 'slw-b-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const { digest } = await artifacts.addFolder(folder)
  rmSync(folder, { recursive: true })
  return digest
}

/** One service of one placement on this computer, and a small engine that carries its plans out. */
export function placed(
  local: Pick<Local, 'session'> & {
    artifacts: ArtifactStore
    record: { id: ConnectionId }
    provider?: string
    connectionIds?: ConnectionId[]
  },
  service: Partial<Service> = {},
  settings: Partial<Target['settings']> = {},
) {
  const { session, record } = local
  const full: Service = {
    id: newId(ServiceId),
    slug: 'web',
    artifactKind: 'bundle',
    healthPath: '/health',
    releaseCommand: null,
    route: true,
    ...service,
  }
  const placementId = newId(PlacementId)
  const appId = newId(AppId)
  const target: Target = {
    id: newId(TargetId),
    placementId,
    serviceId: full.id,
    provider: local.provider ?? 'local',
    connectionIds: local.connectionIds ?? [record.id],
    pinnedIdentities: {},
    settings: { start: ['{node}', 'server.mjs'], instances: 1, port: null, stopSeconds: 2, ...settings },
  }
  const environmentId = newId(EnvironmentId)
  const context: TargetContext = {
    app: { v: 1, id: appId, slug: `a${placementId.slice(-8)}`, name: 'Shop', services: [full], createdAt: 1, deletedAt: null },
    environment: {
      v: 1,
      id: environmentId,
      slug: 'production',
      name: 'Production',
      position: 0,
      protected: false,
      freezeWindows: [],
      deletedAt: null,
    },
    placement: {
      v: 1,
      id: placementId,
      appId,
      environmentId,
      targets: [target],
      bakeSeconds: 0,
      onFailure: { rule: 'revert' },
      strategy: { kind: 'all' },
      hold: null,
      deletedAt: null,
    },
    service: full,
    target,
  }
  const releaseOf = (artifact: Digest, number: number): Release => ({
    v: 1,
    id: newId(ReleaseId),
    installationId: newId(InstallationId),
    actor: { name: 'ana', machine: 'laptop' },
    appId,
    number,
    artifacts: { [full.id]: artifact },
    provenance: { commit: null, branch: null, author: null, subject: null },
    note: '',
    createdAt: 1,
  })

  const lock = { fence: 1 }
  async function plan(
    artifact: Digest | null,
    { kind = 'deploy', instances = 1, releaseCommand = false, number = 1, variables = {} }: Deployment = {},
  ) {
    const observed = await session.observe(context, never)
    const settings: StepContext['settings'] =
      Object.keys(variables).length === 0
        ? null
        : {
            v: 1,
            id: newId(SettingsRevisionId),
            placementId,
            serviceId: full.id,
            number: 1,
            values: Object.fromEntries(Object.keys(variables).map((key) => [key, { kind: 'plain', value: 'x' }])),
            createdAt: 1,
            actor: { name: 'ana', machine: 'laptop' },
          }
    const release = artifact ? releaseOf(artifact, number) : null
    const change: Change = {
      ...context,
      kind,
      observed,
      artifact,
      pull: null,
      release,
      instances,
      settings,
      releaseCommand,
      strategy: { kind: 'all' },
    }
    const made = await session.plan(change, never)
    const step: StepContext = {
      ...context,
      planId: newId(PlanId),
      runId: newId(RunId),
      owner: 'test',
      fence: lock.fence,
      release,
      artifact,
      settings,
      variables: async () => variables,
    }
    return { change, made, step }
  }

  async function transfer(artifact: Digest) {
    for (const id of target.connectionIds) {
      if (!session.artifacts || (await session.artifacts.has(artifact, id, never))) continue
      await session.artifacts.write(artifact, id, local.artifacts.read(artifact), never)
    }
  }

  async function carryOut(made: ProviderPlan, step: StepContext, effects: Effects) {
    const said: string[] = []
    for (const one of made.steps) {
      if (one.phase === 'healthy' || one.phase === 'bake') await untilWell(session, one, step)
      else
        for await (const event of session.apply(one, step, effects, never))
          said.push(event.type === 'output' ? event.text : event.words)
    }
    return said
  }

  return {
    session,
    connectionId: record.id,
    artifacts: local.artifacts,
    context,
    /** The number that the steps carry; a server's own lock gives another. */
    lock,
    plan,
    transfer,
    carryOut,
    observe: () => session.observe(context, never),
    /** Plans and carries out. */
    async deploy(artifact: Digest | null, deployment: Deployment = {}) {
      if (artifact) await transfer(artifact)
      const { made, step } = await plan(artifact, deployment)
      const { effects, done } = countingEffects()
      const said = await carryOut(made, step, effects)
      return { made, step, done, said }
    },
    async address() {
      const { facts } = await session.observe(context, never)
      return facts.address.find((fact) => fact.href)?.href ?? ''
    },
  }
}

export type Placed = ReturnType<typeof placed>

/** Asks until all are well three times in a row; throws after twenty seconds. */
export async function untilWell(session: Session, step: Parameters<Session['probe']>[0], context: StepContext) {
  let good = 0
  let words = ''
  for (const end = Date.now() + 20_000; good < 3; await sleep(50)) {
    const answers = await session.probe(step, context, never)
    good = answers.every((one) => one.known && one.healthy) ? good + 1 : 0
    words = answers.map((one) => one.words).join('; ')
    if (Date.now() > end) throw new Error(`never well: ${words}`)
  }
}

/** Waits for something to become so. */
export async function until(what: () => Promise<boolean> | boolean, ms = 15_000) {
  for (const end = Date.now() + ms; !(await what()); await sleep(25)) if (Date.now() > end) throw new Error('it never became so')
}
