import { Connection, type ConnectionKind } from '../../shared/domain/connection'
import { ConnectionId, newId, type SecretId } from '../../shared/domain/ids'
import type { EnginePorts } from '../engine/engine'
import type { Json } from '../ports'
import type { Records } from '../storage/records'
import { problem } from './base'
import type { SecretKeeper } from './settings'

/** Those that were not removed. */
export const live = (all: readonly Connection[]) => all.filter((one) => one.deletedAt === null)

/** A slug that no connection has. */
function freeSlug(wanted: string, kind: ConnectionKind, taken: ReadonlySet<string>): string {
  const base =
    wanted
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^[^a-z]+|-+$/g, '')
      .slice(0, 27) || kind
  for (let n = 1; ; n++) {
    const slug = n === 1 ? base : `${base}-${n}`
    if (!taken.has(slug)) return slug
  }
}

/** A connection that is to be made. `address` is what the record of acts says of it. */
export interface NewConnection {
  kind: ConnectionKind
  name: string
  settings: Record<string, Json>
  address: string
}

/** Keeps connections, whatever their kind. */
export function createConnectionBook(ports: Pick<EnginePorts, 'audit' | 'clock'>, records: Records, vault: SecretKeeper) {
  const { audit, clock } = ports
  return {
    async one(id: ConnectionId): Promise<Connection> {
      const connection = await records.connections.get(id)
      if (!connection || connection.deletedAt !== null) throw problem('not-found', { noun: 'connection' })
      return connection
    },
    /** All are made before the first is kept: whatever could refuse one refuses them all. */
    async keepNew(wanted: readonly NewConnection[]): Promise<Connection[]> {
      // A removed one may come back with its slug.
      const taken = new Set((await records.connections.list()).map((other) => other.slug))
      const made = wanted.map(({ name, kind, settings, address }) => {
        const slug = freeSlug(name, kind, taken)
        taken.add(slug)
        const common = { v: 1, kind, identity: null, createdAt: clock.now(), deletedAt: null }
        return { address, connection: Connection.parse({ ...common, id: newId(ConnectionId), slug, name, settings }) }
      })
      for (const { address, connection } of made) {
        audit.record('connection.added', { connectionId: connection.id, name: connection.name, address })
        await records.connections.put(connection)
      }
      return made.map(({ connection }) => connection)
    },
    /** A secret that a form gives: null keeps what there is, an empty one forgets it. */
    secret: async (text: string | null, before: SecretId | null, purpose: string): Promise<SecretId | null> =>
      text === null ? before : text === '' ? null : vault.keep(text, purpose),
  }
}
export type ConnectionBook = ReturnType<typeof createConnectionBook>
