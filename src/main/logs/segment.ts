import { isAscii, rowsWith } from './archive/find'
import type { ColumnArrays, Stretch } from './archive/stretch'

export const segmentRows = 16_384
const segmentBytes = 4 * 1024 * 1024
const firstBytes = 256 * 1024

export const kinds = ['line', 'gap', 'marker'] as const
export type Kind = (typeof kinds)[number]

/** One row, as it goes into a segment. */
export interface NewRow {
  at: number
  kind: Kind
  /** Numbers from the tables of the store. */
  source: number
  instance: number
  level: number
  late: boolean
  /** Bytes cut from a line; lines lost in a gap. */
  count: number
  /** When its source says that it was written. */
  came: number
  /** It goes on with the line before it. */
  part: boolean
  text: string
}

/** A stretch of rows in columns: bytes and offsets, no object a line. */
export class Segment {
  /** Its place among all: slots begin at this times `segmentRows`. */
  readonly number: number
  readonly at = new Float64Array(segmentRows)
  readonly source = new Uint16Array(segmentRows)
  readonly instance = new Uint16Array(segmentRows)
  readonly level = new Uint8Array(segmentRows)
  readonly late = new Uint8Array(segmentRows)
  readonly kind = new Uint8Array(segmentRows)
  readonly count = new Uint32Array(segmentRows)
  readonly came = new Float64Array(segmentRows)
  readonly part = new Uint8Array(segmentRows)
  readonly parts = new Uint16Array(segmentRows)
  readonly ends = new Uint32Array(segmentRows)
  #bytes = Buffer.allocUnsafeSlow(firstBytes)
  #used = 0
  rows = 0
  /** No row is added any more. */
  sealed = false
  newest = 0
  oldest = Infinity

  constructor(number: number) {
    this.number = number
  }

  /** Memory held, in bytes. */
  get size(): number {
    return this.#bytes.length + segmentRows * 34
  }

  fits(text: string): boolean {
    return !this.sealed && this.rows < segmentRows && (this.rows === 0 || this.#used + text.length * 3 + 1 <= segmentBytes)
  }

  add(row: NewRow): number {
    const place = this.rows++
    this.at[place] = row.at
    this.source[place] = row.source
    this.instance[place] = row.instance
    this.level[place] = row.level
    this.late[place] = row.late ? 1 : 0
    this.kind[place] = kinds.indexOf(row.kind)
    this.count[place] = Math.min(row.count, 0xffffffff)
    this.came[place] = row.came
    this.part[place] = row.part ? 1 : 0
    if (row.at > this.newest) this.newest = row.at
    if (row.at < this.oldest) this.oldest = row.at
    this.#write(row.text)
    this.ends[place] = this.#used
    // A sign between rows, so that nothing is found across their border.
    this.#bytes[this.#used++] = 10
    return place
  }

  /** The columns alone, as they can be handed to another thread. */
  get columns(): ColumnArrays {
    const { at, came, count, ends, source, instance, parts, level, late, kind, part } = this
    return { at, came, count, ends, source, instance, parts, level, late, kind, part }
  }

  /** The bytes of the text of these rows, each row closed by a line break. */
  textBytes(from: number, to: number): Buffer {
    return this.#bytes.subarray(this.#start(from), to === 0 ? 0 : (this.ends[to - 1] as number) + 1)
  }

  text(place: number): string {
    return this.#bytes.toString('utf8', this.#start(place), this.ends[place])
  }

  /** Marks the rows, from `from` on, that hold this text. `needle` is in lower case and has no line break. */
  search(needle: string, from: number, marks: Uint8Array): void {
    if (from >= this.rows) return
    if (isAscii(needle)) {
      const base = this.#start(from)
      const bytes = this.#bytes.toString('latin1', base, this.#used)
      const ends = base === 0 ? this.ends : this.ends.map((end) => end - base)
      for (const place of rowsWith(bytes, ends, needle, from, this.rows)) marks[place] = 1
    } else
      for (let place = from; place < this.rows; place++) if (this.text(place).toLowerCase().includes(needle)) marks[place] = 1
  }

  /** Appends rows as they lay on disk; `source` and `instance` say what their numbers are here. */
  append({ rows, columns, text }: Stretch, source: (number: number) => number, instance: (number: number) => number): void {
    const [first, base] = [this.rows, this.#used]
    for (const name of ['at', 'came', 'count', 'parts', 'level', 'late', 'kind', 'part'] as const)
      this[name].set(columns[name], first)
    for (let i = 0; i < rows; i++) {
      this.source[first + i] = source(columns.source[i] as number)
      this.instance[first + i] = instance(columns.instance[i] as number)
      this.ends[first + i] = base + (columns.ends[i] as number)
      const at = columns.at[i] as number
      if (at > this.newest) this.newest = at
      if (at < this.oldest) this.oldest = at
    }
    this.rows += rows
    this.#room(text.length)
    text.copy(this.#bytes, this.#used)
    this.#used += text.length
  }

  /** Gives back what was reserved and is not needed. */
  seal(): void {
    this.sealed = true
    const exact = Buffer.allocUnsafeSlow(this.#used)
    this.#bytes.copy(exact, 0, 0, this.#used)
    this.#bytes = exact
  }

  #start(place: number): number {
    return place === 0 ? 0 : (this.ends[place - 1] as number) + 1
  }

  #write(text: string): void {
    this.#room(text.length * 3 + 1)
    this.#used += this.#bytes.write(text, this.#used, 'utf8')
  }

  #room(more: number): void {
    const most = this.#used + more
    if (most <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(most, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#used)
    this.#bytes = larger
  }
}
