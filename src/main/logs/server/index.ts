import type { ConnectionId } from '../../../shared/domain/ids'
import type { LogSource, ServerOrigin } from '../../../shared/domain/log'
import type { Clock } from '../../ports'
import type { OpenConnection } from '../../providers/provider'
import type { ServerHandle, ServerLink } from '../../ssh/link'
import type { ResumeFrom, SourcePiece } from '../source'
import { clockOf, type ServerClock } from './clock'
import { followFiles } from './files'
import { searchThere, type TherePiece, type ThereQuery } from './history'
import { followJournal } from './journal'
import { problem } from './text'

export type { ThereLine, TherePiece, ThereQuery } from './history'
export { filesOf, unitsOf } from './discover'

const measuredEveryMs = 5 * 60_000

/** What of a server's clock goes with its lines. */
export const placeOf = ({ skewMs, zoneMs, zoneName }: ServerClock) => ({ skewMs, zoneMs, zoneName })

/** The readers of one server. */
function readersOf(link: (signal: AbortSignal) => Promise<ServerLink>, clock: Clock) {
  let there: ServerClock | null = null
  let measured = -Infinity
  const now = () => clock.now() + (there?.skewMs ?? 0)
  return {
    journal: followJournal(link, clock, now),
    files: followFiles(link, clock, now),
    /** How far its clock is ahead, as it was measured within the last minutes. */
    async clock(signal: AbortSignal): Promise<ServerClock | null> {
      if (clock.now() - measured < measuredEveryMs) return there
      measured = clock.now()
      try {
        there = await clockOf(await link(signal), clock, signal)
      } catch (error) {
        measured = -Infinity
        throw error
      }
      return there
    },
  }
}

const isHandle = (handle: unknown): handle is ServerHandle =>
  typeof handle === 'object' && handle !== null && 'link' in handle && typeof handle.link === 'function'

/** Follows units and files of servers, each server by one program a sort. */
export function createServerLogs(ports: { open(id: ConnectionId): Promise<OpenConnection>; clock: Clock }) {
  const known = new Map<ConnectionId, ReturnType<typeof readersOf>>()
  async function link(id: ConnectionId, signal: AbortSignal): Promise<ServerLink> {
    const { handle } = await ports.open(id)
    if (!isHandle(handle)) throw problem('not-a-server', { id })
    return handle.link(signal)
  }
  const readers = (id: ConnectionId) => {
    const made = known.get(id) ?? readersOf((signal) => link(id, signal), ports.clock)
    known.set(id, made)
    return made
  }
  return {
    /** Pieces of a source, the measured clock first. */
    async *follow(
      origin: Exclude<ServerOrigin, { kind: 'container' }>,
      from: ResumeFrom,
      signal: AbortSignal,
    ): AsyncGenerator<SourcePiece> {
      const { journal, files, clock } = readers(origin.connectionId)
      const there = await clock(signal)
      if (there) yield { kind: 'place', ...placeOf(there) }
      yield* origin.kind === 'unit' ? journal(origin.unit, from, signal) : files(origin.path, from, signal)
    },
    /** Looks for a word in what a unit or files have there. */
    async *search(
      origin: Exclude<ServerOrigin, { kind: 'container' }>,
      query: Omit<ThereQuery, 'zone'>,
      signal: AbortSignal,
    ): AsyncGenerator<TherePiece> {
      const there = await readers(origin.connectionId).clock(signal)
      const open = await link(origin.connectionId, signal)
      yield* searchThere(open, origin, { ...query, zone: there?.zoneMs ?? null }, signal)
    },
    /** How far a server's clock is ahead. */
    clock: (id: ConnectionId, signal: AbortSignal) => readers(id).clock(signal),
    link,
  }
}

/** The id of what lies on a server: all that is needed to find it again. */
export function idOf(origin: ServerOrigin): string {
  const what = origin.kind === 'unit' ? (origin.unit ?? '') : origin.kind === 'file' ? origin.path : origin.container
  return `${origin.kind}:${origin.connectionId}:${what}`
}

/** What an id of a server's own source means, unchecked; null for others. */
export function originIn(id: string): unknown {
  const [, kind, connectionId, what = ''] = /^(unit|file|container):([^:]+):(.*)$/s.exec(id) ?? []
  if (!kind) return null
  const name = kind === 'unit' ? { unit: what === '' ? null : what } : kind === 'file' ? { path: what } : { container: what }
  return { kind, connectionId, ...name }
}

/** A short name for the gutter. */
export function nameOf(origin: ServerOrigin, server: string): string {
  const what =
    origin.kind === 'unit'
      ? (origin.unit?.replace(/\.service$/, '') ?? 'journal')
      : origin.kind === 'file'
        ? (origin.path.split('/').at(-1) ?? origin.path)
        : origin.container
  return `${what}@${server}`.slice(0, 100)
}

export const sourceFrom = (origin: ServerOrigin, server: string, colour: number): LogSource => ({
  id: idOf(origin),
  name: nameOf(origin, server),
  origin,
  targetId: null,
  placementId: null,
  environmentId: null,
  serviceId: null,
  colour,
})
