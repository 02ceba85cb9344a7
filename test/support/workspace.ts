import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Digest } from '../../src/shared/domain/artifact'
import type { App, Service } from '../../src/shared/domain/app'
import {
  AppId,
  ConnectionId,
  EnvironmentId,
  InstallationId,
  PlacementId,
  ReleaseId,
  ServiceId,
  TargetId,
  newId,
} from '../../src/shared/domain/ids'
import type { OnFailure, Placement } from '../../src/shared/domain/placement'
import type { Guard, Plan } from '../../src/shared/domain/plan'
import type { Run } from '../../src/shared/domain/run'
import type { Release } from '../../src/shared/domain/release'
import { createLooks } from '../../src/main/engine/looks'
import { createPlanner } from '../../src/main/engine/planner'
import { reconcile } from '../../src/main/engine/reconcile'
import { createRuns } from '../../src/main/engine/runs'
import { timings, type EnginePorts } from '../../src/main/engine/engine'
import { createAudit } from '../../src/main/storage/audit'
import { openStorage } from '../../src/main/storage/database'
import { createJournal } from '../../src/main/storage/journal'
import { createLock } from '../../src/main/storage/lock'
import { createOutputs } from '../../src/main/storage/outputs'
import { own } from '../../src/main/storage/owner'
import { createRecords } from '../../src/main/storage/records'
import { Topic } from '../../src/main/topic'
import type { Clock, CrashPoint } from '../../src/main/ports'
import { noRegistries } from './local'
import { ScriptedWorld, scriptedProvider } from './scripted'

/** A clock of the test: sleeping moves it on at once, but for very long sleeps, which only their signal ends. */
export function quickClock(start = 1_700_000_000_000): Clock & { move(ms: number): void } {
  let now = start
  return {
    now: () => now,
    move: (ms) => (now += ms),
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      if (ms > 600_000) await new Promise((resolve) => signal?.addEventListener('abort', resolve))
      signal?.throwIfAborted()
      now += ms
      await new Promise((resolve) => setImmediate(resolve))
      signal?.throwIfAborted()
    },
  }
}

const plainRedactor = { redact: (text: string) => text, ready: () => true }

export const digestOf = (text: string) => Digest.parse(`sha256:${createHash('sha256').update(text).digest('hex')}`)

/** A folder that is gone when the test file is over. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'slipway-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export interface OpenOptions {
  dataDir: string
  world: ScriptedWorld
  clock?: Clock
  crashPoint?: CrashPoint
}

/** The engine on real storage, with the scripted provider. */
export function openEngine({ dataDir, world, clock = quickClock(), crashPoint = () => {} }: OpenOptions) {
  const owner = own(dataDir)
  const storage = openStorage(dataDir, clock.now())
  const changed = new Topic()
  const self = { installationId: newId(InstallationId), actor: { name: 'ana', machine: 'laptop' } }
  const records = createRecords(storage, changed)
  const provider = scriptedProvider(world)
  const stored = new Set<string>()
  const artifacts = {
    has: (digest: Digest) => !stored.has(`gone ${digest}`),
    get: (digest: Digest) => ({ v: 1 as const, digest, kind: 'bundle' as const, size: 3, locators: [] }),
    async *read() {
      yield Buffer.from('tar')
    },
  }
  const session = provider.connect([], { clock, artifacts, registries: noRegistries })
  const ports: EnginePorts = {
    records,
    journal: createJournal(storage.raw, clock, crashPoint, changed),
    audit: createAudit({
      raw: storage.raw,
      dataDir,
      clock,
      self,
      redactor: plainRedactor,
      appended: changed,
      key: () => Promise.resolve(null),
    }),
    lock: createLock(storage.raw, clock, self),
    sessions: { of: () => session, identity: () => Promise.resolve({ identity: 'scripted' }) },
    providers: new Map([[provider.kind, provider]]),
    artifacts,
    registries: noRegistries,
    settings: { variables: () => Promise.resolve({}) },
    outputs: createOutputs(dataDir, plainRedactor, changed),
    redactor: plainRedactor,
    clock,
    crashPoint,
    unexpected: () => {},
    rested: () => {},
    self,
    changed,
    timings: { ...timings, upstreamProven: 0 },
  }
  const looks = createLooks(ports)
  const planner = createPlanner(ports, looks)
  const runs = createRuns(ports, planner, looks)
  return {
    ports,
    looks,
    planner,
    runs,
    storage,
    forget: (digest: Digest) => stored.add(`gone ${digest}`),
    reconcile: () => reconcile(ports, looks, new AbortController().signal),
    /** As after a kill: nothing of this engine goes on, and its files are free for the next owner. */
    async die() {
      ports.journal.append = () => {
        throw new Error('this owner is dead')
      }
      await storage.close()
      owner.release()
    },
    async close() {
      await runs.close('leave')
      await storage.close()
      owner.release()
    },
  }
}
export type Engine = ReturnType<typeof openEngine>

