import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** One line of a known_hosts file that holds a key. */
export interface KnownLine {
  file: string
  line: number
  marker: 'revoked' | 'cert-authority' | null
  patterns: readonly string[]
  keyType: string
  key: Buffer
}

export const fingerprintOf = (key: Buffer) => `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`

/** The type that a key says in its own bytes; null where it is no key. */
export function typeOf(key: Buffer): string | null {
  if (key.length < 4) return null
  const length = key.readUInt32BE(0)
  return length === 0 || length > 64 || key.length < 4 + length ? null : key.toString('latin1', 4, 4 + length)
}

/** The lines that hold a key. Others (comments, torn lines, keys whose bytes say another type) are left out, as OpenSSH does. */
export function knownLines(text: string, file: string): KnownLine[] {
  return text.split('\n').flatMap((raw, index) => {
    const words = raw.trim().split(/[ \t]+/)
    const marked = words[0]?.startsWith('@') ?? false
    const marker = marked ? words.shift()?.slice(1) : null
    const [hosts = '', keyType = '', base64 = ''] = words
    if (hosts === '' || hosts.startsWith('#')) return []
    if (marker !== null && marker !== 'revoked' && marker !== 'cert-authority') return []
    const key = Buffer.from(base64, 'base64')
    if (typeOf(key) !== keyType) return []
    return [{ file, line: index + 1, marker, patterns: hosts.split(','), keyType, key }]
  })
}

/** `*` and `?` as OpenSSH means them, in time linear in the name for each star. */
export function fits(pattern: string, name: string): boolean {
  let [at, from] = [0, 0]
  let [star, mark] = [-1, 0]
  while (from < name.length) {
    if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[from]) && pattern[at] !== '*') {
      at++
      from++
    } else if (pattern[at] === '*') {
      star = at++
      mark = from
    } else if (star >= 0) {
      at = star + 1
      from = ++mark
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}

function hashedIs(pattern: string, name: string): boolean {
  const [, version, salt = '', hash = ''] = pattern.split('|')
  const wanted = Buffer.from(hash, 'base64')
  if (version !== '1' || wanted.length !== 20) return false
  return timingSafeEqual(createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest(), wanted)
}

/** Whether a line speaks of a name. A negated pattern that fits rules the whole line out. */
export function speaksOf({ patterns }: Pick<KnownLine, 'patterns'>, name: string): boolean {
  const lower = name.toLowerCase()
  let found = false
  for (const pattern of patterns) {
    if (pattern.startsWith('|')) found ||= hashedIs(pattern, lower)
    else if (pattern.startsWith('!')) {
      if (fits(pattern.slice(1).toLowerCase(), lower)) return false
    } else found ||= fits(pattern.toLowerCase(), lower)
  }
  return found
}
