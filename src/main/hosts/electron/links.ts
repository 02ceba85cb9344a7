import { z } from 'zod'
import { linkIn, queryOf } from '../../../shared/domain/log-link'

const longest = 500
/** A link to logs names sources and a filter. */
const longestOfLogs = 8000
const Id = z.uuidv7()

const tabs = { activity: ['runs', 'audit'], settings: ['general', 'environments', 'vault', 'report'] } as const

/**
 * The place in the app that a `slipway://` link names, as the fragment of the address; null where it names none.
 * A link opens a view: it carries no query, so that no sheet opens and nothing is asked for, let alone done.
 * Only logs have one, and of it only what filters and points is taken.
 */
export function placeIn(link: string): string | null {
  const url = link.length > longestOfLogs ? null : URL.parse(link)
  if (url?.protocol === 'slipway:' && url.host === 'logs' && url.search !== '') return logsIn(url)
  if (link.length > longest) return null
  if (url?.protocol !== 'slipway:' || url.search !== '' || url.hash !== '' || url.username !== '' || url.port !== '') return null
  const parts = [url.host, ...url.pathname.split('/').filter(Boolean)]
  const [view, id, ...more] = parts
  if (more.length > 0) return null
  switch (view) {
    case 'fleet':
      return id === undefined ? '#/' : null
    case 'env':
    case 'run':
      return id !== undefined && Id.safeParse(id).success ? `#/${view}/${id}` : null
    case 'logs':
      if (id === undefined) return '#/logs'
      return Id.safeParse(id).success ? `#/logs/${id}` : null
    case 'activity':
    case 'settings':
      if (id === undefined) return `#/${view}`
      return (tabs[view] as readonly string[]).includes(id) ? `#/${view}/${id}` : null
    case 'connections':
      return id === undefined ? '#/connections' : null
    default:
      return null
  }
}

/** Logs with a filter: written anew from what was understood. */
function logsIn(url: URL): string | null {
  const found = linkIn(Object.fromEntries(url.searchParams))
  const place = placeIn(`slipway://logs${url.pathname}`)
  if (!found || place === null || url.hash !== '' || url.username !== '' || url.port !== '') return null
  return `${place}?${new URLSearchParams(queryOf(found)).toString()}`
}

/** The first link among the arguments that the system started us with. */
export const linkAmong = (args: readonly string[]) => args.find((arg) => arg.startsWith('slipway:')) ?? null
