import type { NewApp } from '../../shared/api/workspace'
import type { App, Service } from '../../shared/domain/app'
import { AppId, ConnectionId, EnvironmentId, PlacementId, ServiceId, TargetId, newId } from '../../shared/domain/ids'
import type { Connection } from '../../shared/domain/connection'
import { byPosition, type Environment } from '../../shared/domain/environment'
import type { Placement, Target } from '../../shared/domain/placement'
import { allAtOnce } from '../../shared/domain/strategy'
import { placeOf } from '../engine/contexts'
import type { EnginePorts } from '../engine/engine'
import type { Looks } from '../engine/looks'
import type { Records } from '../storage/records'
import { problem, type Implementer } from './base'
import { splitCommand } from './releases'

const defaultBakeSeconds = 10

/** Where a service of a new app runs on this computer: its target's settings per environment; null where it runs elsewhere. */
export type TargetSettings = (service: Service, environment: Environment) => Record<string, unknown> | null

/** Makes apps and what they need: the environments, this computer's connection, a placement each. */
export function createApps({ ports, records }: { ports: EnginePorts; records: Records }) {
  async function environments(): Promise<Environment[]> {
    const all = (await records.environments.list()).filter((one) => one.deletedAt === null)
    if (all.length > 0) return all.toSorted(byPosition)
    const stages = [
      { slug: 'dev', name: 'Dev', protected: false },
      { slug: 'staging', name: 'Staging', protected: false },
      { slug: 'production', name: 'Production', protected: true },
    ]
    const made = stages.map((stage, position): Environment => ({
      v: 1,
      id: newId(EnvironmentId),
      position,
      freezeWindows: [],
      deletedAt: null,
      ...stage,
    }))
    for (const environment of made) await records.environments.put(environment)
    return made
  }

  async function thisComputer(): Promise<Connection> {
    const known = (await records.connections.list()).find((one) => one.kind === 'local' && one.deletedAt === null)
    if (known) return known
    const id = newId(ConnectionId)
    const connection: Connection = {
      v: 1,
      id,
      slug: 'this-computer',
      name: 'This computer',
      kind: 'local',
      identity: `local:${ports.self.installationId}`,
      settings: {},
      createdAt: ports.clock.now(),
      deletedAt: null,
    }
    await records.connections.put(connection)
    return connection
  }

  async function free(slug: string) {
    if ((await records.apps.list()).some((one) => one.slug === slug && one.deletedAt === null))
      throw problem('slug-taken', { noun: 'app', slug })
  }

  const emptyPlacement = (app: App, environment: Environment): Placement => ({
    v: 1,
    id: newId(PlacementId),
    appId: app.id,
    environmentId: environment.id,
    targets: [],
    bakeSeconds: defaultBakeSeconds,
    onFailure: { rule: 'revert' },
    strategy: allAtOnce,
    hold: null,
    deletedAt: null,
  })

  async function localTarget(placement: Placement, service: Service, wanted: Record<string, unknown>): Promise<Target> {
    const provider = ports.providers.get('local')
    return {
      id: newId(TargetId),
      placementId: placement.id,
      serviceId: service.id,
      provider: 'local',
      connectionIds: [(await thisComputer()).id],
      pinnedIdentities: {},
      settings: provider ? provider.parseTarget(wanted) : {},
    }
  }

  /** The placement of an app in an environment; made, without targets, where there is none. */
  async function placementOf(app: App, environment: Environment): Promise<Placement> {
    const known = (await records.placements.list(app.id)).find(
      (one) => one.environmentId === environment.id && one.deletedAt === null,
    )
    if (known) return known
    const placement = emptyPlacement(app, environment)
    await records.placements.put(placement)
    return placement
  }

  /** Keeps a new app with a placement in every environment, on this computer. */
  async function add(
    slug: string,
    name: string,
    services: Service[],
    settings: TargetSettings,
    bakeSeconds = defaultBakeSeconds,
  ) {
    await free(slug)
    const app: App = { v: 1, id: newId(AppId), slug, name, services, createdAt: ports.clock.now(), deletedAt: null }
    const placements = await Promise.all(
      (await environments()).map(async (environment) => {
        const placement = { ...emptyPlacement(app, environment), bakeSeconds }
        const targets: Target[] = []
        for (const service of services) {
          const wanted = settings(service, environment)
          if (wanted) targets.push(await localTarget(placement, service, wanted))
        }
        return { environment, placement: { ...placement, targets } }
      }),
    )
    ports.audit.record('app.created', { appId: app.id, app: slug, services: services.map((one) => one.slug) })
    await records.apps.put(app)
    for (const { placement } of placements) await records.placements.put(placement)
    return { app, placements }
  }

  async function create(input: NewApp): Promise<App> {
    const starts = new Map<string, string[]>()
    const services = input.services.map((wanted): Service => {
      const id = newId(ServiceId)
      const start = splitCommand(wanted.start)
      const releaseCommand = wanted.releaseCommand.trim() ? splitCommand(wanted.releaseCommand) : null
      if (!start || (wanted.releaseCommand.trim() && !releaseCommand)) throw problem('no-command', {})
      starts.set(id, start)
      return { id, slug: wanted.slug, artifactKind: 'bundle', healthPath: wanted.healthPath, releaseCommand, route: wanted.route }
    })
    const twice = services.find((service, index) => services.findIndex((one) => one.slug === service.slug) !== index)
    if (twice) throw problem('slug-taken', { noun: 'service', slug: twice.slug })
    const { app } = await add(input.slug, input.name, services, (service) => ({
      start: starts.get(service.id) ?? [],
      instances: 1,
      port: null,
    }))
    for (const [index, service] of services.entries()) {
      const wanted = input.services[index]
      if (wanted)
        await records.hints.put({
          v: 1,
          serviceId: service.id,
          source: { kind: 'folder', folder: wanted.folder, build: wanted.build },
        })
    }
    return app
  }

  return { add, create, environments, placementOf }
}
export type Apps = ReturnType<typeof createApps>

