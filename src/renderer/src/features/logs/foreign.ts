import { ServerOrigin, type LogSource } from '../../../../shared/domain/log'
import { client } from '../../client'

const shape = /^(unit|file|container):([^:]+):([\s\S]*)$/

/** Where a source of a server lies, by its id; null for other sources. */
export function originIn(id: string): ServerOrigin | null {
  const [, kind, connectionId, what = ''] = shape.exec(id) ?? []
  const named = kind === 'unit' ? { unit: what === '' ? null : what } : kind === 'file' ? { path: what } : { container: what }
  const origin = ServerOrigin.safeParse({ kind, connectionId, ...named })
  return origin.success ? origin.data : null
}

/** The sources of these ids that lie on servers or in other placements; those that are gone are left out. */
export async function sourcesOf(ids: readonly string[], signal: AbortSignal): Promise<LogSource[]> {
  const own = await Promise.all(
    ids.map(async (id) => {
      const origin = originIn(id)
      return origin && (await client.logs.sourceOf({ origin }, { signal }).catch(() => null))
    }),
  )
  const found = own.filter((source) => source !== null)
  if (ids.every((id) => found.some((source) => source.id === id))) return found
  const all = await client.logs.sources({}, { signal }).catch(() => [])
  return [...found, ...all.filter(({ id }) => ids.includes(id))]
}
