import type { AuditLog } from '../storage/audit'
import type { ConnectionKindPort } from '../connections/connection'
import type { EnginePorts } from '../engine/engine'
import { problem, type Implementer } from './base'

export function activityHandlers(os: Implementer['activity'], audit: AuditLog) {
  return {
    audit: os.audit.handler(({ input }) => audit.list(input.before, input.limit)),
    verify: os.verify.handler(() => audit.verify()),
  }
}

export function connectionHandlers(
  os: Implementer['connections'],
  { records, audit }: EnginePorts,
  kinds: ReadonlyMap<string, ConnectionKindPort>,
) {
  return {
    list: os.list.handler(async () => {
      const [connections, placements] = await Promise.all([records.connections.list(), records.placements.list()])
      const targets = placements.filter((one) => one.deletedAt === null).flatMap((one) => one.targets)
      return Promise.all(
        connections
          .filter((one) => one.deletedAt === null)
          .map(async (connection) => ({
            connection,
            usedBy: targets.filter((target) => target.connectionIds.includes(connection.id)).length,
            facts: (await kinds.get(connection.kind)?.facts(connection)) ?? [],
          })),
      )
    }),
    rename: os.rename.handler(async ({ input }) => {
      const connection = await records.connections.get(input.id)
      if (!connection) throw problem('not-found', { noun: 'connection' })
      audit.record('connection.renamed', { connectionId: input.id, name: input.name })
      const next = { ...connection, name: input.name }
      await records.connections.put(next)
      return next
    }),
    test: os.test.handler(async ({ input, context }) => {
      const connection = await records.connections.get(input.id)
      const kind = connection ? kinds.get(connection.kind) : undefined
      if (!connection || !kind) throw problem('not-found', { noun: 'connection' })
      return kind.test(connection, AbortSignal.any([context.gone, AbortSignal.timeout(30_000)]))
    }),
  }
}