export function appHandlers(
  os: Implementer['apps'],
  { ports, records, looks, apps }: { ports: EnginePorts; records: Records; looks: Looks; apps: Apps },
) {
  const one = async (id: AppId): Promise<App> => {
    const app = await records.apps.get(id)
    if (!app) throw problem('not-found', { noun: 'app' })
    return app
  }
  const keep = async (app: App, action: string) => {
    ports.audit.record(action, { appId: app.id, app: app.slug, name: app.name })
    await records.apps.put(app)
    return app
  }
  return {
    list: os.list.handler(async () => (await records.apps.list()).filter((app) => app.deletedAt === null)),
    create: os.create.handler(({ input }) => apps.create(input)),
    splitCommand: os.splitCommand.handler(({ input }) => ({ command: splitCommand(input.text) })),
    rename: os.rename.handler(async ({ input }) => keep({ ...(await one(input.appId)), name: input.name }, 'app.renamed')),
    remove: os.remove.handler(async ({ input, context }) => {
      const app = await one(input.appId)
      const placements = (await records.placements.list(app.id)).filter((placement) => placement.deletedAt === null)
      for (const placement of placements) {
        const place = await placeOf(ports.records, placement.id)
        const observations = await looks.look(place.contexts, context.gone)
        const runs = [...observations.values()].some(
          (observation) => observation.state === 'unreachable' || observation.instances.length > 0,
        )
        if (runs) throw problem('still-running', { app: app.slug, where: place.environment.slug })
      }
      await keep({ ...app, deletedAt: ports.clock.now() }, 'app.removed')
    }),
    undoRemove: os.undoRemove.handler(async ({ input }) =>
      keep({ ...(await one(input.appId)), deletedAt: null }, 'app.restored'),
    ),
  }
}
