import type { Digest } from '../../shared/domain/artifact'
import type { ConnectionId } from '../../shared/domain/ids'
import { isPinned } from '../../shared/domain/registry'
import type { Release } from '../../shared/domain/release'
import type { Change, Session, TargetContext } from '../providers/provider'
import { placeOf } from './contexts'
import type { EnginePorts } from './engine'
import type { Looks } from './looks'

/** Where the bytes of an artifact can be had. */
export type Whereabout = { kind: 'store' } | { kind: 'ready' } | { kind: 'host' } | { kind: 'registry' }

/** By which name a registry that has a connection gives an artifact, and always the same bytes; null where none does. */
export async function registryLocator(
  { records, registries }: Pick<EnginePorts, 'records' | 'registries'>,
  digest: Digest,
): Promise<string | null> {
  for (const locator of (await records.artifacts.get(digest))?.locators ?? []) {
    if (isPinned(locator) && (await registries.of(locator))) return locator
  }
  return null
}

/** Knows where artifacts lie, by what was last seen: in the app's own store, or on hosts where the app runs. */
export function createWhereabouts(ports: EnginePorts, looks: Looks) {
  const { records, artifacts } = ports

  async function hostsOf(appId: string, serviceId: string): Promise<TargetContext[]> {
    const placements = (await records.placements.list(appId)).filter((one) => one.deletedAt === null)
    const places = await Promise.all(placements.map((one) => placeOf(records, one.id)))
    return places.flatMap((place) => place.contexts.filter(({ service }) => service.id === serviceId))
  }

  const present = async (context: TargetContext, digest: Digest) =>
    (await looks.last(context.target.id))?.present.includes(digest) ?? false

  /** Where it is without asking a registry. */
  async function nearby(context: TargetContext, digest: Digest): Promise<Whereabout | null> {
    if (artifacts.has(digest)) return { kind: 'store' }
    if (await present(context, digest)) return { kind: 'ready' }
    const others = await hostsOf(context.app.id, context.service.id)
    for (const other of others) if (await present(other, digest)) return { kind: 'host' }
    return null
  }

  return {
    async of(context: TargetContext, digest: Digest): Promise<Whereabout | null> {
      return (await nearby(context, digest)) ?? ((await registryLocator(ports, digest)) ? { kind: 'registry' } : null)
    },
    /** From which registry the target's hosts fetch an artifact themselves, and whether nobody else has it. */
    async pullOf(context: TargetContext, digest: Digest): Promise<Change['pull']> {
      const locator = await registryLocator(ports, digest)
      return locator ? { locator, only: (await nearby(context, digest)) === null } : null
    },
    /** Whether every artifact of a release can still be had. */
    async complete(release: Pick<Release, 'appId' | 'artifacts'>): Promise<boolean> {
      for (const [serviceId, digest] of Object.entries(release.artifacts)) {
        if (artifacts.has(digest) || (await registryLocator(ports, digest))) continue
        const hosts = await hostsOf(release.appId, serviceId)
        const seen = await Promise.all(hosts.map((host) => present(host, digest)))
        if (!seen.includes(true)) return false
      }
      return true
    },
  }
}
export type Whereabouts = ReturnType<typeof createWhereabouts>

/** A host of the app that has the artifact now, asked of the hosts themselves; null where none has, or can give it. */
export async function hostWith(
  ports: EnginePorts,
  context: TargetContext,
  digest: Digest,
  but: ConnectionId,
  signal: AbortSignal,
): Promise<{ artifacts: NonNullable<Session['artifacts']>; connectionId: ConnectionId } | null> {
  const placements = (await ports.records.placements.list(context.app.id)).filter((one) => one.deletedAt === null)
  for (const placement of placements) {
    const place = await placeOf(ports.records, placement.id)
    for (const { target, service } of place.contexts) {
      if (service.id !== context.service.id) continue
      const session = await ports.sessions.of(target).catch(() => null)
      if (!session?.artifacts?.read) continue
      for (const connectionId of target.connectionIds) {
        if (connectionId === but) continue
        const has = await session.artifacts.has(digest, connectionId, signal).catch(() => false)
        if (has) return { artifacts: session.artifacts, connectionId }
      }
    }
  }
  return null
}
