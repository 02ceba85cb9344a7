import { hub } from '../../../shared/domain/registry'
import type { SecretText } from '../../ports'
import { problem } from './text'

/** Who signs in. */
export interface Signing {
  user: string
  password: SecretText | null
}

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3})(?::\d+)?$/
/** As Docker does: without TLS only on this computer itself. */
export const rootOf = (host: string) =>
  host === hub ? 'https://registry-1.docker.io/v2/' : `${loopback.test(host) ? 'http' : 'https'}://${host}/v2/`

async function get(host: string, url: string, authorization: string | null, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { headers: authorization ? { authorization } : {}, redirect: 'manual', signal })
  } catch (error) {
    if (signal.aborted) throw signal.reason
    const cause = error instanceof Error ? error.cause : null
    const why = cause instanceof Error ? ('code' in cause && String(cause.code)) || cause.message : String(error)
    throw problem('registry-silent', { host, why: why.slice(0, 200) }, error)
  }
}

const basic = ({ user, password }: Signing) => `Basic ${Buffer.from(`${user}:${password?.reveal() ?? ''}`).toString('base64')}`

/** `Bearer realm="…",service="…"`: https://distribution.github.io/distribution/spec/auth/token/ */
function challengeOf(response: Response): { scheme: string; realm: string; service: string } {
  const text = response.headers.get('www-authenticate') ?? ''
  const value = (key: string) => new RegExp(`${key}="([^"]*)"`, 'i').exec(text)?.[1] ?? ''
  return { scheme: text.split(' ')[0]?.toLowerCase() ?? '', realm: value('realm'), service: value('service') }
}

/** Where a token is given; a password goes over TLS only, or stays on this computer. */
function tokenPlace(host: string, { realm, service }: { realm: string; service: string }, user: string): URL {
  if (!URL.canParse(realm)) throw problem('registry-sign-in-strange', { host, why: 'it does not say where' })
  const url = new URL(realm)
  if (url.protocol !== 'https:' && !loopback.test(url.host))
    throw problem('registry-sign-in-strange', { host, why: `${url.host} would get the password without TLS` })
  if (service) url.searchParams.set('service', service)
  if (user) url.searchParams.set('account', user)
  return url
}

async function tokenFrom(host: string, place: URL, signing: Signing, signal: AbortSignal): Promise<string> {
  const given = await get(host, place.href, signing.user ? basic(signing) : null, signal)
  const answer: unknown = given.ok ? await given.json().catch(() => null) : null
  const { token, access_token: other } = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {}
  const found = token ?? other
  if (typeof found !== 'string') throw problem('registry-sign-in-refused', { host, user: signing.user })
  return found
}

/** Whether a registry answers at all. Throws `registry-silent` or `registry-none`. */
export async function reach(host: string, signal: AbortSignal): Promise<Response> {
  const response = await get(host, rootOf(host), null, signal)
  if (response.status !== 200 && response.status !== 401) throw problem('registry-none', { host, status: response.status })
  return response
}

/** Signs in as Docker does. Answers in words how. */
export async function signIn(host: string, first: Response, signing: Signing, signal: AbortSignal): Promise<string> {
  const { user } = signing
  if (first.status === 200 && !user) return 'Anybody may read here'
  const challenge = challengeOf(first)
  if (first.status === 401 && challenge.scheme !== 'basic' && challenge.scheme !== 'bearer')
    throw problem('registry-sign-in-strange', { host, why: challenge.scheme || 'it names none' })
  if (challenge.scheme !== 'bearer' && !user) throw problem('registry-sign-in-refused', { host, user })
  const authorization =
    challenge.scheme === 'bearer'
      ? `Bearer ${await tokenFrom(host, tokenPlace(host, challenge, user), signing, signal)}`
      : basic(signing)
  const second = await get(host, rootOf(host), authorization, signal)
  if (second.status === 200) return user ? `Signed in as ${user}` : 'Anybody may read here'
  throw problem('registry-sign-in-refused', { host, user })
}
