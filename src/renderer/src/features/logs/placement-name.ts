import type { LogSource } from '../../../../shared/domain/log'
import { useSession } from '../../client'

/** The app and the environment whose logs are shown; null for all. */
export function usePlacementName(placementId: string | null, sources: readonly LogSource[] | null) {
  const environments = useSession((session) => session.environments)
  const apps = useSession((session) => session.apps)
  const source = sources?.find((one) => one.placementId === placementId)
  const environment = environments.find((one) => one.id === source?.environmentId)
  const app = apps.find((one) => one.services.some((service) => service.id === source?.serviceId))
  return placementId && environment && app ? { app: app.slug, environment: environment.slug } : null
}
