import type { Connection, ConnectionKind } from '../../shared/domain/connection'
import type { ConnectionView } from '../../shared/api/connections'
import type { HostKeyQuestion, ImportableHost, ServerSettings, SignInQuestion } from '../../shared/domain/server'
import type { Problem } from '../../shared/domain/problem'
import type { Field, OpenConnection } from '../providers/provider'

/** One part of the way in, as a test of the connection walks it. */
export interface ConnectionCheck {
  part: string
  /** Which hop of the way it is about; absent where it is about what was reached. */
  hop?: number
  outcome: 'pass' | 'fail'
  words: string
  problem: Problem | null
  /** A host key that somebody has to decide on. */
  hostKey?: HostKeyQuestion
}

export interface OpenedConnection extends OpenConnection {
  /** Who answers now, where that may change while it is open: what was lost is opened anew. */
  current?(signal: AbortSignal): Promise<string>
  close(): Promise<void>
}

/** The port of a connection kind: one folder each. */
export interface ConnectionKindPort {
  kind: ConnectionKind
  fields: readonly Field[]
  /** How long opening may take; 20 s unless told. */
  patienceMs?: number
  open(connection: Connection, signal: AbortSignal): Promise<OpenedConnection>
  test(connection: Connection, signal: AbortSignal): Promise<ConnectionCheck[]>
  facts(connection: Connection): Promise<ConnectionView['facts']>
}

/** What the kind `server` can do besides. */
export interface ServerKindPort extends ConnectionKindPort {
  /** As `test`, each part as it comes. */
  walk(connection: Connection, signal: AbortSignal): AsyncGenerator<ConnectionCheck>
  /** The hosts of the SSH configuration. Nothing in it is run. `made`: aliases that have a connection. */
  importable(made: ReadonlySet<string>): Promise<{ file: string; hosts: ImportableHost[]; notes: string[] }>
  /** The settings of a connection for an alias of the configuration. Throws the obstacle. */
  fromAlias(alias: string): Promise<ServerSettings>
  /** Takes a key for known, in Slipway's own file; it must be the one that the server shows now. */
  trust(connection: Connection, question: Pick<HostKeyQuestion, 'name' | 'fingerprint'>, signal: AbortSignal): Promise<void>
  /** Questions that wait for an answer; calls again with each change. */
  questions: {
    list(): SignInQuestion[]
    subscribe(listener: () => void): () => void
    /** null cancels. */
    answer(id: string, answers: readonly string[] | null): void
  }
}
