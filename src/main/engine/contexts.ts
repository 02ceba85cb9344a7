import type { App } from '../../shared/domain/app'
import type { Environment } from '../../shared/domain/environment'
import type { PlacementId, ServiceId } from '../../shared/domain/ids'
import type { Placement } from '../../shared/domain/placement'
import type { SettingsRevision } from '../../shared/domain/settings'
import type { TargetContext } from '../providers/provider'
import type { Records } from '../ports'
import { problem } from './text'

/** A placement with its app and environment, and a context per target. */
export interface Place {
  app: App
  environment: Environment
  placement: Placement
  contexts: TargetContext[]
}

/** Reads a placement with what it belongs to. Throws `not-found`. */
export async function placeOf(records: Records, placementId: PlacementId): Promise<Place> {
  const placement = await records.placements.get(placementId)
  if (!placement || placement.deletedAt !== null) throw problem('not-found', { noun: 'placement', id: placementId })
  const [app, environment] = await Promise.all([
    records.apps.get(placement.appId),
    records.environments.get(placement.environmentId),
  ])
  if (!app) throw problem('not-found', { noun: 'app', id: placement.appId })
  if (!environment) throw problem('not-found', { noun: 'environment', id: placement.environmentId })
  const contexts = placement.targets.flatMap((target) => {
    const service = app.services.find((one) => one.id === target.serviceId)
    return service ? [{ app, environment, placement, service, target }] : []
  })
  return { app, environment, placement, contexts }
}

/** The newest revision of each service's settings in a placement. */
export async function newestSettings(records: Records, placementId: PlacementId): Promise<Map<ServiceId, SettingsRevision>> {
  const revisions = await records.settings.list(placementId)
  return new Map(revisions.toSorted((a, b) => a.number - b.number).map((revision) => [revision.serviceId, revision]))
}
