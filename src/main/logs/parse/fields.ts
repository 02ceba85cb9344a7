/** Larger objects are not looked into. */
const readable = 64 * 1024
const mostPairs = 200

// `key=value`, `key="a \"quoted\" value"`: what logfmt writes. Each repetition begins where the last ended, so it is linear.
const pair = /([A-Za-z_][\w.@/-]{0,99})=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))/g

function objectOf(text: string): Record<string, unknown> | null {
  if (text.length > readable || !/^\s*\{/.test(text)) return null
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch {
    return null
  }
}

const own = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined

/** What a path names in an object: the key itself where there is one with dots in it, else a field within a field. */
function within(object: unknown, key: string): unknown {
  const whole = own(object, key)
  if (whole !== undefined) return whole
  const dot = key.indexOf('.')
  return dot < 0 ? undefined : within(own(object, key.slice(0, dot)), key.slice(dot + 1))
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

/** The value of a field of a line that is an object or logfmt; null where it has none of this name. */
export function fieldOf(text: string, key: string): string | null {
  const object = objectOf(text)
  if (object) {
    const value = within(object, key)
    return value === undefined ? null : plain(value)
  }
  return pairsOf(text).find((one) => one.key === key)?.value ?? null
}

/** The pairs of a logfmt line, or of any line that has some. */
export function pairsOf(text: string): { key: string; value: string }[] {
  const found: { key: string; value: string }[] = []
  const head = text.length > readable ? text.slice(0, readable) : text
  if (!head.includes('=')) return found
  for (const [, key = '', quoted, bare] of head.matchAll(pair)) {
    found.push({ key, value: quoted === undefined ? (bare ?? '') : quoted.replaceAll(/\\(.)/g, '$1') })
    if (found.length === mostPairs) break
  }
  return found
}
