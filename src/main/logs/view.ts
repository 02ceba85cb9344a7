import type { LogBatch } from '../../shared/api/logs'
import type { LogFilter, LogRow, SourceStatus } from '../../shared/domain/log'
import { sieveOf, sift, withContext, type Sieve } from './filter'
import { storeSource, type Kept } from './kept'
import { rankOf } from './parse/level'
import { Slots } from './slots'

export const batchRows = 2000
export const outstandingBatches = 8
/** New rows held for a reader; of what comes beyond, the oldest are counted and left to `window`. */
const heldRows = batchRows * outstandingBatches

const errorRank = rankOf('error')

/** One reader's view: the rows that pass its filter, and what it has not been given yet. */
export class View {
  #kept: Kept
  readonly #live: Kept
  readonly #markersOf: (sources: readonly string[]) => readonly string[]
  readonly #matches = new Slots()
  #sources: readonly string[]
  #filter: LogFilter
  #sieve: Sieve
  #build = 0
  /** With context: how many more rows are shown behind the last that passed, and those that would stand before the next. */
  #beside: { left: number; before: number[] } = { left: 0, before: [] }
  #fresh: number[] = []
  #skipped = 0
  #sent = 0
  #acknowledged = 0
  #wake: () => void = () => {}

  /** `markersOf` names the rows of markers that go with sources. */
  constructor(
    kept: Kept,
    markersOf: (sources: readonly string[]) => readonly string[],
    sources: readonly string[],
    filter: LogFilter,
  ) {
    this.#kept = kept
    this.#live = kept
    this.#markersOf = markersOf
    this.#sources = sources
    this.#filter = filter
    this.#sieve = this.#newSieve(kept, sources, filter)
  }

  get sources(): readonly string[] {
    return this.#sources
  }

  get matching(): number {
    return this.#matches.length
  }

  /** Whether the reader may be given another batch. */
  get hasCredit(): boolean {
    return this.#sent - this.#acknowledged < outstandingBatches
  }

  get hasFresh(): boolean {
    return this.#fresh.length > 0
  }

