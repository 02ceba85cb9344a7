import type { IncomingMessage } from 'node:http'

const authority = (port: number) => (port === 80 ? '127.0.0.1' : `127.0.0.1:${port}`)

/** Cookies know no ports: the name keeps two Slipways on one computer apart. */
export const cookieName = (port: number) => `slipway-${port}`

/** Whether the request was made to exactly this address, once: another name for it is a rebinding page. */
export function namesUs(request: IncomingMessage, port: number): boolean {
  return only(request, 'host') === authority(port)
}

/** Whether the page that asks is our own. None, `null` and any other origin are not. */
export function ownOrigin(request: IncomingMessage, port: number): boolean {
  if (only(request, 'origin') !== `http://${authority(port)}`) return false
  const site = request.headers['sec-fetch-site']
  return site === undefined || site === 'same-origin'
}

/** A file may be asked for by our own page, by typing the address, or by following a link to it; not from inside another site. */
export function isPageRequest(request: IncomingMessage): boolean {
  const site = request.headers['sec-fetch-site']
  if (site === undefined || site === 'same-origin' || site === 'none') return true
  return request.headers['sec-fetch-mode'] === 'navigate' && request.headers['sec-fetch-dest'] === 'document'
}

/** The session that the request's cookie carries, if it carries one. */
export function sessionIn(request: IncomingMessage, port: number): string | null {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  const named = pairs.filter((pair) => pair.startsWith(`${cookieName(port)}=`))
  return named.length === 1 ? (named[0]?.slice(cookieName(port).length + 1) ?? null) : null
}

// A header sent twice is read differently by different programs, so it counts as none.
function only(request: IncomingMessage, name: string): string | null {
  const values = request.rawHeaders.filter((_, at, all) => at % 2 === 1 && all[at - 1]?.toLowerCase() === name)
  return values.length === 1 ? (values[0] ?? null) : null
}
