import type { ResumeFrom, SourceRecord } from './source'

const overlapMs = 5000
const mostHeld = 100_000

const keyOf = (record: SourceRecord, text: string, cursored: boolean) =>
  cursored ? `${record.instance}\n${text}` : `${record.at}\n${record.instance}\n${text}`

/** Lines of a source that were kept before this start. Their text is as it was kept: masked and cut. */
export interface KeptBefore {
  records: readonly SourceRecord[]
  cursor: string | null
}

/**
 * Where a source goes on after an interruption, and which of what it says then was taken before. What was taken in the last
 * seconds is held, each as often as it came, so that a record is taken once however its neighbours came. A source with cursors
 * goes on exactly there and repeats nothing, but after a start: its cursor on disk lags behind its lines.
 */
export class Resume {
  #recent: SourceRecord[] = []
  #from = 0
  #newest = 0
  #trimmed = false
  #cursor: string | null = null
  /** What may come again, and how often. */
  #seen = new Map<string, number>()
  #seenUpTo = -Infinity
  #before: KeptBefore | null = null
  #clean: (record: SourceRecord) => string = ({ text }) => text

  /** Goes on behind what is on disk. `clean` makes of a text what was kept of it. */
  continueFrom(before: KeptBefore, clean: (record: SourceRecord) => string): void {
    if (before.records.length === 0 && before.cursor === null) return
    this.#before = before
    this.#clean = clean
    this.#cursor = before.cursor
    for (const { at } of before.records) if (at > this.#newest) this.#newest = at
  }

  /** To be called before the source is followed. */
  begin(): ResumeFrom {
    this.#seen.clear()
    this.#seenUpTo = this.#newest
    const held = this.#before?.records ?? (this.#cursor === null ? this.#recent.slice(this.#from) : [])
    const cursored = this.#cursor !== null
    for (const record of held) {
      const key = keyOf(record, record.text, cursored)
      this.#seen.set(key, (this.#seen.get(key) ?? 0) + 1)
    }
    const oldest = held.reduce((least, { at }) => Math.min(least, at), this.#newest)
    return { since: this.#newest === 0 ? 0 : oldest + (this.#trimmed && !this.#before ? 1 : 0), cursor: this.#cursor }
  }

  /** Whether a record was not taken before; notes it as taken. */
  fresh(record: SourceRecord): boolean {
    if (this.#seen.size > 0 && (this.#cursor !== null || record.at <= this.#seenUpTo)) {
      const key = keyOf(record, this.#before ? this.#clean(record) : record.text, this.#cursor !== null)
      const times = this.#seen.get(key) ?? 0
      if (times > 0) {
        if (times === 1) this.#seen.delete(key)
        else this.#seen.set(key, times - 1)
        if (this.#before) this.#note(record)
        return false
      }
    }
    this.#note(record)
    return true
  }

  /** A piece was taken whole; `cursor` is where the source goes on behind it. */
  took(cursor: string | undefined): void {
    if (cursor !== undefined) this.#cursor = cursor
    // Past the place where it broke off nothing comes twice; what a source writes late is new.
    if (this.#newest > this.#seenUpTo + overlapMs) {
      this.#seen.clear()
      this.#before = null
    }
    this.#trim()
  }

  #note(record: SourceRecord): void {
    if (record.at > this.#newest) this.#newest = record.at
    if (this.#cursor === null) this.#recent.push(record)
  }

  #trim(): void {
    const tooMany = this.#recent.length - this.#from - mostHeld
    while (this.#from < this.#recent.length) {
      const record = this.#recent[this.#from] as SourceRecord
      const cut = this.#recent.length - this.#from > mostHeld
      if (!cut && record.at >= this.#newest - overlapMs) break
      this.#from += 1
    }
    this.#trimmed = tooMany > 0
    if (this.#from < 4096 || this.#from * 2 < this.#recent.length) return
    this.#recent = this.#recent.slice(this.#from)
    this.#from = 0
  }
}
