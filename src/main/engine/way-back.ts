import { alias, type Release } from '../../shared/domain/release'
import type { ServiceId } from '../../shared/domain/ids'
import type { PlanKind, SettingsDifference, WayBack } from '../../shared/domain/plan'
import { missingKeys, type SettingsRevision } from '../../shared/domain/settings'
import { newestSettings, type Place } from './contexts'
import type { EnginePorts } from './engine'
import type { Whereabouts } from './whereabouts'

/** Which route leads back, how long it took last time, and what it does not undo. */
export async function wayBackOf(
  ports: EnginePorts,
  place: Place,
  current: Release | null,
  next: Release | null,
  notUndone: readonly string[],
  whereabouts: Whereabouts,
): Promise<WayBack> {
  const rest = { notUndone: [...new Set(notUndone)], lastTookMs: lastWayBack(ports, place) }
  if (!current) {
    return {
      releaseId: null,
      route: 'Nothing known runs now, so there is nothing to go back to. A failed start is taken away again.',
      ...rest,
    }
  }
  if (!(await whereabouts.complete(current))) {
    return {
      releaseId: null,
      route: `Until the old instances are retired, traffic goes back to them. After that ${alias(current)} cannot be started again: its artifact is gone.`,
      ...rest,
    }
  }
  const same = next?.id === current.id
  const route = same
    ? 'Until the old instances are retired, traffic goes back to them.'
    : `Until the old instances are retired, traffic goes back to them. After that, roll back to ${alias(current)}.`
  return { releaseId: current.id, route, ...rest }
}

function lastWayBack(ports: EnginePorts, place: Place): number | null {
  const run = ports.journal
    .list(place.placement.id, 50)
    .find((one) => one.kind === 'roll-back' && one.outcome === 'succeeded' && one.endedAt !== null)
  return run ? (run.endedAt ?? 0) - run.startedAt : null
}

/** Keys that are set where it comes from and lack here; for a way back, keys that changed since that release ran. */
export async function settingsDifferences(
  ports: EnginePorts,
  place: Place,
  from: Place | null,
  here: ReadonlyMap<ServiceId, SettingsRevision>,
  kind: PlanKind,
  release: Release | null,
): Promise<SettingsDifference[]> {
  const there = from ? await newestSettings(ports.records, from.placement.id) : new Map<ServiceId, SettingsRevision>()
  const differences = await Promise.all(
    place.app.services.map(async (service) => ({
      serviceId: service.id,
      slug: service.slug,
      missing: missingKeys(there.get(service.id) ?? null, here.get(service.id) ?? null),
      changedSince:
        kind === 'roll-back' ? await changedKeys(ports, place, service.id, here.get(service.id) ?? null, release) : [],
    })),
  )
  return differences.filter((one) => one.missing.length + one.changedSince.length > 0)
}

/** Keys whose value is another now than when this release last ran here. */
async function changedKeys(
  ports: EnginePorts,
  place: Place,
  serviceId: ServiceId,
  now: SettingsRevision | null,
  release: Release | null,
): Promise<string[]> {
  const run = ports.journal
    .list(place.placement.id, 200)
    .find((one) => one.releaseId === release?.id && one.outcome === 'succeeded')
  const plan = run ? await ports.records.plans.get(run.planId) : null
  const pinned = plan?.settingsRevisions[serviceId]
  const before = pinned ? await ports.records.settings.get(pinned) : null
  // A service that this run did not touch kept what it had: nothing is known to have changed.
  if (!plan || !(serviceId in plan.settingsRevisions)) return []
  const keys = new Set([...Object.keys(before?.values ?? {}), ...Object.keys(now?.values ?? {})])
  return [...keys].filter((key) => JSON.stringify(before?.values[key]) !== JSON.stringify(now?.values[key])).toSorted()
}
