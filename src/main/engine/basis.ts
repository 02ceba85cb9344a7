import { servingArtifact } from '../../shared/domain/observation'
import type { PlacementId } from '../../shared/domain/ids'
import type { PlanBasis, PlanKind, ServiceChange, Step } from '../../shared/domain/plan'
import { alias } from '../../shared/domain/release'
import type { Change } from '../providers/provider'
import type { EnginePorts } from './engine'
import type { Ground } from './ground'

/** What happens to one service, for the sheet. */
export function describe(g: Ground, change: Change, manner: string): ServiceChange {
  const before = servingArtifact(change.observed)
  const beforeRelease = g.releases
    .toSorted((a, b) => b.number - a.number)
    .find((one) => before !== null && one.artifacts[change.service.id] === before)
  return {
    serviceId: change.service.id,
    targetId: change.target.id,
    slug: change.service.slug,
    from: { digest: before, alias: g.current ? alias(g.current) : beforeRelease ? alias(beforeRelease) : null },
    to: { digest: change.artifact, alias: change.release ? alias(change.release) : null },
    instances: change.instances,
    manner,
  }
}

/** What the fingerprint covers. */
export function basisOf(g: Ground, moving: readonly Change[], steps: readonly Step[]): PlanBasis {
  const { place, from, request, observations, fromObservations } = g
  const observed = Object.fromEntries(
    [...observations, ...fromObservations].map(([id, one]) => [
      id,
      one.instances
        .map((instance) => ({ id: instance.id, artifact: instance.artifact, serving: instance.serving }))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    ]),
  )
  return {
    kind: request.kind,
    placementId: place.placement.id,
    fromPlacementId: from?.placement.id ?? null,
    artifacts: Object.fromEntries(moving.flatMap((change) => (change.artifact ? [[change.service.id, change.artifact]] : []))),
    observed,
    identities: Object.assign({}, ...[...observations.values()].map((one) => one.identities)) as Record<string, string>,
    settingsRevisions: Object.fromEntries(moving.map((change) => [change.service.id, change.settings?.id ?? null])),
    targets: place.placement.targets.map(({ id, provider, connectionIds, settings }) => ({
      id,
      provider,
      connectionIds,
      settings,
    })),
    policy: {
      bakeSeconds: place.placement.bakeSeconds,
      onFailure: place.placement.onFailure,
      strategy: place.placement.strategy,
      protected: place.environment.protected,
    },
    hold: place.placement.hold,
    steps: steps.map(({ id, phase, wave, targetId, connectionId, detail }) => ({
      id,
      phase,
      wave,
      targetId,
      connectionId,
      detail,
    })),
  }
}

/** The plan's name. */
export function titleOf({ request, place, release }: Ground): string {
  const where = `${place.app.slug} in ${place.environment.slug}`
  const name = release ? alias(release) : ''
  switch (request.kind) {
    case 'promote':
      return `Promote ${place.app.slug} ${name} to ${place.environment.slug}`
    case 'deploy':
      return `Deploy ${place.app.slug} ${name} to ${place.environment.slug}`
    case 'roll-back':
      return `Roll back ${where} to ${name}`
    case 'restart':
      return `Restart ${where}`
    case 'stop':
      return `Stop ${where}`
    case 'start':
      return `Start ${where} ${name}`
    case 'apply-settings':
      return `Apply settings to ${where}`
    case 'scale':
      return `Scale ${where} to ${request.instances}`
    default:
      return request satisfies never
  }
}

/** The median of the last runs of this kind here; null where none was seen. */
export function estimateOf(ports: EnginePorts, placementId: PlacementId, kind: PlanKind): number | null {
  const took = ports.journal
    .list(placementId, 50)
    .filter((run) => run.kind === kind && run.outcome === 'succeeded' && run.endedAt !== null)
    .slice(0, 5)
    .map((run) => (run.endedAt ?? 0) - run.startedAt)
    .toSorted((a, b) => a - b)
  return took[Math.floor(took.length / 2)] ?? null
}
