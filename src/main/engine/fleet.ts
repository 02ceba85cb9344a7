import type { App } from '../../shared/domain/app'
import type { Environment } from '../../shared/domain/environment'
import { byPosition } from '../../shared/domain/environment'
import type { Cell, Fleet, Gap } from '../../shared/domain/fleet'
import type { PlacementId } from '../../shared/domain/ids'
import type { Health, Observation } from '../../shared/domain/observation'
import { alias, distance, type Release, type Running } from '../../shared/domain/release'
import type { Run } from '../../shared/domain/run'
import type { Place } from './contexts'
import { newestSettings } from './contexts'
import type { EnginePorts } from './engine'
import type { Looks } from './looks'
import { runningRelease } from './ground'

/** What one placement runs, as far as its last looks tell. */
export function runningOf(place: Place, observations: ReadonlyMap<string, Observation>, releases: readonly Release[]): Running {
  const looks = place.contexts.map(({ target }) => observations.get(target.id))
  if (looks.length === 0) return { state: 'nothing' }
  if (looks.some((one) => !one || one.state === 'unreachable')) return { state: 'unknown' }
  if (looks.every((one) => !one?.instances.some((instance) => instance.serving))) return { state: 'nothing' }
  const release = runningRelease(place, observations, releases)
  return release ? { state: 'release', release } : { state: 'drifted' }
}

const worst: Record<Health, number> = { healthy: 0, starting: 1, unknown: 2, unhealthy: 3 }

function healthOf(observation: Observation | undefined): Health {
  if (!observation || observation.state === 'unreachable') return 'unknown'
  const serving = observation.instances.filter((one) => one.serving)
  if (serving.length === 0) return observation.desired > 0 ? 'unhealthy' : 'unknown'
  if (serving.length < observation.desired) return 'unhealthy'
  return serving.map((one) => one.health).toSorted((a, b) => worst[b] - worst[a])[0] ?? 'unknown'
}

function serviceOf(
  { service, target }: Place['contexts'][number],
  observation: Observation | undefined,
): Cell['services'][number] {
  const serving = observation?.instances.filter((one) => one.serving) ?? []
  const latencies = serving.flatMap((one) => (one.latencyMs === null ? [] : [one.latencyMs]))
  const set = typeof target.settings['instances'] === 'number' ? target.settings['instances'] : 0
  return {
    serviceId: service.id,
    slug: service.slug,
    running: serving.filter((one) => one.health !== 'unhealthy').length,
    desired: observation?.desired ?? set,
    health: healthOf(observation),
    latencyMs: latencies.length > 0 ? Math.max(...latencies) : null,
  }
}

/** The card of a placement, from what was last seen. */
export async function cellOf(
  ports: EnginePorts,
  looks: Looks,
  place: Place,
  releases: readonly Release[],
): Promise<{ cell: Cell; running: Running; observations: Map<string, Observation> }> {
  const { placement, contexts } = place
  const observations = new Map<string, Observation>()
  for (const { target } of contexts) {
    const last = await looks.last(target.id)
    if (last) observations.set(target.id, last)
  }
  const running = runningOf(place, observations, releases)
  const runs = ports.journal.list(placement.id, 20)
  const active = runs.find((run) => run.state !== 'ended')
  const seen = [...observations.values()]
  const health =
    contexts.map(({ target }) => healthOf(observations.get(target.id))).toSorted((a, b) => worst[b] - worst[a])[0] ?? 'unknown'
  const settings = await newestSettings(ports.records, placement.id)
  const provider = contexts[0] ? ports.providers.get(contexts[0].target.provider) : undefined
  const instances = seen.flatMap((one) => one.instances.filter((instance) => instance.serving))
  const cell: Cell = {
    placementId: placement.id,
    appId: placement.appId,
    environmentId: placement.environmentId,
    running: running.state,
    release: running.state === 'release' ? releaseCell(running.release, runs) : null,
    health: running.state === 'nothing' ? 'unknown' : health,
    services: contexts.map((context) => serviceOf(context, observations.get(context.target.id))),
    requests: seen.flatMap((one) => one.series).find((series) => series.name === 'Requests') ?? null,
    deploys: runs.flatMap((run) => switchedAt(run)),
    where: provider?.name ?? '',
    connectionKind: provider?.connectionKind ?? 'local',
    address: seen.flatMap((one) => one.facts.address).find((fact) => fact.href)?.href ?? null,
    hold: placement.hold,
    activeRun: active ? { id: active.id, state: active.state, title: active.title } : null,
    observedAt: seen.length > 0 ? Math.min(...seen.map((one) => one.observedAt)) : null,
    problem: seen.find((one) => one.problem)?.problem ?? null,
    settingsNotApplied: instances.some((instance) => isStale(place, observations, instance.id, settings)),
    mixed:
      seen.some(
        (one) => new Set(one.instances.filter((instance) => instance.serving).map((instance) => instance.artifact)).size > 1,
      ) && !active,
  }
  return { cell, running, observations }
}

