import type { Digest } from '../../shared/domain/artifact'
import type { PlacementId, ReleaseId, ServiceId } from '../../shared/domain/ids'
import { servingArtifact, type Instance, type Observation } from '../../shared/domain/observation'
import type { PlanKind } from '../../shared/domain/plan'
import { releaseOf, type Release } from '../../shared/domain/release'
import type { SettingsRevision } from '../../shared/domain/settings'
import type { TargetContext } from '../providers/provider'
import { newestSettings, placeOf, type Place } from './contexts'
import type { EnginePorts } from './engine'
import type { Looks } from './looks'
import { problem } from './text'

/** What one asks the planner. */
export type PlanRequest =
  | { kind: 'promote'; from: PlacementId; to: PlacementId }
  | { kind: 'deploy' | 'roll-back'; placementId: PlacementId; releaseId: ReleaseId }
  | { kind: 'restart' | 'stop' | 'start' | 'apply-settings'; placementId: PlacementId }
  | { kind: 'scale'; placementId: PlacementId; serviceId: ServiceId; instances: number }

/** A request with all that was looked up for it. */
export interface Ground {
  request: PlanRequest
  place: Place
  from: Place | null
  observations: Map<string, Observation>
  fromObservations: Map<string, Observation>
  releases: Release[]
  /** What will run; null for a stop. */
  release: Release | null
  /** What runs now, where it is a release. */
  current: Release | null
  settings: Map<ServiceId, SettingsRevision>
}

/** The artifacts that serve, by service; null where any of them is not known or differs among instances. */
export function servingArtifacts(place: Place, observations: ReadonlyMap<string, Observation>): Record<string, Digest> | null {
  const found: Record<string, Digest> = {}
  for (const { service, target } of place.contexts) {
    const observation = observations.get(target.id)
    const digest = observation ? servingArtifact(observation) : null
    if (!digest || (found[service.id] && found[service.id] !== digest)) return null
    found[service.id] = digest
  }
  return Object.keys(found).length > 0 ? found : null
}

/** The release that serves, by content; null where none does. Services that have no target here do not count. */
export function runningRelease(
  place: Place,
  observations: ReadonlyMap<string, Observation>,
  releases: readonly Release[],
): Release | null {
  const serving = servingArtifacts(place, observations)
  if (!serving) return null
  const here = new Set(Object.keys(serving))
  const narrowed = releases.map((release) => ({
    ...release,
    artifacts: Object.fromEntries(
      Object.entries(release.artifacts).filter(([service]) => here.has(service)),
    ) as Release['artifacts'],
  }))
  const match = releaseOf(narrowed, serving)
  return match ? (releases.find((release) => release.id === match.id) ?? null) : null
}

export function observationOf({ observations }: Pick<Ground, 'observations'>, { target }: TargetContext): Observation {
  const observation = observations.get(target.id)
  if (!observation) throw new Error(`target ${target.id} was not looked at`)
  return observation
}

function releaseAt(place: Place, observations: ReadonlyMap<string, Observation>, releases: readonly Release[]): Release {
  const names = { app: place.app.slug, environment: place.environment.slug }
  const lost = [...observations.values()].find((one) => one.state === 'unreachable')
  if (lost) throw problem('not-observed', { ...names, why: lost.problem?.message ?? 'it did not answer.' })
  const serving = [...observations.values()].some((one) => one.instances.some((instance) => instance.serving))
  if (!serving) throw problem('nothing-runs', names)
  const release = runningRelease(place, observations, releases)
  if (!release) throw problem('drifted', names)
  return release
}

/** Whether this target has anything to do: content, number and settings already right means no. */
export function moves(g: Ground, context: TargetContext): boolean {
  const { request, release, settings } = g
  const { service } = context
  if (request.kind === 'scale') return service.id === request.serviceId
  if (!runsNewArtifact(request.kind)) return true
  const observed = observationOf(g, context)
  const wantedArtifact = release?.artifacts[service.id]
  const serving = observed.instances.filter((one) => one.serving)
  const revision = settings.get(service.id)?.id ?? null
  const right =
    serving.length > 0 &&
    serving.every((one) => one.artifact === wantedArtifact && one.settingsRevisionId === revision && one.health !== 'unhealthy')
  return !(right && serving.length === observed.desired && evenly(context, serving))
}

/** Whether no connection of the target was left out: a host added later has nothing yet. */
const evenly = ({ target }: TargetContext, serving: readonly Instance[]) =>
  target.connectionIds.every((id) => serving.some((one) => one.connectionId === id))

/** Kinds that may bring another artifact. */
export const runsNewArtifact = (kind: PlanKind) => kind === 'deploy' || kind === 'promote' || kind === 'roll-back'

/** Looks up all that a request needs. Throws the problem where it cannot be answered. */
export async function groundOf(ports: EnginePorts, looks: Looks, request: PlanRequest, signal: AbortSignal): Promise<Ground> {
  const { records } = ports
  const place = await placeOf(records, request.kind === 'promote' ? request.to : request.placementId)
  if (place.contexts.length === 0) throw problem('no-target', { app: place.app.slug, environment: place.environment.slug })
  const from = request.kind === 'promote' ? await placeOf(records, request.from) : null
  const [observations, fromObservations, releases, settings] = await Promise.all([
    looks.look(place.contexts, signal),
    from ? looks.look(from.contexts, signal) : new Map<string, Observation>(),
    records.releases.list(place.app.id),
    newestSettings(records, place.placement.id),
  ])
  const current = runningRelease(place, observations, releases)
  const base = { request, place, from, observations, fromObservations, releases, current, settings }
  return { ...base, release: await wanted(ports, base) }
}

async function wanted(
  ports: EnginePorts,
  { request, place, from, fromObservations, observations, releases, current }: Omit<Ground, 'release'>,
): Promise<Release | null> {
  switch (request.kind) {
    case 'stop':
      return null
    case 'deploy':
    case 'roll-back': {
      const release = await ports.records.releases.get(request.releaseId)
      if (!release || release.appId !== place.app.id) throw problem('not-found', { noun: 'release', id: request.releaseId })
      return release
    }
    case 'promote': {
      if (!from) throw problem('not-found', { noun: 'placement', id: request.from })
      return releaseAt(from, fromObservations, releases)
    }
    case 'start':
      return current ?? lastRelease(ports, place, releases)
    case 'restart':
    case 'scale':
    case 'apply-settings':
      return current ?? releaseAt(place, observations, releases)
    default:
      return request satisfies never
  }
}

/** What a stopped placement ran last, by the runs that succeeded. */
function lastRelease(ports: EnginePorts, place: Place, releases: readonly Release[]): Release {
  const run = ports.journal
    .list(place.placement.id, 200)
    .find(
      (one) =>
        one.releaseId !== null && (one.outcome === 'succeeded' || (one.outcome === 'reverted' && one.fromReleaseId !== null)),
    )
  const id = run?.outcome === 'reverted' ? run.fromReleaseId : run?.releaseId
  const release = releases.find((one) => one.id === id)
  if (!release) throw problem('nothing-runs', { app: place.app.slug, environment: place.environment.slug })
  return release
}
