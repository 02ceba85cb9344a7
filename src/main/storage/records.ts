import { z } from 'zod'
import { App } from '../../shared/domain/app'
import { Artifact } from '../../shared/domain/artifact'
import { Connection } from '../../shared/domain/connection'
import { Environment } from '../../shared/domain/environment'
import { ServiceId } from '../../shared/domain/ids'
import { Observation } from '../../shared/domain/observation'
import { Placement } from '../../shared/domain/placement'
import { Plan } from '../../shared/domain/plan'
import { Release } from '../../shared/domain/release'
import { Capsule } from '../../shared/domain/run'
import { SettingsRevision } from '../../shared/domain/settings'
import { ArtifactSource } from '../../shared/api/releases'
import type { Topic } from '../topic'
import type { Storage } from './database'
import { repository } from './repository'

/** What was used to make a service's artifact the last time. */
export const StoredHint = z.object({ v: z.literal(1), serviceId: ServiceId, source: ArtifactSource })
export type StoredHint = z.infer<typeof StoredHint>

/** One repository per noun. Each write publishes `changed`. */
export function createRecords(storage: Storage, topic: Topic) {
  const changed = () => topic.publish()
  return {
    environments: repository<Environment>(storage, {
      table: 'environments',
      schema: Environment,
      id: (one) => one.id,
      position: (one) => one.position,
      changed,
    }),
    apps: repository<App>(storage, {
      table: 'apps',
      schema: App,
      id: (one) => one.id,
      position: (one) => one.createdAt,
      changed,
    }),
    placements: repository<Placement>(storage, {
      table: 'placements',
      schema: Placement,
      id: (one) => one.id,
      parent: (one) => one.appId,
      changed,
    }),
    connections: repository<Connection>(storage, { table: 'connections', schema: Connection, id: (one) => one.id, changed }),
    artifacts: repository<Artifact>(storage, { table: 'artifacts', schema: Artifact, id: (one) => one.digest, changed }),
    releases: repository<Release>(storage, {
      table: 'releases',
      schema: Release,
      id: (one) => one.id,
      parent: (one) => one.appId,
      position: (one) => one.number,
      changed,
    }),
    settings: repository<SettingsRevision>(storage, {
      table: 'settings_revisions',
      schema: SettingsRevision,
      id: (one) => one.id,
      parent: (one) => one.placementId,
      position: (one) => one.number,
      changed,
    }),
    plans: repository<Plan>(storage, {
      table: 'plans',
      schema: Plan,
      id: (one) => one.id,
      parent: (one) => one.placementId,
      position: (one) => one.createdAt,
      changed: () => {},
    }),
    capsules: repository<Capsule>(storage, {
      table: 'capsules',
      schema: Capsule,
      id: (one) => one.id,
      parent: (one) => one.runId,
      changed,
    }),
    observations: repository<Observation>(storage, {
      table: 'observations',
      schema: Observation,
      id: (one) => one.targetId,
      changed: () => {},
    }),
    hints: repository<StoredHint>(storage, {
      table: 'source_hints',
      schema: StoredHint,
      id: (one) => one.serviceId,
      changed: () => {},
    }),
  }
}
export type Records = ReturnType<typeof createRecords>