function isStale(
  place: Place,
  observations: ReadonlyMap<string, Observation>,
  instanceId: string,
  settings: Awaited<ReturnType<typeof newestSettings>>,
): boolean {
  for (const { target, service } of place.contexts) {
    const instance = observations.get(target.id)?.instances.find((one) => one.id === instanceId)
    if (instance) return (settings.get(service.id)?.id ?? null) !== instance.settingsRevisionId
  }
  return false
}

/** When a run moved traffic, for the markers. */
export function switchedAt(run: Run): number[] {
  if (run.kind === 'scale' || run.kind === 'stop') return []
  const ended = run.steps.flatMap((step) => (step.phase === 'switch' && step.endedAt ? [step.endedAt] : []))
  return ended.length > 0 ? [Math.max(...ended)] : []
}

function releaseCell(release: Release, runs: readonly Run[]): NonNullable<Cell['release']> {
  const run = runs.find(
    (one) => one.releaseId === release.id && one.outcome === 'succeeded' && one.kind !== 'restart' && one.kind !== 'scale',
  )
  return {
    id: release.id,
    alias: alias(release),
    digest: Object.values(release.artifacts)[0] ?? '',
    deployedAt: run?.endedAt ?? null,
    by: run?.actor.name ?? release.actor.name,
  }
}

function gapsOf(
  app: App,
  environments: readonly Environment[],
  places: ReadonlyMap<string, { running: Running; id: PlacementId }>,
  releases: readonly Release[],
): Gap[] {
  return environments.slice(0, -1).flatMap((environment, index) => {
    const next = environments[index + 1]
    if (!next) return []
    const from = places.get(`${app.id} ${environment.id}`)
    const to = places.get(`${app.id} ${next.id}`)
    return [
      {
        appId: app.id,
        from: environment.id,
        to: next.id,
        distance: from && to ? distance(from.running, to.running, releases) : { kind: 'none' as const },
        fromPlacementId: from?.id ?? null,
        toPlacementId: to?.id ?? null,
      },
    ]
  })
}

/** Every app in every environment, from what was last seen. Looks at nothing itself. */
export async function fleetView(ports: EnginePorts, looks: Looks): Promise<{ fleet: Fleet; places: Place[] }> {
  const { records } = ports
  const [allEnvironments, allApps, placements] = await Promise.all([
    records.environments.list(),
    records.apps.list(),
    records.placements.list(),
  ])
  const environments = allEnvironments.filter((one) => one.deletedAt === null).toSorted(byPosition)
  const apps = allApps.filter((one) => one.deletedAt === null)
  const fleet: Fleet = {
    environments,
    apps: apps.map(({ id, slug, name, services }) => ({
      id,
      slug,
      name,
      services: services.map((one) => ({ id: one.id, slug: one.slug })),
    })),
    cells: [],
    gaps: [],
    activeRuns: ports.journal.unfinished().length,
  }
  const places: Place[] = []
  for (const app of apps) {
    const releases = await records.releases.list(app.id)
    const known = new Map<string, { running: Running; id: PlacementId }>()
    for (const placement of placements) {
      const environment = environments.find((one) => one.id === placement.environmentId)
      if (placement.appId !== app.id || placement.deletedAt !== null || !environment) continue
      const contexts = placement.targets.flatMap((target) => {
        const service = app.services.find((one) => one.id === target.serviceId)
        return service ? [{ app, environment, placement, service, target }] : []
      })
      const place: Place = { app, environment, placement, contexts }
      const { cell, running } = await cellOf(ports, looks, place, releases)
      places.push(place)
      fleet.cells.push(cell)
      known.set(`${app.id} ${environment.id}`, { running, id: placement.id })
    }
    fleet.gaps.push(...gapsOf(app, environments, known, releases))
  }
  return { fleet, places }
}
