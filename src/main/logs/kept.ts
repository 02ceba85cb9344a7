import type { LogRow } from '../../shared/domain/log'
import { ReleaseId, RunId } from '../../shared/domain/ids'
import type { Stretch } from './archive/stretch'
import { levels } from './parse/level'
import { kinds, Segment, segmentRows, type NewRow } from './segment'
import { Slots } from './slots'

export interface Limits {
  rows: number
  bytes: number
}

const defaults: Limits = { rows: 1_200_000, bytes: 200 * 1024 * 1024 }

/** The source of rows that speak of the keeping itself: every view shows them. */
export const storeSource = 'slipway:store'

/** Which run and release a marker speaks of. */
export interface MarkerIds {
  runId: RunId
  releaseId: ReleaseId | null
}

/** Names by number and numbers by name: a row holds two bytes instead of a name. */
class Names {
  readonly #numbers = new Map<string, number>()
  readonly names: string[] = []

  number(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    // Two bytes a row: what comes after is joined under the last name.
    if (this.names.length > 0xffff) return 0xffff
    this.names.push(name)
    this.#numbers.set(name, this.names.length - 1)
    return this.names.length - 1
  }
}

/** What the numbers of a file are here. */
function numbersIn(names: Record<string, string>, numberOf: (name: string) => number): (number: number) => number {
  const known = new Map(Object.entries(names).map(([number, name]) => [Number(number), numberOf(name)]))
  return (number) => known.get(number) ?? 0
}

/**
 * All rows that are kept, in bounded memory. A row is known by its slot, which never changes;
 * `timeline` holds the slots in order: by time, then source, then as the source wrote them.
 */
export class Kept {
  readonly timeline = new Slots()
  readonly #limits: Limits
  readonly #segments: (Segment | undefined)[] = []
  readonly #sources = new Names()
  readonly #instances = new Names()
  readonly #markers = new Map<number, MarkerIds>()
  /** The slot of the newest line that stands for itself, by source and instance. */
  readonly #heads = new Map<number, number>()
  /** Lines kept, by the number of their source. */
  readonly #lines: number[] = []
  #ranks = new Uint16Array(0)
  #rows = 0
  pruned = 0
  /** Called with each stretch that is begun. */
  begun: (segment: Segment) => void = () => {}

  constructor(limits: Partial<Limits> = {}) {
    this.#limits = { ...defaults, ...limits }
  }

  get rows(): number {
    return this.#rows
  }

