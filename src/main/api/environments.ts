import { EnvironmentId, newId } from '../../shared/domain/ids'
import { byPosition, type Environment } from '../../shared/domain/environment'
import type { EnginePorts } from '../engine/engine'
import { problem, type Implementer } from './base'

export function environmentHandlers(os: Implementer['environments'], { records, audit, clock }: EnginePorts) {
  const list = async () => (await records.environments.list()).filter((one) => one.deletedAt === null).toSorted(byPosition)
  const one = async (id: EnvironmentId): Promise<Environment> => {
    const environment = await records.environments.get(id)
    if (!environment) throw problem('not-found', { noun: 'environment' })
    return environment
  }
  const keep = async (environment: Environment, action: string) => {
    audit.record(action, {
      environmentId: environment.id,
      environment: environment.slug,
      protected: environment.protected,
      freezeWindows: environment.freezeWindows.length,
    })
    await records.environments.put(environment)
    return environment
  }
  return {
    list: os.list.handler(list),
    create: os.create.handler(async ({ input }) => {
      const all = await records.environments.list()
      if (all.some((other) => other.slug === input.slug)) throw problem('slug-taken', { noun: 'environment', slug: input.slug })
      const position = Math.max(-1, ...all.map((other) => other.position)) + 1
      return keep(
        { v: 1, id: newId(EnvironmentId), ...input, position, freezeWindows: [], deletedAt: null },
        'environment.created',
      )
    }),
    update: os.update.handler(async ({ input }) => keep({ ...(await one(input.id)), ...input }, 'environment.changed')),
    reorder: os.reorder.handler(async ({ input }) => {
      const all = await list()
      const complete =
        input.ids.length === all.length &&
        new Set(input.ids).size === all.length &&
        all.every((environment) => input.ids.includes(environment.id))
      if (!complete) throw problem('order-incomplete', {})
      audit.record('environments.reordered', {
        order: input.ids.map((id) => all.find((environment) => environment.id === id)?.slug ?? id),
      })
      for (const environment of all)
        await records.environments.put({ ...environment, position: input.ids.indexOf(environment.id) })
      return list()
    }),
    remove: os.remove.handler(async ({ input }) => {
      const environment = await one(input.id)
      const placements = (await records.placements.list()).filter(
        (placement) => placement.environmentId === environment.id && placement.deletedAt === null,
      )
      const apps = (await records.apps.list()).filter(
        (app) => app.deletedAt === null && placements.some((placement) => placement.appId === app.id),
      )
      if (apps.length > 0)
        throw problem('environment-in-use', { environment: environment.slug, apps: apps.map((app) => app.slug) })
      await keep({ ...environment, deletedAt: clock.now() }, 'environment.removed')
    }),
    undoRemove: os.undoRemove.handler(async ({ input }) =>
      keep({ ...(await one(input.id)), deletedAt: null }, 'environment.restored'),
    ),
  }
}
