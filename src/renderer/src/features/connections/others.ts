import type { Connection } from '../../../../shared/domain/connection'
import type { ConnectionId } from '../../../../shared/domain/ids'
import { useWatch } from '../../client'
import { useConnections, type Look } from './store'

/** More than these are looked at only when somebody asks: each look opens a connection. */
const lookedAtUnasked = 8

/** Another server, and what of the wanted services runs there. */
export interface Other {
  connection: Connection
  /** null: nobody has looked. */
  look: Look | null
  /** Keys of the services that run there too. */
  has: ReadonlySet<string>
}

const keysIn = (look: Look | undefined) =>
  new Set(look?.state === 'seen' ? look.discoveries.flatMap((one) => one.services.map((service) => service.key)) : [])

/** The servers besides this one. Those that were opened before are looked at by themselves; they ask nobody anything. */
export function useOthers(connectionId: ConnectionId): { others: Other[]; lookAtAll: () => void } {
  const { views, looks, discover } = useConnections()
  const servers = views?.map((view) => view.connection).filter((one) => one.kind === 'server' && one.id !== connectionId) ?? []
  const unseen = servers.filter((one) => looks[one.id] === undefined)
  const lookAtAll = () => {
    for (const { id } of unseen) void discover(id)
  }
  useWatch(() => {
    if (servers.length <= lookedAtUnasked) lookAtAll()
  }, [connectionId])
  return {
    others: servers.map((connection) => ({ connection, look: looks[connection.id] ?? null, has: keysIn(looks[connection.id]) })),
    lookAtAll,
  }
}
