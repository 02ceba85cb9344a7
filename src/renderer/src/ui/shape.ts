import type { Level } from '../../../shared/domain/log'

/** A line as it is drawn: what it says, and the fields of a line that is an object. */
export interface Shape {
  words: string
  fields: readonly { key: string; value: string }[]
}

const stamped = /^\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d))\]?[\s|-]*/
// oxlint-disable-next-line no-control-regex -- colours around the level are written with escapes
const levelled = /^(?:\u001b\[[\d;]*m)*[[(]?([a-z]{3,8})[\])]?(?:\u001b\[[\d;]*m)*:?\s+/i
const sameLevel: Record<Level, readonly string[]> = {
  trace: ['trace', '10'],
  debug: ['debug', '20'],
  info: ['info', 'notice', '30'],
  warn: ['warn', 'warning', '40'],
  error: ['error', 'err', '50'],
  fatal: ['fatal', 'critical', 'crit', 'panic', '60'],
}
/** Larger objects are drawn as they were written: reading them costs more than it shows. */
const readable = 16_384

const isLevel = (word: string, level: Level | null) => level !== null && sameLevel[level].includes(word.toLowerCase())

/** Whether a value is the time that the row's own column shows. */
function isTime(value: unknown, at: number) {
  const time =
    typeof value === 'number' ? (value < 1e11 ? value * 1000 : value) : typeof value === 'string' ? Date.parse(value) : NaN
  return Math.abs(time - at) < 1000
}

function withoutPrefix(text: string, at: number, level: Level | null): string {
  const time = stamped.exec(text)
  const rest = time?.[1] && isTime(time[1].replace(',', '.'), at) ? text.slice(time[0].length) : text
  const word = levelled.exec(rest)
  const words = word?.[1] && isLevel(word[1], level) ? rest.slice(word[0].length) : rest
  return words === '' ? text : words
}

function objectIn(text: string): Record<string, unknown> | null {
  if (text.length > readable || !/^\s*\{.*\}\s*$/s.test(text)) return null
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}

const plain = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

/** What the columns already say is left out; an object becomes its message and its fields. The line itself is kept for copying. */
export function shapeOf(row: { text: string; at: number; level: Level | null }): Shape {
  const object = objectIn(row.text)
  if (!object) return { words: withoutPrefix(row.text, row.at, row.level), fields: [] }
  const said = ['msg', 'message', 'event'].find((key) => typeof object[key] === 'string')
  const shown = Object.entries(object).filter(([key, value]) => {
    if (key === said) return false
    if (['time', 'timestamp', 'ts', 't', '@timestamp'].includes(key)) return !isTime(value, row.at)
    if (['level', 'lvl', 'severity'].includes(key)) return !isLevel(plain(value), row.level)
    return true
  })
  if (!said && shown.length === 0) return { words: row.text, fields: [] }
  return { words: said ? plain(object[said]) : '', fields: shown.map(([key, value]) => ({ key, value: plain(value) })) }
}

/** Whether what was looked for shows in the drawn form; where it does not, the line is drawn as it was written. */
export function shows({ words, fields }: Shape, find: RegExp) {
  // Not `test`: a global expression would go on where it last stopped.
  return [words, ...fields.map(({ key, value }) => `${key}=${value}`)].some((part) => part.search(find) >= 0)
}
