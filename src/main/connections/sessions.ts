import type { ConnectionId } from '../../shared/domain/ids'
import { LinkLost, ProblemError, problemsFrom, type Problem } from '../../shared/domain/problem'
import type { Target } from '../../shared/domain/placement'
import type { Records, Sessions } from '../ports'
import type { Provider, ProviderPorts, Session } from '../providers/provider'
import type { ConnectionKindPort, OpenedConnection } from './connection'

const problem = problemsFrom({
  'connection-gone': ({ id }: { id: string }) => ({
    message: `The connection ${id} was removed.`,
    fix: 'Choose another connection for the target.',
  }),
  'kind-unknown': ({ kind }: { kind: string }) => ({
    message: `This Slipway cannot open connections of the kind ${kind}.`,
    fix: 'Update Slipway.',
  }),
  'provider-unknown': ({ provider }: { provider: string }) => ({
    message: `This Slipway has no provider ${provider}.`,
    fix: 'Update Slipway.',
  }),
  'connection-failed': ({ why }: { why: string }) => ({
    message: `The connection could not be opened: ${why}.`,
    fix: 'Test it on the Connections page.',
  }),
})

const usualPatience = 20_000

export interface OpenSessions extends Sessions {
  /** Opens a connection, or gives the one that is open. */
  open(id: ConnectionId): Promise<OpenedConnection>
  /** Closes a connection whose settings have changed or that was removed; it is opened anew at its next use. */
  drop(id: ConnectionId): Promise<void>
  close(): Promise<void>
}

export interface SessionParts {
  records: Records
  kinds: ReadonlyMap<string, ConnectionKindPort>
  providers: ReadonlyMap<string, Provider>
  ports: ProviderPorts
}

/** Opens ways in, once each, and the providers' sessions on them. The only place that does. */
export function createSessions({ records, kinds, providers, ports }: SessionParts): OpenSessions {
  const opened = new Map<ConnectionId, Promise<OpenedConnection>>()
  const sessions = new Map<string, { key: string; session: Promise<Session> }>()

  async function openNew(id: ConnectionId): Promise<OpenedConnection> {
    const connection = await records.connections.get(id)
    if (!connection || connection.deletedAt !== null) throw problem('connection-gone', { id })
    const kind = kinds.get(connection.kind)
    if (!kind) throw problem('kind-unknown', { kind: connection.kind })
    return kind.open(connection, AbortSignal.timeout(kind.patienceMs ?? usualPatience))
  }

  function open(id: ConnectionId): Promise<OpenedConnection> {
    const already = opened.get(id)
    if (already) return already
    const opening = openNew(id)
    opened.set(id, opening)
    // One that did not open is tried anew the next time.
    opening.catch(() => opened.delete(id))
    return opening
  }

  async function connect(target: Target): Promise<Session> {
    const provider = providers.get(target.provider)
    if (!provider) throw problem('provider-unknown', { provider: target.provider })
    return provider.connect(await Promise.all(target.connectionIds.map(open)), ports)
  }

  return {
    open,
    of(target) {
      const key = JSON.stringify([target.provider, target.connectionIds, target.settings])
      const already = sessions.get(target.id)
      if (already?.key === key) return already.session
      void already?.session.then((session) => session.close()).catch(() => {})
      const session = connect(target)
      sessions.set(target.id, { key, session })
      session.catch(() => sessions.delete(target.id))
      return session
    },
    async identity(id) {
      try {
        const connection = await open(id)
        return { identity: (await connection.current?.(AbortSignal.timeout(usualPatience))) ?? connection.identity }
      } catch (error) {
        return { problem: problemOf(error) }
      }
    },
    async drop(id) {
      const connection = opened.get(id)
      opened.delete(id)
      for (const [target, { key, session }] of sessions) {
        if (!key.includes(id)) continue
        sessions.delete(target)
        void session.then((one) => one.close()).catch(() => {})
      }
      await connection?.then((one) => one.close()).catch(() => {})
    },
    async close() {
      await Promise.allSettled([...sessions.values()].map(async ({ session }) => (await session).close()))
      sessions.clear()
      await Promise.allSettled([...opened.values()].map(async (connection) => (await connection).close()))
      opened.clear()
    },
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError || error instanceof LinkLost) return error.problem
  return problem('connection-failed', { why: error instanceof Error ? error.message : String(error) }).problem
}
