import type { Clock } from '../../ports'
import type { Kept } from '../kept'
import type { Segment } from '../segment'
import { appendOpen, lookThrough, openPath, readOpen, readSealed, remove, sealedPath, writeSealed, type Sealed } from './files'
import type { Filled } from './sealed'
import { encode, type Stretch, type StretchHead } from './stretch'

export interface ArchiveLimits {
  bytes: number
  days: number
}

/** One stretch of memory and how much of it is on disk. */
interface Writing {
  number: number
  saved: number
  /** Bytes of the open file that are whole. */
  bytes: number
}

const day = 24 * 3_600_000

/**
 * What is kept, on disk: a file for each stretch of memory. The one that is filled grows by a frame each time it is saved; a full one is
 * written anew, compressed and with what is in it at its head. The oldest go first when there is too much.
 */
export class Archive {
  readonly folder: string
  readonly #clock: Clock
  readonly #limits: () => ArchiveLimits
  readonly #pack: (filled: Filled) => Promise<Uint8Array>
  readonly #writing = new Map<Segment, Writing>()
  #sealed: Sealed[] = []
  #next = 0
  readonly #cursors = new Map<string, string>()
  readonly #moved = new Set<string>()

  /** `pack` makes the bytes of a file that is full. */
  constructor(folder: string, clock: Clock, limits: () => ArchiveLimits, pack: (filled: Filled) => Promise<Uint8Array>) {
    this.folder = folder
    this.#pack = pack
    this.#clock = clock
    this.#limits = limits
  }

  /** All rows before this cursor of a source are in memory, and on disk with the next save. */
  reached(sourceId: string, cursor: string): void {
    this.#cursors.set(sourceId, cursor)
    this.#moved.add(sourceId)
  }

  cursorOf(sourceId: string): string | null {
    return this.#cursors.get(sourceId) ?? null
  }

  /** A stretch is to be kept, and held until it is on disk. */
  begin(segment: Segment): void {
    this.#writing.set(segment, { number: this.#next++, saved: 0, bytes: 0 })
  }

  /** Nothing can be written: what memory let go is not waited for. */
  letGo(kept: Kept): void {
    for (const segment of this.#writing.keys()) if (!kept.holds(segment)) this.#writing.delete(segment)
  }

  /** Newest last. */
  get sealed(): readonly Sealed[] {
    return this.#sealed
  }

  get bytes(): number {
    return this.#sealed.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** Fills memory with the newest of what is on disk, as far as it goes. */
  async recall(kept: Kept): Promise<void> {
    const { sealed, open } = await lookThrough(this.folder)
    this.#sealed = sealed
    this.#next = Math.max(-1, ...open, ...sealed.map(({ number }) => number)) + 1
    const fits = newestThatFit(sealed, kept.room)
    for (const { number } of fits) {
      const stretch = await readSealed(this.folder, number)
      if (stretch) this.#adopt(kept, stretch, { number, saved: stretch.rows, bytes: 0 }, true)
    }
    for (const number of open) await this.#takeUp(kept, number, number === open.at(-1))
  }

  /** A file that was being written: the rows of its whole frames, in one stretch, which is filled further if it is the newest. */
  async #takeUp(kept: Kept, number: number, last: boolean): Promise<void> {
    let [segment, bytes]: [Segment | null, number] = [null, 0]
    for (const stretch of await readOpen(this.folder, number)) {
      bytes += stretch.frameBytes
      const writing = { number, saved: 0, bytes }
      segment = segment ? kept.extend(segment, stretch) : this.#adopt(kept, stretch, writing, false)
      this.#note(stretch)
      this.#writing.set(segment, { ...writing, saved: segment.rows })
    }
    if (!segment) return remove(openPath(this.folder, number))
    if (!last) kept.close(segment)
  }

  #adopt(kept: Kept, stretch: Stretch, writing: Writing, whole: boolean): Segment {
    const segment = kept.adopt(stretch, whole)
    if (!whole) this.#writing.set(segment, writing)
    this.#note(stretch)
    return segment
  }