export interface WorkspaceOptions {
  hosts?: number
  protectedProduction?: boolean
  onFailure?: OnFailure
  releaseCommand?: string[]
}

/** App `shop` with service `web` in staging and production, releases v1 and v2. Nothing runs yet. */
export async function makeWorkspace(
  { ports }: Engine,
  { hosts = 1, protectedProduction = false, onFailure = { rule: 'revert' }, releaseCommand }: WorkspaceOptions = {},
) {
  const { records } = ports
  const service: Service = {
    id: newId(ServiceId),
    slug: 'web',
    artifactKind: 'bundle',
    healthPath: '/health',
    releaseCommand: releaseCommand ?? null,
    route: true,
  }
  const app: App = { v: 1, id: newId(AppId), slug: 'shop', name: 'Shop', services: [service], createdAt: 1, deletedAt: null }
  await records.apps.put(app)
  const connectionIds = Array.from({ length: hosts }, () => newId(ConnectionId))
  for (const [index, id] of connectionIds.entries()) {
    await records.connections.put({
      v: 1,
      id,
      slug: `host-${index + 1}`,
      name: `host ${index + 1}`,
      kind: 'local',
      identity: null,
      settings: {},
      createdAt: 1,
      deletedAt: null,
    })
  }
  const place = async (slug: string, position: number, isProtected: boolean): Promise<Placement> => {
    const environmentId = newId(EnvironmentId)
    await records.environments.put({
      v: 1,
      id: environmentId,
      slug,
      name: slug,
      position,
      protected: isProtected,
      freezeWindows: [],
      deletedAt: null,
    })
    const id = newId(PlacementId)
    const placement: Placement = {
      v: 1,
      id,
      appId: app.id,
      environmentId,
      targets: [
        {
          id: newId(TargetId),
          placementId: id,
          serviceId: service.id,
          provider: 'scripted',
          connectionIds,
          pinnedIdentities: {},
          settings: { instances: 1 },
        },
      ],
      bakeSeconds: 1,
      onFailure,
      strategy: { kind: 'all' },
      hold: null,
      deletedAt: null,
    }
    await records.placements.put(placement)
    return placement
  }
  const release = async (number: number): Promise<Release> => {
    const one: Release = {
      v: 1,
      id: newId(ReleaseId),
      installationId: ports.self.installationId,
      actor: ports.self.actor,
      appId: app.id,
      number,
      artifacts: { [service.id]: digestOf(`v${number}`) },
      provenance: { commit: null, branch: null, author: null, subject: null },
      note: '',
      createdAt: number,
    }
    await records.releases.put(one)
    return one
  }
  return {
    app,
    service,
    connectionIds,
    staging: await place('staging', 0, false),
    production: await place('production', 1, protectedProduction),
    v1: await release(1),
    v2: await release(2),
    release,
  }
}
export type Workspace = Awaited<ReturnType<typeof makeWorkspace>>

export const never = new AbortController().signal

export const guardOf = (plan: Plan, more: Partial<Guard> = {}): Guard => ({
  planId: plan.id,
  fingerprint: plan.fingerprint,
  ...more,
})

/** Waits until a run rests: ended, or waiting for an answer with nobody at work on it. */
export async function rest(engine: Engine, runId: Run['id']): Promise<Run> {
  for (;;) {
    const run = engine.ports.journal.run(runId)
    if (!run) throw new Error('no such run')
    if (!engine.runs.isLive(runId) || run.state === 'asking') return run
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** Deploys and waits. */
export async function deploy(engine: Engine, placement: Placement, release: Release): Promise<Run> {
  const plan = await engine.planner.plan({ kind: 'deploy', placementId: placement.id, releaseId: release.id }, never)
  const run = await engine.runs.start(guardOf(plan, { typedName: plan.needs.typedName ?? undefined }), never)
  return rest(engine, run.id)
}
