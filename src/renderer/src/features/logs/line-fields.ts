export interface LineField {
  key: string
  value: string
}

const most = 100
const readable = 64 * 1024
// Each repetition begins where the last ended, so it is linear.
const pair = /([A-Za-z_][\w.@/-]{0,99})=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))/g

function leaves(value: unknown, key: string, depth: number): LineField[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > 3)
    return [{ key, value: typeof value === 'string' ? value : JSON.stringify(value) }]
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, key === '' ? name : `${key}.${name}`, depth + 1))
}

function objectIn(text: string): unknown {
  if (!/^\s*\{/.test(text)) return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The fields of a line that is an object or has `key=value` pairs, named as a filter names them. */
export function fieldsIn(text: string): LineField[] {
  if (text.length > readable) return []
  const object = objectIn(text)
  if (object !== null) return leaves(object, '', 0).slice(0, most)
  return [...text.matchAll(pair)]
    .map(([, key = '', quoted, bare]) => ({
      key,
      value: quoted === undefined ? (bare ?? '') : quoted.replaceAll(/\\(.)/g, '$1'),
    }))
    .slice(0, most)
}
