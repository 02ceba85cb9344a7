import { useSyncExternalStore } from 'react'

export interface Route {
  /** Parts of the path: `#/env/ID` is `['env', 'ID']`. */
  path: readonly string[]
  query: Readonly<Record<string, string>>
}

/** Reads a place in the app from the address's fragment. */
export function routeIn(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  return {
    path: path.split('/').filter(Boolean).map(decodeURIComponent),
    query: Object.fromEntries(new URLSearchParams(query)),
  }
}

/** Writes a place in the app as a fragment. */
export function hashOf(path: readonly string[], query: Readonly<Record<string, string>> = {}) {
  const search = new URLSearchParams(query).toString()
  return `#/${path.map(encodeURIComponent).join('/')}${search ? `?${search}` : ''}`
}

const subscribe = (changed: () => void) => {
  window.addEventListener('hashchange', changed)
  return () => window.removeEventListener('hashchange', changed)
}

let cached: { hash: string; route: Route } | null = null
function current(): Route {
  if (cached?.hash !== location.hash) cached = { hash: location.hash, route: safely(location.hash) }
  return cached.route
}

function safely(hash: string): Route {
  try {
    return routeIn(hash)
  } catch {
    return { path: [], query: {} }
  }
}

export const useRoute = () => useSyncExternalStore(subscribe, current)

/** Goes to a page. */
export function go(path: readonly string[], query: Readonly<Record<string, string>> = {}) {
  location.hash = hashOf(path, query)
}

/** Opens a sheet over the page that is shown. */
export function openSheet(sheet: string, query: Readonly<Record<string, string>> = {}) {
  location.hash = hashOf(current().path, { ...query, sheet })
}

/** Opens a small question of the page that is shown. */
export function openDialog(dialog: string) {
  location.hash = hashOf(current().path, { dialog })
}

/** Closes it again. */
export const closeDialog = () => closeSheet()

/** Closes the sheet; the page under it stays. */
export function closeSheet() {
  location.hash = hashOf(current().path)
}
