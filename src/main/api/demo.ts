import type { App, Service } from '../../shared/domain/app'
import type { Artifact } from '../../shared/domain/artifact'
import { ServiceId, newId, type AppId } from '../../shared/domain/ids'
import type { Placement } from '../../shared/domain/placement'
import type { Environment } from '../../shared/domain/environment'
import type { Release } from '../../shared/domain/release'
import type { EnginePorts } from '../engine/engine'
import type { Planner } from '../engine/planner'
import type { Runs } from '../engine/runs'
import type { Records } from '../storage/records'
import type { Meta } from '../storage/secrets'
import type { Apps } from './apps'
import { problem } from './base'
import { unknownProvenance, type Releases } from './releases'
import type { SettingsStore } from './settings'

export type DemoVariant = 'v1' | 'v2' | 'next' | 'bad' | 'crash'

/** Makes the bundle of one service of the demo. */
export type DemoBundle = (
  variant: DemoVariant,
  service: 'web' | 'worker',
  serial: number,
  signal: AbortSignal,
) => Promise<Artifact>

const demoBake = 10
const demoSlug = 'shop'
const metaName = 'demo-app'

const notes: Record<DemoVariant, string> = {
  v1: 'The first shop',
  v2: 'Faster cart, new colour',
  next: 'Another good one',
  bad: 'Its health answers 500',
  crash: 'It ends after five seconds',
}

export interface DemoParts {
  ports: EnginePorts
  records: Records
  apps: Apps
  releases: Releases
  settings: SettingsStore
  planner: Planner
  runs: Runs
  bundle: DemoBundle
  /** A free port that is meant to be kept. */
  lastingPort(): Promise<number>
  meta: Meta
}

/** The demo: a real app of two services on this computer, staging one release ahead of production. */
export function createDemo({ ports, records, apps, releases, settings, planner, runs, bundle, lastingPort, meta }: DemoParts) {
  let making: Promise<{ appId: AppId }> | null = null

  /** The app that was made as the demo: one of the same name that a person made is theirs. */
  async function demoApp(): Promise<App | null> {
    const id = appId()
    const app = id ? await records.apps.get(id) : null
    return app?.deletedAt === null ? app : null
  }

  const appId = () => meta.get(metaName)

  async function makeRelease(app: App, variant: DemoVariant, signal: AbortSignal): Promise<Release> {
    const count = (await records.releases.list(app.id)).length + 1
    const artifacts: Release['artifacts'] = {}
    for (const service of app.services) {
      const artifact = await bundle(variant, service.route ? 'web' : 'worker', count, signal)
      await records.artifacts.put(artifact)
      artifacts[service.id] = artifact.digest
    }
    return releases.add(app, artifacts, unknownProvenance, notes[variant])
  }

  /** Deploys without a bake and waits: the first look must not take longer than ten seconds. */
  async function firstDeploy(placement: Placement, release: Release, signal: AbortSignal) {
    const plan = await planner.plan({ kind: 'deploy', placementId: placement.id, releaseId: release.id }, signal)
    const run = await runs.start(
      { planId: plan.id, fingerprint: plan.fingerprint, ...(plan.needs.typedName ? { typedName: plan.needs.typedName } : {}) },
      signal,
    )
    await new Promise<void>((resolve) => {
      const end = ports.changed.subscribe(() => {
        const now = ports.journal.run(run.id)
        if (now && now.state !== 'ended' && now.state !== 'interrupted') return
        if (runs.isLive(run.id)) return
        end()
        resolve()
      })
      ports.changed.publish()
    })
    const ended = ports.journal.run(run.id)
    if (ended?.outcome !== 'succeeded')
      throw problem('demo-failed', { why: ended?.problem?.message ?? 'its first run did not succeed.' })
    const fresh = await records.placements.get(placement.id)
    if (fresh) await records.placements.put({ ...fresh, bakeSeconds: demoBake })
  }

  async function make(signal: AbortSignal): Promise<{ appId: AppId }> {
    const known = await demoApp()
    if (known) return { appId: known.id }
    const service = (slug: string, route: boolean): Service => ({
      id: newId(ServiceId),
      slug,
      artifactKind: 'bundle',
      healthPath: '/health',
      releaseCommand: null,
      route,
    })
    const [web, worker] = [service('web', true), service('worker', false)]
    const addresses = new Map<string, number>()
    const wanted = (await records.environments.list()).filter((one) => one.deletedAt === null).map((one) => one.slug)
    for (const slug of wanted.length > 0 ? wanted : ['dev', 'staging', 'production']) addresses.set(slug, await lastingPort())
    const { app, placements } = await apps.add(
      demoSlug,
      'Shop',
      [web, worker],
      (one, environment) => ({
        start: ['{node}', one.slug === 'web' ? 'server.mjs' : 'worker.mjs'],
        instances: one.slug === 'web' && environment.slug === 'production' ? 2 : 1,
        port: one.route ? (addresses.get(environment.slug) ?? null) : null,
      }),
      0,
    )
    meta.set(metaName, app.id)
    for (const place of placements) await firstSettings(place, web, worker, addresses)
    const v1 = await makeRelease(app, 'v1', signal)
    const v2 = await makeRelease(app, 'v2', signal)
    const last = placements.at(-1)
    await Promise.all(placements.map((place) => firstDeploy(place.placement, place === last ? v1 : v2, signal)))
    return { appId: app.id }
  }

  /** Staging knows a key that production lacks, as it happens in life: the first plan shows it. */
  async function firstSettings(
    { environment, placement }: { environment: Environment; placement: Placement },
    web: Service,
    worker: Service,
    addresses: ReadonlyMap<string, number>,
  ) {
    const plain = (key: string, value: string) => ({ key, value: { kind: 'plain' as const, value } })
    const timeout = environment.protected ? [] : [plain('PAYMENT_TIMEOUT_MS', '3000')]
    await settings.save({
      placementId: placement.id,
      serviceId: web.id,
      basedOn: 0,
      values: [plain('CURRENCY', 'EUR'), ...timeout],
    })
    await settings.save({
      placementId: placement.id,
      serviceId: worker.id,
      basedOn: 0,
      values: [plain('WEB_URL', `http://127.0.0.1:${addresses.get(environment.slug) ?? 0}/`)],
    })
  }

  return {
    /** The app that was made as the demo; null where there is none. */
    appId,
    /** Idempotent: a second call while it is made, or after, answers the same app. */
    create(signal: AbortSignal): Promise<{ appId: AppId }> {
      making ??= make(signal).finally(() => (making = null))
      return making
    },
    async release(variant: Exclude<DemoVariant, 'v1' | 'v2'>, signal: AbortSignal): Promise<Release> {
      const app = await demoApp()
      if (!app) throw problem('not-found', { noun: 'demo' })
      return makeRelease(app, variant, signal)
    },
  }
}
export type Demo = ReturnType<typeof createDemo>