  /** Filters anew what is kept. Answers how many rows pass, after all of them were looked at. */
  async show(change: { sources?: readonly string[]; filter?: LogFilter; kept?: Kept }): Promise<number> {
    const kept = change.kept ?? this.#kept
    const sieve = this.#newSieve(kept, change.sources ?? this.#sources, change.filter ?? this.#filter)
    this.#sources = change.sources ?? this.#sources
    this.#filter = change.filter ?? this.#filter
    const mine = ++this.#build
    const passes = await sift(kept, sieve, () => mine !== this.#build)
    if (passes !== null) {
      // What was held for the reader has places in the other store.
      if (kept !== this.#kept) this.#fresh = []
      this.#kept = kept
      this.#sieve = sieve
      this.#matches.clear()
      const { timeline } = kept
      for (const slot of withContext(timeline.length, (place) => timeline.at(place), passes, sieve)) this.#matches.push(slot)
      this.#fresh = this.#fresh.filter(passes)
      this.#beside = { left: 0, before: [] }
      this.wake()
    }
    return this.matching
  }

  /** Rows that were just placed, in order. */
  offer(placed: readonly number[]): void {
    // A view of the past stays as it is.
    if (this.#kept !== this.#live) return
    const passing = this.#sieve.context > 0 ? this.#withNeighbours(placed) : placed.filter((slot) => this.#sieve.passes(slot))
    if (passing.length === 0) return
    this.#matches.merge(passing, this.#kept.compare)
    this.#hold(passing)
  }

  /** As they come: what stands before one that passes is held until then, what comes behind it is shown. */
  #withNeighbours(placed: readonly number[]): number[] {
    const { context, passes, mayStandBeside } = this.#sieve
    const shown: number[] = []
    for (const slot of placed) {
      if (passes(slot)) {
        shown.push(...this.#beside.before.filter(this.#kept.alive), slot)
        this.#beside = { left: context, before: [] }
      } else if (mayStandBeside(slot)) {
        if (this.#beside.left > 0) {
          this.#beside.left -= 1
          shown.push(slot)
        } else this.#beside.before = [...this.#beside.before, slot].slice(-context)
      }
    }
    return shown.sort(this.#kept.compare)
  }

  /** Lets go of rows that are kept no longer. */
  prune(): void {
    if (this.#kept !== this.#live) return
    this.#matches.keep(this.#kept.alive)
    const left = this.#fresh.filter(this.#kept.alive)
    this.#skipped += this.#fresh.length - left.length
    this.#fresh = left
  }

  window(from: number, count: number): { from: number; matching: number; rows: LogRow[] } {
    const rows = Array.from(this.#matches.slice(from, from + count), (slot) => this.#kept.row(slot))
    return { from, matching: this.matching, rows }
  }

  /** All rows that pass now, oldest first, some at a time. */
  *all(atOnce: number): Generator<LogRow[]> {
    // What comes while somebody reads is not part of it.
    const kept = this.#kept
    const slots = Uint32Array.from(this.#matches.slice(0, this.matching))
    for (let from = 0; from < slots.length; from += atOnce)
      yield [...slots.subarray(from, from + atOnce)].filter(kept.alive).map((slot) => kept.row(slot))
  }

  /** How many rows pass in each of so many equal stretches of their time, and how many of them are errors. */
  histogram(buckets: number, range: { from: number; to: number } | null) {
    const length = this.matching
    const [first, last] = [range?.from ?? this.#timeAt(0), range?.to ?? this.#timeAt(length - 1)]
    const step = Math.max(1, Math.ceil((last - first + 1) / buckets))
    const counts = new Uint32Array(buckets)
    const errors = new Uint32Array(buckets)
    for (let place = 0; place < length; place++) {
      const slot = this.#matches.at(place)
      const bucket = Math.floor((this.#kept.atOf(slot) - first) / step)
      if (bucket < 0 || bucket >= buckets || !this.#kept.isLine(slot)) continue
      counts[bucket] = (counts[bucket] ?? 0) + 1
      if (this.#kept.levelOf(slot) >= errorRank) errors[bucket] = (errors[bucket] ?? 0) + 1
    }
    return { from: first, step, counts: [...counts], errors: [...errors] }
  }

  /** The place of the first row at or after a time. */
  placeOf(at: number): number {
    let [low, high] = [0, this.matching]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#timeAt(middle) < at) low = middle + 1
      else high = middle
    }
    return low
  }

  #timeAt(place: number): number {
    return place < 0 || place >= this.matching ? 0 : this.#kept.atOf(this.#matches.at(place))
  }

  /** The place of the nearest error after or before `from`; `from` itself does not count. */
  findError(from: number, direction: 'next' | 'previous'): number | null {
    const step = direction === 'next' ? 1 : -1
    for (
      let place = Math.min(from + step, step < 0 ? this.matching - 1 : Infinity);
      place >= 0 && place < this.matching;
      place += step
    ) {
      if (this.#kept.levelOf(this.#matches.at(place)) >= errorRank) return place
    }
    return null
  }

  /** A reader begins: its first batch holds the newest rows. */
  begin(): void {
    this.#sent = 0
    this.#acknowledged = 0
    this.#skipped = 0
    this.#fresh = Array.from(this.#matches.slice(this.matching - batchRows, this.matching))
  }

  /** The next batch. Rows of it come in order. */
  batch(statuses: SourceStatus[]): LogBatch {
    const slots = this.#fresh.splice(0, batchRows).filter(this.#kept.alive).sort(this.#kept.compare)
    const skipped = this.#skipped
    this.#skipped = 0
    return {
      batch: ++this.#sent,
      rows: slots.map((slot) => this.#kept.row(slot)),
      statuses,
      kept: this.#kept.linesOf(this.#sources),
      matching: this.matching,
      skipped,
      rate: statuses.reduce((sum, status) => sum + status.rate, 0),
    }
  }

  acknowledge(batch: number): void {
    this.#acknowledged = Math.min(this.#sent, Math.max(this.#acknowledged, batch))
    this.wake()
  }

  wake(): void {
    this.#wake()
  }

  /** Resolves at the next `wake`. */
  woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #hold(slots: readonly number[]): void {
    for (const slot of slots) this.#fresh.push(slot)
    if (this.#fresh.length > heldRows) {
      this.#skipped += this.#fresh.length - heldRows
      this.#fresh.splice(0, this.#fresh.length - heldRows)
    }
    this.wake()
  }

  #newSieve(kept: Kept, all: readonly string[], filter: LogFilter): Sieve {
    const { sources } = filter
    const shown = sources === null ? all : all.filter((id) => sources.includes(id))
    const numbers = [...shown, ...this.#markersOf(shown), storeSource].map((id) => kept.sourceNumber(id))
    return sieveOf(kept, new Set(numbers), filter)
  }
}