  #note({ cursors }: Stretch): void {
    for (const [source, cursor] of Object.entries(cursors)) this.#cursors.set(source, cursor)
  }

  /** The files that may hold rows of a time and of these sources, newest first. */
  files(range: { from: number; to: number } | null, sources: ReadonlySet<string>): string[] {
    const sealed = this.#sealed
      .filter(({ oldest, newest }) => range === null || (newest >= range.from && oldest <= range.to))
      .filter((one) => one.sources.some((name) => sources.has(name)))
      .toSorted((a, b) => b.newest - a.newest)
      .map(({ number }) => sealedPath(this.folder, number))
    return [...[...this.#writing.values()].map(({ number }) => openPath(this.folder, number)).toReversed(), ...sealed]
  }

  /** The oldest and the newest time on disk; null where nothing is. */
  get span(): { from: number; to: number } | null {
    const all = [...this.#sealed, ...[...this.#writing.keys()].filter(({ rows }) => rows > 0)]
    if (all.length === 0) return null
    return { from: Math.min(...all.map(({ oldest }) => oldest)), to: Math.max(...all.map(({ newest }) => newest)) }
  }

  /** Fills a store of its own with what is on disk of a time, the newest as far as there is room. */
  async recallRange(kept: Kept, range: { from: number; to: number }): Promise<void> {
    const touching = this.#sealed.filter(({ oldest, newest }) => newest >= range.from && oldest <= range.to)
    for (const { number } of newestThatFit(touching, kept.room)) {
      const stretch = await readSealed(this.folder, number)
      if (stretch) kept.adopt(stretch, true)
    }
    for (const { number } of this.#writing.values())
      for (const stretch of await readOpen(this.folder, number).catch(() => [])) kept.adopt(stretch, true)
  }

  /** Writes what is not on disk yet. Throws what the disk throws; what was not written is written the next time. */
  async save(kept: Kept): Promise<void> {
    for (const [segment, writing] of this.#writing) {
      if (segment.sealed) await this.#seal(kept, segment, writing)
      else if (segment.rows > writing.saved) await this.#append(kept, segment, writing)
    }
    await this.prune()
  }

  async #append(kept: Kept, segment: Segment, writing: Writing): Promise<void> {
    const { saved } = writing
    const rows = segment.rows - saved
    const moved = new Map([...this.#moved].map((id) => [id, this.#cursors.get(id) ?? '']))
    this.#moved.clear()
    const frame = encode(this.#head(kept, segment, saved, rows, moved), segment, saved, segment.textBytes(saved, saved + rows))
    await appendOpen(this.folder, writing.number, frame, writing.bytes)
    writing.bytes += frame.length
    writing.saved = saved + rows
  }

  async #seal(kept: Kept, segment: Segment, { number }: Writing): Promise<void> {
    const head = this.#head(kept, segment, 0, segment.rows, this.#cursors)
    const { rows, oldest, newest } = segment
    const about = { number, rows, oldest, newest, sources: Object.values(head.sources) }
    const file = await this.#pack({ about, head, arrays: segment.columns, text: segment.textBytes(0, rows) })
    const sealed = await writeSealed(this.folder, about, file)
    await remove(openPath(this.folder, number))
    this.#sealed = [...this.#sealed, sealed]
    this.#writing.delete(segment)
  }

  #head(kept: Kept, segment: Segment, from: number, rows: number, cursors: ReadonlyMap<string, string>): StretchHead {
    return { rows, ...kept.namesIn(segment, from, from + rows), cursors: Object.fromEntries(cursors) }
  }

  /** Lets the oldest go while there is too much, or while they are too old. */
  async prune(): Promise<void> {
    const { bytes, days } = this.#limits()
    const until = this.#clock.now() - days * day
    const byAge = this.#sealed.toSorted((a, b) => a.newest - b.newest)
    let total = this.bytes
    for (const one of byAge) {
      if (total <= bytes && one.newest >= until) break
      await remove(sealedPath(this.folder, one.number))
      this.#sealed = this.#sealed.filter(({ number }) => number !== one.number)
      total -= one.bytes
    }
  }
}

/** The newest files that fit into so many rows, in the order of their numbers. */
function newestThatFit(sealed: readonly Sealed[], room: number): Sealed[] {
  const fits: Sealed[] = []
  let rows = 0
  for (const one of sealed.toSorted((a, b) => b.newest - a.newest)) {
    rows += one.rows
    if (rows > room) break
    fits.push(one)
  }
  return fits.toSorted((a, b) => a.number - b.number)
}
