import type { Found } from '../files'
import { guardHeaders } from '../headers'
import { ownOrigin } from './policy'

/** What the custom protocol answers: the same index of files as the web host, at one origin and nothing else. */
export function answerOf(files: (path: string) => Found, method: string, address: string): Response {
  const headers = { ...guardHeaders("'none'"), 'cache-control': 'no-store' }
  const path = pathAt(address)
  if (path === null) return new Response(null, { status: 400, headers })
  if (method !== 'GET' && method !== 'HEAD') return new Response(null, { status: 405, headers })
  const found = files(path)
  if ('refused' in found) return new Response(null, { status: found.refused, headers })
  const body = method === 'HEAD' ? null : new Uint8Array(found.file.read())
  return new Response(body, { headers: { ...headers, 'content-type': found.file.type } })
}

// Read from the text, for parsing would first make `..%2f` and its like into something else.
function pathAt(address: string): string | null {
  if (address !== ownOrigin && !address.startsWith(`${ownOrigin}/`)) return null
  return address.slice(ownOrigin.length).split(/[?#]/, 1)[0] || '/'
}
