import type { LogFilter } from '../../shared/domain/log'
import type { Kept } from './kept'
import { asksText, lineTest, type LineTest } from './lines'
import { segmentRows } from './segment'

/** A filter, ready to be asked of rows. */
export interface Sieve {
  passes(slot: number): boolean
  /** All but the text, which costs most. */
  passesOutside(slot: number): boolean
  test: LineTest
  /** Whether a row is of a source that is shown: what may stand around one that passes. */
  mayStandBeside(slot: number): boolean
  context: number
}

/** `shown` holds the sources by number. Lines without a level pass up to `info`; gaps and markers pass every level and text. */
export function sieveOf(kept: Kept, shown: ReadonlySet<number>, filter: LogFilter): Sieve {
  const test = lineTest(filter)
  const { floor, unmarkedPass, range, heads } = test
  const mayStandBeside = (slot: number) => {
    if (!shown.has(kept.sourceOf(slot))) return false
    if (range === null) return true
    const at = kept.atOf(slot)
    return at >= range.from && at <= range.to
  }
  const passesOutside = (slot: number) => {
    if (!mayStandBeside(slot)) return false
    if (!kept.isLine(slot)) return true
    if (heads && kept.isPart(slot)) return false
    if (floor === 0) return true
    const level = kept.levelOf(slot)
    return level === 0 ? unmarkedPass : level >= floor
  }
  const asks = asksText(test)
  const passesText = (slot: number) => !asks || !kept.isLine(slot) || test.text(kept.textOf(slot))
  return {
    test,
    mayStandBeside,
    passesOutside,
    passes: (slot) => passesOutside(slot) && passesText(slot),
    context: asks || floor > 0 ? filter.context : 0,
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

/**
 * All kept rows that pass, in order. Searches stretch by stretch with a pause between them, so that nothing else waits;
 * answers null where `stale` says that nobody wants the answer any more.
 */
export async function sift(kept: Kept, sieve: Sieve, stale: () => boolean): Promise<((slot: number) => boolean) | null> {
  const { test } = sieve
  if (!asksText(test)) return sieve.passesOutside
  const marks = new Map<number, { marks: Uint8Array; rows: number }>()
  const search = (number: number, rows: number) => {
    const known = marks.get(number) ?? { marks: new Uint8Array(segmentRows), rows: 0 }
    if (known.rows < rows) searchStretch(kept, number, known.rows, rows, known.marks, sieve)
    marks.set(number, { ...known, rows })
  }
  for (const { number, rows } of [...kept.segments()].toReversed()) {
    search(number, rows)
    await turn()
    if (stale()) return null
  }
  // What came meanwhile.
  for (const { number, rows } of kept.segments()) search(number, rows)
  const found = (slot: number) => marks.get(Math.floor(slot / segmentRows))?.marks[slot % segmentRows] === 1
  return (slot) => (found(slot) || !kept.isLine(slot)) && sieve.passesOutside(slot)
}

/** The literal over the whole stretch at once, the rest only where that is found. */
function searchStretch(
  kept: Kept,
  number: number,
  from: number,
  rows: number,
  marks: Uint8Array,
  { test, passesOutside }: Sieve,
) {
  if (test.literal === '') marks.fill(1, from, rows)
  else kept.search(number, test.literal, from, marks)
  if (test.literalIsAll) return
  for (let place = from; place < rows; place++) {
    const slot = number * segmentRows + place
    if (marks[place] === 1 && !(passesOutside(slot) && kept.isLine(slot) && test.text(kept.textOf(slot)))) marks[place] = 0
  }
}

/** Puts the rows around those that pass beside them. `places` are in order, and of a list with `length` rows that `beside` may admit. */
export function* withContext(
  length: number,
  at: (place: number) => number,
  passes: (slot: number) => boolean,
  { context, mayStandBeside }: Sieve,
): Generator<number> {
  let shownUpTo = -1
  for (let place = 0; place < length; place++) {
    const slot = at(place)
    if (!passes(slot)) continue
    for (let near = Math.max(shownUpTo + 1, place - context); near < place; near++) if (mayStandBeside(at(near))) yield at(near)
    yield slot
    shownUpTo = place
    // The ones behind it; another that passes among them is met again by the outer loop.
    for (let near = place + 1; near <= Math.min(length - 1, place + context) && !passes(at(near)); near++) {
      if (mayStandBeside(at(near))) yield at(near)
      shownUpTo = near
    }
  }
}
