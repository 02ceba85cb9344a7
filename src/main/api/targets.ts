import type { Adoption } from '../../shared/api/placements'
import type { App, Service } from '../../shared/domain/app'
import { ServiceId, TargetId, newId, type ConnectionId, type PlacementId } from '../../shared/domain/ids'
import type { Placement, Target } from '../../shared/domain/placement'
import { ProblemError } from '../../shared/domain/problem'
import type { Release } from '../../shared/domain/release'
import { placeOf } from '../engine/contexts'
import type { EnginePorts } from '../engine/engine'
import type { Records } from '../storage/records'
import type { Apps } from './apps'
import { problem, type Implementer } from './base'

export interface TargetParts {
  ports: EnginePorts
  records: Records
  apps: Apps
  /** Makes the release of what is running, unless a known one runs. */
  adoptRelease(placementId: PlacementId, signal: AbortSignal): Promise<Release | null>
}

/** Where services run: targets made of what was found, or of a form. */
export function createTargets({ ports, records, apps, adoptRelease }: TargetParts) {
  const { providers, sessions, audit, clock } = ports

  /** Who answers on each connection now: from here on another is a block. Throws where one does not answer: it could not be told later. */
  async function identities(ids: readonly ConnectionId[]): Promise<Record<string, string>> {
    const found = await Promise.all(
      ids.map(async (id) => {
        const answer = await sessions.identity(id)
        if ('problem' in answer) throw new ProblemError(answer.problem)
        return [id, answer.identity] as const
      }),
    )
    return Object.fromEntries(found)
  }

  /** A provider works on connections of its own kind. */
  async function checkKinds(provider: string, ids: readonly ConnectionId[]) {
    const kind = providers.get(provider)?.connectionKind
    for (const id of ids) {
      const connection = await records.connections.get(id)
      if (!connection || connection.deletedAt !== null) throw problem('not-found', { noun: 'connection' })
      if (connection.kind !== kind)
        throw problem('connection-unfit', { name: connection.name, provider: providers.get(provider)?.name ?? provider })
    }
  }

  function parsed(
    provider: string,
    service: Pick<Service, 'slug' | 'artifactKind'>,
    settings: Record<string, unknown>,
  ): Target['settings'] {
    const found = providers.get(provider)
    if (!found) throw problem('not-found', { noun: 'provider' })
    if (!found.accepts.includes(service.artifactKind))
      throw problem('provider-cannot', { provider: found.name, service: service.slug, kind: service.artifactKind })
    return found.parseTarget(settings)
  }

  async function save(
    place: { app: App; environment: { slug: string }; placement: Placement },
    targets: Target[],
    action: string,
  ) {
    if (ports.lock.holder(place.placement.id)) throw problem('run-in-the-way', {})
    audit.record(action, {
      where: `${place.app.slug} in ${place.environment.slug}`,
      placementId: place.placement.id,
      targets: targets.length,
    })
    const next = { ...place.placement, targets }
    await records.placements.put(next)
    return next
  }

  async function set(
    input: Parameters<typeof make>[0] & { placementId: PlacementId; targetId: TargetId | null },
  ): Promise<Placement> {
    const place = await placeOf(records, input.placementId)
    const service = place.app.services.find((one) => one.id === input.serviceId)
    if (!service) throw problem('not-found', { noun: 'service' })
    const before = place.placement.targets.find((one) => one.id === input.targetId)
    const target = await make(input, service, input.placementId, before ?? null)
    const others = place.placement.targets.filter((one) => one.id !== target.id)
    return save(place, [...others, target], before ? 'target.changed' : 'target.added')
  }

  async function make(
    {
      serviceId,
      provider,
      connectionIds,
      settings,
    }: { serviceId: ServiceId; provider: string; connectionIds: ConnectionId[]; settings: Record<string, unknown> },
    service: Service,
    placementId: PlacementId,
    before: Target | null,
  ): Promise<Target> {
    const ids = [...new Set(connectionIds)]
    await checkKinds(provider, ids)
    return {
      id: before?.id ?? newId(TargetId),
      placementId,
      serviceId,
      provider,
      connectionIds: ids,
      // What was pinned stays pinned; a server that was taken out and comes back is pinned as it answers then.
      pinnedIdentities: {
        ...(await identities(ids)),
        ...Object.fromEntries(Object.entries(before?.pinnedIdentities ?? {}).filter(([id]) => ids.some((one) => one === id))),
      },
      settings: parsed(provider, service, settings),
    }
  }

  async function appFor({ app, services }: Adoption): Promise<App> {
    const fresh = services.map((wanted): Service => ({
      id: newId(ServiceId),
      slug: wanted.slug,
      artifactKind: 'image',
      healthPath: wanted.healthPath,
      releaseCommand: null,
      route: wanted.route,
    }))
    if (!('id' in app)) return (await apps.add(app.slug, app.name, fresh, () => null)).app
    const known = await records.apps.get(app.id)
    if (!known || known.deletedAt !== null) throw problem('not-found', { noun: 'app' })
    const missing = fresh.filter((service) => !known.services.some((one) => one.slug === service.slug))
    if (missing.length === 0) return known
    const next = { ...known, services: [...known.services, ...missing] }
    await records.apps.put(next)
    return next
  }

  return {
    set,
    async remove(placementId: PlacementId, targetId: TargetId): Promise<Placement> {
      const place = await placeOf(records, placementId)
      return save(
        place,
        place.placement.targets.filter((one) => one.id !== targetId),
        'target.removed',
      )
    },
    async adopt(input: Adoption, signal: AbortSignal) {
      const twice = input.services.find((one, i) => input.services.findIndex((other) => other.slug === one.slug) !== i)
      if (twice) throw problem('slug-taken', { noun: 'service', slug: twice.slug })
      const environments = await apps.environments()
      const environment = environments.find((one) => one.slug === input.environment)
      if (!environment) throw problem('not-found', { noun: 'environment' })
      // Whatever could refuse does so before anything is kept.
      for (const wanted of input.services) {
        parsed(wanted.provider, { slug: wanted.slug, artifactKind: 'image' }, wanted.settings)
        await checkKinds(wanted.provider, wanted.connectionIds)
        await identities(wanted.connectionIds)
      }
      const app = await appFor(input)
      const placement = await apps.placementOf(app, environment)
      const targets = await Promise.all(
        input.services.map((wanted) => {
          const service = app.services.find((one) => one.slug === wanted.slug)
          if (!service) throw problem('not-found', { noun: 'service' })
          const before = placement.targets.find((one) => one.serviceId === service.id && one.provider === wanted.provider)
          // A further server of a service that is known joins its target; how it runs stays as it was set.
          const joined = before
            ? { ...wanted, connectionIds: [...before.connectionIds, ...wanted.connectionIds], settings: before.settings }
            : wanted
          return make({ ...joined, serviceId: service.id }, service, placement.id, before ?? null)
        }),
      )
      const others = placement.targets.filter((one) => !targets.some((target) => target.id === one.id))
      await save({ app, environment, placement }, [...others, ...targets], 'environment.adopted')
      for (const id of new Set(targets.flatMap((one) => one.connectionIds))) await pin(id)
      return { placementId: placement.id, release: await adoptRelease(placement.id, signal) }
    },
  }

  /** A connection remembers who answered when it was first used. */
  async function pin(id: ConnectionId) {
    const connection = await records.connections.get(id)
    const answer = await sessions.identity(id)
    if (connection && connection.identity === null && 'identity' in answer)
      await records.connections.put({ ...connection, identity: answer.identity, createdAt: connection.createdAt || clock.now() })
  }
}
export type Targets = ReturnType<typeof createTargets>

export function targetHandlers(
  os: Pick<Implementer['placements'], 'providers' | 'adopt' | 'setTarget' | 'removeTarget'>,
  { ports, targets }: { ports: EnginePorts; targets: Targets },
) {
  return {
    providers: os.providers.handler(async () =>
      [...ports.providers.values()].map(({ kind, name, icon, connectionKind, accepts, strategies, targetFields }) => ({
        kind,
        name,
        icon,
        connectionKind,
        accepts: [...accepts],
        strategies: [...(strategies ?? ['all'])],
        fields: targetFields.map(({ choices, ...field }) => ({ ...field, ...(choices ? { choices: [...choices] } : {}) })),
      })),
    ),
    adopt: os.adopt.handler(({ input, context }) => targets.adopt(input, context.gone)),
    setTarget: os.setTarget.handler(({ input }) => targets.set(input)),
    removeTarget: os.removeTarget.handler(({ input }) => targets.remove(input.placementId, input.targetId)),
  }
}
