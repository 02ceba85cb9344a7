import type { LogFilter } from '../../shared/domain/log'
import type { Kept } from './kept'
import { rankOf } from './level'
import { segmentRows } from './segment'

/** A filter, ready to be asked of rows. */
export interface Sieve {
  passes(slot: number): boolean
  /** All but the text, which costs most. */
  passesOutside(slot: number): boolean
  needle: string
}

/** `shown` holds the sources by number. Lines without a level pass up to `info`; gaps and markers pass every level and text. */
export function sieveOf(kept: Kept, shown: ReadonlySet<number>, filter: LogFilter): Sieve {
  const needle = filter.text.replaceAll(/[\r\n]+/g, ' ').toLowerCase()
  const floor = filter.level === null ? 0 : rankOf(filter.level)
  const unmarkedPass = floor <= rankOf('info')
  const passesOutside = (slot: number) => {
    if (!shown.has(kept.sourceOf(slot))) return false
    if (floor === 0 || !kept.isLine(slot)) return true
    const level = kept.levelOf(slot)
    return level === 0 ? unmarkedPass : level >= floor
  }
  const passesText = (slot: number) => needle === '' || !kept.isLine(slot) || kept.textOf(slot).toLowerCase().includes(needle)
  return { needle, passesOutside, passes: (slot) => passesOutside(slot) && passesText(slot) }
}

/**
 * All kept rows that pass, in order. Searches stretch by stretch with a pause between them, so that nothing else waits;
 * answers null where `stale` says that nobody wants the answer any more.
 */
export async function sift(kept: Kept, sieve: Sieve, stale: () => boolean): Promise<((slot: number) => boolean) | null> {
  if (sieve.needle === '') return sieve.passesOutside
  const marks = new Map<number, { marks: Uint8Array; rows: number }>()
  const search = (number: number, rows: number) => {
    const known = marks.get(number) ?? { marks: new Uint8Array(segmentRows), rows: 0 }
    if (known.rows < rows) kept.search(number, sieve.needle, known.rows, known.marks)
    marks.set(number, { ...known, rows })
  }
  for (const { number, rows } of [...kept.segments()].toReversed()) {
    search(number, rows)
    await new Promise((resolve) => setImmediate(resolve))
    if (stale()) return null
  }
  // What came meanwhile.
  for (const { number, rows } of kept.segments()) search(number, rows)
  const found = (slot: number) => marks.get(Math.floor(slot / segmentRows))?.marks[slot % segmentRows] === 1
  return (slot) => (found(slot) || !kept.isLine(slot)) && sieve.passesOutside(slot)
}