  /** Memory held by rows, in bytes. */
  get bytes(): number {
    let sum = 0
    for (const segment of this.#segments) sum += segment?.size ?? 0
    return sum
  }

  /** Rows that there is room for. */
  get room(): number {
    return Math.max(0, this.#limits.rows - this.#rows)
  }

  /** The oldest time that memory holds; what is older may be on disk. */
  get reachesBackTo(): number {
    return this.timeline.length === 0 ? Infinity : this.atOf(this.timeline.at(0))
  }

  sourceNumber(id: string): number {
    const before = this.#sources.names.length
    const number = this.#sources.number(id)
    if (this.#sources.names.length > before) this.#rankSources()
    return number
  }

  instanceNumber(name: string): number {
    return this.#instances.number(name)
  }

  rank(source: number): number {
    return this.#ranks[source] ?? 0
  }

  hasMarker(runId: RunId, at: number): boolean {
    for (const [slot, marker] of this.#markers) if (marker.runId === runId && this.atOf(slot) === at) return true
    return false
  }

  /** How many lines are kept of these sources. */
  linesOf(ids: readonly string[]): number {
    return ids.reduce((sum, id) => sum + (this.#lines[this.sourceNumber(id)] ?? 0), 0)
  }

  /** Appends one row and answers its slot. It is not in the timeline before `place`. */
  add(row: NewRow, marker?: MarkerIds): number {
    let segment = this.#last()
    if (!segment?.fits(row.text)) {
      if (segment && !segment.sealed) segment.seal()
      segment = new Segment(this.#segments.length)
      this.#segments.push(segment)
      this.begun(segment)
    }
    const slot = (this.#segments.length - 1) * segmentRows + segment.add(row)
    if (marker) this.#markers.set(slot, marker)
    if (row.kind === 'line') this.#fold(slot, row)
    this.#rows += 1
    if (row.kind === 'line') this.#lines[row.source] = (this.#lines[row.source] ?? 0) + 1
    return slot
  }

  /** Takes rows from disk for kept, before any of its own. `whole`: nothing is added to that stretch any more. */
  adopt(stretch: Stretch, whole: boolean): Segment {
    const segment = new Segment(this.#segments.length)
    this.#segments.push(segment)
    this.extend(segment, stretch)
    if (whole) this.close(segment)
    return segment
  }

  extend(segment: Segment, stretch: Stretch): Segment {
    const first = segment.rows
    const source = numbersIn(stretch.sources, (name) => this.sourceNumber(name))
    segment.append(
      stretch,
      source,
      numbersIn(stretch.instances, (name) => this.instanceNumber(name)),
    )
    const slots = Array.from({ length: stretch.rows }, (_, i) => segment.number * segmentRows + first + i)
    for (const [place, { runId, releaseId }] of Object.entries(stretch.markers))
      this.#markers.set(segment.number * segmentRows + first + Number(place), {
        runId: RunId.parse(runId),
        releaseId: ReleaseId.nullable().parse(releaseId),
      })
    for (let i = first; i < segment.rows; i++) {
      const from = segment.source[i] as number
      if (segment.kind[i] === 0) this.#lines[from] = (this.#lines[from] ?? 0) + 1
    }
    this.#rows += stretch.rows
    this.place(slots.sort(this.compare))
    return segment
  }

  close(segment: Segment): void {
    segment.seal()
  }

  /** Whether a stretch is in memory. */
  holds(segment: Segment): boolean {
    return this.#segments[segment.number] === segment
  }

  /** What the numbers in some rows of a stretch mean, and which of them are markers, by their place among these. */
  namesIn(segment: Segment, from: number, to: number): Pick<Stretch, 'sources' | 'instances' | 'markers'> {
    const names = (numbers: Uint16Array, of: Names) =>
      Object.fromEntries([...new Set(numbers.subarray(from, to))].map((number) => [number, of.names[number] ?? '']))
    const base = segment.number * segmentRows
    const markers: Stretch['markers'] = {}
    for (const [slot, ids] of this.#markers) if (slot >= base + from && slot < base + to) markers[slot - base - from] = { ...ids }
    return { sources: names(segment.source, this.#sources), instances: names(segment.instance, this.#instances), markers }
  }

  /** The newest lines of a source, as far back as `spanMs` before its newest. */
  newestOf(sourceId: string, spanMs: number): { at: number; instance: string; text: string }[] {
    const source = this.sourceNumber(sourceId)
    if (!this.#lines[source]) return []
    const found: { at: number; instance: string; text: string }[] = []
    let newest = -Infinity
    // Rows lie about in the order in which they came: farther back than that nothing is near the newest.
    for (const segment of this.#segments.toReversed()) {
      if (!segment || segment.newest < newest - 10 * spanMs) continue
      for (let i = segment.rows - 1; i >= 0; i--) {
        if (segment.source[i] !== source || segment.kind[i] !== 0) continue
        const at = segment.came[i] as number
        newest = Math.max(newest, at)
        if (at >= newest - spanMs)
          found.push({ at, instance: this.#instances.names[segment.instance[i] as number] ?? '', text: segment.text(i) })
      }
    }
    return found.filter(({ at }) => at >= newest - spanMs).toReversed()
  }

  #fold(slot: number, { source, instance, part }: NewRow): void {
    const key = source * 0x10000 + instance
    if (!part) {
      this.#heads.set(key, slot)
      return
    }
    const head = this.#heads.get(key)
    if (head === undefined || !this.alive(head)) return
    const { parts } = this.#segment(head)
    parts[head % segmentRows] = Math.min((parts[head % segmentRows] ?? 0) + 1, 0xffff)
  }

  /** Puts appended rows, which are in order among themselves, into the timeline. */
  place(slots: readonly number[]): void {
    this.timeline.merge(slots, this.compare)
  }

  readonly compare = (a: number, b: number): number => {
    const [left, right] = [this.#segment(a), this.#segment(b)]
    const [i, j] = [a % segmentRows, b % segmentRows]
    return (
      (left.at[i] as number) - (right.at[j] as number) ||
      this.rank(left.source[i] as number) - this.rank(right.source[j] as number) ||
      a - b
    )
  }

  readonly alive = (slot: number): boolean => this.#segments[Math.floor(slot / segmentRows)] !== undefined

  sourceOf(slot: number): number {
    return this.#segment(slot).source[slot % segmentRows] as number
  }

  /** The rank of the level; 0 for none. Gaps and markers have none. */
  levelOf(slot: number): number {
    return this.#segment(slot).level[slot % segmentRows] as number
  }

  atOf(slot: number): number {
    return this.#segment(slot).at[slot % segmentRows] as number
  }

  isPart(slot: number): boolean {
    return this.#segment(slot).part[slot % segmentRows] === 1
  }

  isLine(slot: number): boolean {
    return this.#segment(slot).kind[slot % segmentRows] === 0
  }

  textOf(slot: number): string {
    return this.#segment(slot).text(slot % segmentRows)
  }

  row(slot: number): LogRow {
    const segment = this.#segment(slot)
    const i = slot % segmentRows
    const common = { seq: slot, at: segment.at[i] as number }
    const named = this.#sources.names[segment.source[i] as number] ?? ''
    const source = named === storeSource ? null : named
    const [text, count] = [segment.text(i), segment.count[i] as number]
    const kind = kinds[segment.kind[i] as number]
    const marker = this.#markers.get(slot)
    if (kind === 'marker' && marker) return { ...common, kind, ...marker, words: text }
    if (kind === 'gap') return { ...common, kind, source, words: text, dropped: count }
    const instance = this.#instances.names[segment.instance[i] as number] ?? ''
    const level = levels[segment.level[i] as number] ?? null
    const fold = { part: segment.part[i] === 1, parts: segment.parts[i] as number }
    return { ...common, kind: 'line', source: named, instance, level, text, late: segment.late[i] === 1, cut: count, ...fold }
  }

  /** The numbers of the segments that hold rows, with how many. */
  *segments(): Generator<{ number: number; rows: number }> {
    for (const [number, segment] of this.#segments.entries()) if (segment) yield { number, rows: segment.rows }
  }

  search(segmentNumber: number, needle: string, from: number, marks: Uint8Array): void {
    this.#segments[segmentNumber]?.search(needle, from, marks)
  }

  /** Lets the oldest stretch go while there is more than the limits allow. Answers whether any row went. */
  prune(): boolean {
    let went = false
    while (this.#rows > this.#limits.rows || this.bytes > this.#limits.bytes) {
      const oldest = this.#oldest()
      if (oldest === null) break
      const segment = this.#segments[oldest] as Segment
      this.#segments[oldest] = undefined
      this.#forget(segment)
      this.pruned += segment.rows
      went = true
    }
    if (!went) return false
    this.timeline.keep(this.alive)
    for (const slot of this.#markers.keys()) if (!this.alive(slot)) this.#markers.delete(slot)
    return true
  }

  /** By the newest time within: a stretch of history that came late goes before younger rows that came first. */
  #oldest(): number | null {
    let oldest: number | null = null
    let newest = Infinity
    for (let number = 0; number < this.#segments.length - 1; number++) {
      const segment = this.#segments[number]
      if (segment && segment.newest < newest) [oldest, newest] = [number, segment.newest]
    }
    return oldest
  }

  #forget(segment: Segment): void {
    this.#rows -= segment.rows
    for (let i = 0; i < segment.rows; i++) {
      const source = segment.source[i] as number
      if (segment.kind[i] === 0) this.#lines[source] = (this.#lines[source] ?? 1) - 1
    }
  }

  #last(): Segment | undefined {
    return this.#segments[this.#segments.length - 1]
  }

  #segment(slot: number): Segment {
    return this.#segments[Math.floor(slot / segmentRows)] as Segment
  }

  #rankSources(): void {
    const { names } = this.#sources
    const order = names.map((_, number) => number).toSorted((a, b) => ((names[a] as string) < (names[b] as string) ? -1 : 1))
    this.#ranks = new Uint16Array(names.length)
    for (const [rank, number] of order.entries()) this.#ranks[number] = rank
  }
}
