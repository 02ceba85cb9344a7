import { ConnectionId } from '../../shared/domain/ids'
import { ServerOrigin, type LogDiscovery, type LogSource, type OfferedSource } from '../../shared/domain/log'
import { LinkLost, ProblemError, type Problem } from '../../shared/domain/problem'
import { createServerLogs, filesOf, originIn, placeOf, sourceFrom, unitsOf, type TherePiece } from '../logs/server'
import type { ResumeFrom, SourcePiece } from '../logs/source'
import type { Clock, Records } from '../ports'
import type { OpenConnection, Provider } from '../providers/provider'
import { problem } from './base'
import { colourOf } from './log-ports'

export interface ServerSourceParts {
  records: Pick<Records, 'connections'>
  providers: ReadonlyMap<string, Provider>
  clock: Clock
  open(id: ConnectionId): Promise<OpenConnection>
}

function sizeWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  return bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`
}

/** What of servers can be tailed apart from any placement: their containers, their journal, their files. */
export function createServerSources({ records, providers, clock, open }: ServerSourceParts) {
  const servers = createServerLogs({ open, clock })
  const containers = [...providers.values()].map((provider) => provider.containers).find((one) => one !== undefined)

  async function sourceFor(origin: ServerOrigin): Promise<LogSource> {
    const connection = await records.connections.get(origin.connectionId)
    if (!connection || connection.deletedAt !== null) throw problem('not-found', { noun: 'server' })
    const source = sourceFrom(origin, connection.slug, 0)
    return { ...source, colour: colourOf(source.name) }
  }

  return {
    sourceFor,

    /** null for the ids of other sources, and where the server is gone. */
    async sourceOf(id: string): Promise<LogSource | null> {
      const origin = ServerOrigin.safeParse(originIn(id))
      return origin.success ? sourceFor(origin.data).catch(() => null) : null
    },

    async *follow(origin: ServerOrigin, from: ResumeFrom, signal: AbortSignal): AsyncGenerator<SourcePiece> {
      if (origin.kind !== 'container') {
        yield* servers.follow(origin, from, signal)
        return
      }
      const connection = await open(origin.connectionId)
      const there = await servers.clock(origin.connectionId, signal)
      if (there) yield { kind: 'place', ...placeOf(there) }
      if (!containers) throw problem('not-found', { noun: 'container' })
      yield* containers.follow(connection, origin.container, { since: from.since, clock }, signal)
    },

    /** Looks for a word where the lines lie. Throws `log-search-there` where nothing there can look. */
    async *search(
      source: LogSource,
      query: Parameters<typeof servers.search>[1],
      signal: AbortSignal,
    ): AsyncGenerator<TherePiece> {
      const { origin } = source
      if (origin.kind !== 'file' && origin.kind !== 'unit') throw problem('log-search-there', { name: source.name })
      yield* servers.search(origin, query, signal)
    },

    /** Each part for itself: what could not be listed says why. */
    async discover(connectionId: ConnectionId, signal: AbortSignal): Promise<LogDiscovery> {
      const problems: Problem[] = []
      const connection = await open(connectionId)
      const link = await servers.link(connectionId, signal)
      const offered = async (origin: ServerOrigin, words: string, writtenAt: number | null = null): Promise<OfferedSource> => ({
        source: await sourceFor(origin),
        words,
        writtenAt,
      })
      async function part(list: () => Promise<OfferedSource[]>): Promise<OfferedSource[]> {
        try {
          return await list()
        } catch (error) {
          if (signal.aborted || !(error instanceof ProblemError || error instanceof LinkLost)) throw error
          problems.push(error.problem)
          return []
        }
      }
      const [inContainers, units, files] = await Promise.all([
        part(async () =>
          Promise.all(
            ((await containers?.list(connection, signal)) ?? []).map(({ name, words }) =>
              offered({ kind: 'container', connectionId, container: name }, words),
            ),
          ),
        ),
        part(async () => {
          const all = await Promise.all(
            (await unitsOf(link, signal)).map(({ unit, words }) => offered({ kind: 'unit', connectionId, unit }, words)),
          )
          return [await offered({ kind: 'unit', connectionId, unit: null }, 'the whole journal'), ...all]
        }),
        part(async () =>
          Promise.all(
            (await filesOf(link, signal)).map(({ path, bytes, modifiedAt }) =>
              offered({ kind: 'file', connectionId, path }, sizeWords(bytes), modifiedAt),
            ),
          ),
        ),
      ])
      return { containers: inContainers, units, files, problems }
    },
  }
}
export type ServerSources = ReturnType<typeof createServerSources>
