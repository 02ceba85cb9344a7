import type { Connection, ConnectionKind } from '../../shared/domain/connection'
import type { ConnectionView } from '../../shared/api/activity'
import type { Problem } from '../../shared/domain/problem'
import type { Field, OpenConnection } from '../providers/provider'

/** One part of the way in, as a test of the connection walks it. */
export interface ConnectionCheck {
  part: string
  outcome: 'pass' | 'fail'
  words: string
  problem: Problem | null
}

export interface OpenedConnection extends OpenConnection {
  close(): Promise<void>
}

/** The port of a connection kind: one folder each. */
export interface ConnectionKindPort {
  kind: ConnectionKind
  fields: readonly Field[]
  open(connection: Connection, signal: AbortSignal): Promise<OpenedConnection>
  test(connection: Connection, signal: AbortSignal): Promise<ConnectionCheck[]>
  facts(connection: Connection): Promise<ConnectionView['facts']>
}
