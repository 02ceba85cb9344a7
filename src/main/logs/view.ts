import type { LogBatch } from '../../shared/api/logs'
import type { LogFilter, LogRow, SourceStatus } from '../../shared/domain/log'
import { sieveOf, sift, type Sieve } from './filter'
import type { Kept } from './kept'
import { rankOf } from './level'
import { Slots } from './slots'

export const batchRows = 2000
export const outstandingBatches = 8
/** New rows held for a reader; of what comes beyond, the oldest are counted and left to `window`. */
const heldRows = batchRows * outstandingBatches

const errorRank = rankOf('error')

/** One reader's view: the rows that pass its filter, and what it has not been given yet. */
export class View {
  readonly #kept: Kept
  readonly #markersOf: (sources: readonly string[]) => readonly string[]
  readonly #matches = new Slots()
  #sources: readonly string[]
  #filter: LogFilter
  #sieve: Sieve
  #build = 0
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
    this.#markersOf = markersOf
    this.#sources = sources
    this.#filter = filter
    this.#sieve = this.#newSieve()
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
  async show(change: { sources?: readonly string[]; filter?: LogFilter }): Promise<number> {
    this.#sources = change.sources ?? this.#sources
    this.#filter = change.filter ?? this.#filter
    const mine = ++this.#build
    const sieve = this.#newSieve()
    const passes = await sift(this.#kept, sieve, () => mine !== this.#build)
    if (passes !== null) {
      this.#sieve = sieve
      this.#matches.clear()
      const { timeline } = this.#kept
      for (let place = 0; place < timeline.length; place++) if (passes(timeline.at(place))) this.#matches.push(timeline.at(place))
      this.#fresh = this.#fresh.filter(passes)
      this.wake()
    }
    return this.matching
  }

  /** Rows that were just placed, in order. */
  offer(placed: readonly number[]): void {
    const passing = placed.filter((slot) => this.#sieve.passes(slot))
    if (passing.length === 0) return
    this.#matches.merge(passing, this.#kept.compare)
    this.#hold(passing)
  }

  /** Lets go of rows that are kept no longer. */
  prune(): void {
    this.#matches.keep(this.#kept.alive)
    const left = this.#fresh.filter(this.#kept.alive)
    this.#skipped += this.#fresh.length - left.length
    this.#fresh = left
  }

  window(from: number, count: number): { from: number; matching: number; rows: LogRow[] } {
    const rows = Array.from(this.#matches.slice(from, from + count), (slot) => this.#kept.row(slot))
    return { from, matching: this.matching, rows }
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

  #newSieve(): Sieve {
    const { sources } = this.#filter
    const shown = sources === null ? this.#sources : this.#sources.filter((id) => sources.includes(id))
    const numbers = [...shown, ...this.#markersOf(shown)].map((id) => this.#kept.sourceNumber(id))
    return sieveOf(this.#kept, new Set(numbers), this.#filter)
  }
}
