import type { NewError, NewSince } from '../../shared/domain/log-kept'
import type { Kept } from './kept'
import { fieldOf } from './parse/fields'
import { rankOf } from './parse/level'

const errorRank = rankOf('error')
const atOnce = 20_000
const mostKinds = 500
const longest = 300

/** What differs each time, in the order in which it is looked for. */
const changing: readonly (readonly [RegExp, string])[] = [
  // oxlint-disable-next-line no-control-regex -- colours
  [/\u001b\[[\d;]*m/g, ''],
  [/^\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d[\d.,]*(?:Z|[+-]\d\d:?\d\d)?\]?\s*/, ''],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '*'],
  [/"(?:[^"\\]|\\.){0,2000}"|'[^']{0,2000}'|`[^`]{0,2000}`/g, '"…"'],
  [/\b0x[0-9a-f]+\b/gi, '*'],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,}\b/gi, '*'],
  [/\d+(?:\.\d+)*/g, '#'],
]

/** A line of an error without what differs each time: numbers, ids, hexadecimal digits, what stands in quotes. */
export function signatureOf(text: string): string {
  const said = text.startsWith('{') ? (fieldOf(text, 'msg') ?? fieldOf(text, 'message') ?? fieldOf(text, 'error') ?? text) : text
  const head = said.slice(0, 4 * longest)
  return changing
    .reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), head)
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, longest)
}

/** The place of the first row at or after a time. */
function firstFrom(kept: Kept, from: number): number {
  const { timeline } = kept
  let [low, high] = [0, timeline.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (kept.atOf(timeline.at(middle)) < from) low = middle + 1
    else high = middle
  }
  return low
}

/** Kinds of errors from `at` on that were not there between `from` and then. Lets others run meanwhile. */
export async function errorsSince(kept: Kept, sources: ReadonlySet<string>, at: number, from: number): Promise<NewSince> {
  const numbers = new Set([...sources].map((id) => kept.sourceNumber(id)))
  const known = new Set<string>()
  const fresh = new Map<string, NewError>()
  let looked = 0
  // The order of the list may move while others run; what is in it stays.
  const { timeline } = kept
  const slots = Uint32Array.from(timeline.slice(firstFrom(kept, from), timeline.length))
  for (const [place, slot] of slots.entries()) {
    if (place % atOnce === 0) await new Promise((resolve) => setImmediate(resolve))
    if (!kept.alive(slot) || !numbers.has(kept.sourceOf(slot)) || kept.atOf(slot) < from) continue
    looked += 1
    if (!kept.isLine(slot) || kept.levelOf(slot) < errorRank || kept.isPart(slot)) continue
    const row = kept.row(slot)
    if (row.kind !== 'line') continue
    const signature = signatureOf(row.text)
    const before = fresh.get(signature)
    if (row.at < at) known.add(signature)
    else if (before) before.count += 1
    else if (!known.has(signature) && fresh.size < mostKinds) {
      const { at: first, source, instance, level, text } = row
      fresh.set(signature, { signature, count: 1, at: first, source, instance, level, text })
    }
  }
  const errors = [...fresh.values()].toSorted((a, b) => b.count - a.count || a.at - b.at)
  return { at, errors, known: known.size, looked }
}
