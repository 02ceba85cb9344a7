import type { Clock } from '../ports'
import { Kept, type Limits, type MarkerIds } from './kept'
import { levelOf, rankOf } from './parse/level'
import { Merge, type Incoming } from './merge'
import type { TailRow } from './tail'

export interface TimelineParts {
  clock: Clock
  redactor: LogRedactor
  windowMs: number
  limits: Partial<Limits>
  /** Rows were placed, in order. */
  placed(slots: readonly number[]): void
  /** Rows went, the oldest ones. */
  pruned(): void
}

export interface LogRedactor {
  redact(text: string): string
  /** For a text that was cut: masks the beginning of a secret at its end. */
  redactCut?(text: string): string
}

export interface Marker extends MarkerIds {
  at: number
  words: string
}

const flushMs = 50
const rowsAtOnce = 4096
const mostWaiting = 200_000
const longestLine = 64 * 1024

/** From what sources say to what is kept: waits for neighbours, orders, masks, finds the level, keeps, prunes. */
export class Timeline {
  readonly kept: Kept
  readonly #parts: TimelineParts
  readonly #merge: Merge
  readonly #markers = new WeakMap<Incoming, MarkerIds>()
  #seq = 0
  #pumping = false
  #closed = new AbortController()

  constructor(parts: TimelineParts) {
    this.#parts = parts
    this.#merge = new Merge(parts.windowMs)
    this.kept = new Kept(parts.limits)
  }

  take(sourceId: string, rows: readonly TailRow[]): void {
    const arrived = this.#parts.clock.now()
    const source = this.kept.sourceNumber(sourceId)
    for (const row of rows) {
      const line = row.kind === 'line'
      this.#merge.add({
        at: Math.max(0, Math.floor(row.at)),
        kind: row.kind,
        source,
        instance: line ? row.instance : '',
        text: row.text,
        count: line ? row.cut : row.dropped,
        seq: this.#seq++,
        arrived,
        history: row.history,
        late: false,
        came: line ? row.came : row.at,
        part: line && row.part,
        level: line && row.level !== null ? rankOf(row.level) : 0,
      })
    }
    this.#pump()
  }

  mark(sourceId: string, { at, words, runId, releaseId }: Marker): void {
    const common = {
      instance: '',
      count: 0,
      late: false,
      history: true,
      came: at,
      part: false,
      level: 0,
      seq: this.#seq++,
      arrived: this.#parts.clock.now(),
    }
    const row: Incoming = { ...common, at, kind: 'marker', source: this.kept.sourceNumber(sourceId), text: words }
    this.#markers.set(row, { runId, releaseId })
    this.#merge.add(row)
    this.#pump()
  }

  /** Resolves when not too much waits. Always lets others run first. */
  async room(signal: AbortSignal): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#merge.size > mostWaiting && !signal.aborted) await this.#parts.clock.sleep(flushMs, signal).catch(() => {})
  }

  close(): void {
    this.#closed.abort()
  }

  #pump(): void {
    if (this.#pumping || this.#closed.signal.aborted) return
    this.#pumping = true
    void this.#flushWhileWaiting().finally(() => (this.#pumping = false))
  }

  async #flushWhileWaiting(): Promise<void> {
    const { clock } = this.#parts
    const { signal } = this.#closed
    while (this.#merge.size > 0) {
      await clock.sleep(flushMs, signal).catch(() => {})
      if (signal.aborted) return
      const ready = this.#merge.release(clock.now(), (source) => this.kept.rank(source))
      for (let from = 0; from < ready.length; from += rowsAtOnce) {
        this.#keep(ready.slice(from, from + rowsAtOnce))
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }

  #keep(rows: readonly Incoming[]): void {
    const slots = rows.map((row) => {
      const { text, cut } = this.#clean(row)
      const level = row.kind === 'line' ? levelOf(text) || row.level : 0
      const count = row.kind === 'line' ? cut : row.count
      return this.kept.add(
        { ...row, instance: this.kept.instanceNumber(row.instance), level, text, count },
        this.#markers.get(row),
      )
    })
    this.kept.place(slots)
    this.#parts.placed(slots)
    if (this.kept.prune()) this.#parts.pruned()
  }

  /** Masked before anything is kept, and cut to what a line may be. */
  #clean(row: Incoming): { text: string; cut: number } {
    const { redactor } = this.#parts
    const whole = row.text.length * 3 <= longestLine || Buffer.byteLength(row.text) <= longestLine
    const text = whole ? row.text : cutTo(row.text, longestLine)
    const cut = row.count + (whole ? 0 : Buffer.byteLength(row.text) - Buffer.byteLength(text))
    const masked = row.kind === 'line' && cut > 0 && redactor.redactCut ? redactor.redactCut(text) : redactor.redact(text)
    return { text: masked.includes('\n') ? masked.replaceAll('\n', ' ') : masked, cut }
  }
}

/** The longest beginning of a text that fits into so many bytes of UTF-8, without half a sign at its end. */
function cutTo(text: string, bytes: number): string {
  const room = Buffer.allocUnsafe(bytes)
  return room.toString('utf8', 0, room.write(text, 'utf8'))
}
