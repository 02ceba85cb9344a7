import type { Clock } from '../ports'
import type { Archive } from './archive/archive'
import { Kept, storeSource, type Limits, type MarkerIds } from './kept'
import { levelOf, rankOf } from './parse/level'
import { Merge, type Incoming } from './merge'
import type { KeptBefore } from './resume'
import type { TailRow } from './tail'
import { words } from './text'

export interface TimelineParts {
  clock: Clock
  redactor: LogRedactor
  windowMs(): number
  limits: Partial<Limits>
  /** Where rows are kept beyond this start; null keeps them in memory only. */
  archive: Archive | null
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
const saveMs = 500
const saveAgainMs = 5000
/** How long rows are on their way at most, beside the window: what a start looks back over. */
const underWayMs = 3000
const rowsAtOnce = 4096
const mostWaiting = 200_000
const longestLine = 64 * 1024

/** From what sources say to what is kept: waits for neighbours, orders, masks, finds the level, keeps, prunes. */
export class Timeline {
  readonly kept: Kept
  readonly #parts: TimelineParts
  readonly #merge: Merge
  readonly #markers = new WeakMap<Incoming, MarkerIds>()
  /** Where sources go on, behind rows that still wait. */
  #cursors: { sourceId: string; cursor: string; arrived: number }[] = []
  #seq = 0
  #pumping = false
  #saving: Promise<void> | null = null
  #ready: Promise<void> | null = null
  #lastSave: Promise<void> = Promise.resolve()
  /** Since when nothing is kept on disk. */
  #failingSince: number | null = null
  #closed = new AbortController()

  constructor(parts: TimelineParts) {
    this.#parts = parts
    this.#merge = new Merge(parts.windowMs)
    this.kept = new Kept(parts.limits)
    const { archive } = parts
    if (archive) this.kept.begun = (segment) => archive.begin(segment)
  }

  /** Resolves when what was kept before is there. To be awaited before anything is taken. */
  ready(): Promise<void> {
    this.#ready ??= this.#parts.archive?.recall(this.kept).catch((error: unknown) => this.#notSaved(error)) ?? Promise.resolve()
    return this.#ready
  }

  /** What was kept of a source before this start. */
  before(sourceId: string): KeptBefore {
    const records = this.kept.newestOf(sourceId, this.#parts.windowMs() + underWayMs)
    return { records: records.map((record) => ({ ...record, cut: 0 })), cursor: this.#parts.archive?.cursorOf(sourceId) ?? null }
  }

  take(sourceId: string, rows: readonly TailRow[], cursor?: string): void {
    const arrived = this.#parts.clock.now()
    if (cursor !== undefined && this.#parts.archive) this.#cursors.push({ sourceId, cursor, arrived })
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
    // Kept before this start.
    if (this.kept.hasMarker(runId, at)) return
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

  /** Keeps what still waits, and ends. */
  async close(): Promise<void> {
    this.#closed.abort()
    if (!this.#ready) return
    await this.#ready
    await this.#saving
    this.#keep(this.#merge.release(Infinity, (source) => this.kept.rank(source)))
    this.#passCursors(Infinity)
    await this.saved()
  }

  /** Resolves when what is in memory is on disk, as far as that is possible. */
  async saved(): Promise<void> {
    await this.#saveOnce().catch(() => {})
  }

  /** One save at a time. */
  #saveOnce(): Promise<void> {
    const { archive } = this.#parts
    const after = this.#lastSave.catch(() => {})
    this.#lastSave = after.then(() => archive?.save(this.kept))
    return this.#lastSave
  }

  #save(): void {
    if (!this.#parts.archive || this.#saving || this.#closed.signal.aborted) return
    this.#saving = this.#saveWhileNeeded().finally(() => (this.#saving = null))
  }

  async #saveWhileNeeded(): Promise<void> {
    const { clock } = this.#parts
    const { signal } = this.#closed
    for (let saved = -1; saved !== this.#seq && !signal.aborted;) {
      await clock.sleep(this.#failingSince === null ? saveMs : saveAgainMs, signal).catch(() => {})
      const upTo = this.#pumping ? -1 : this.#seq
      try {
        await this.#saveOnce()
        saved = upTo
        if (this.#failingSince !== null) this.#say(words.keptAgain(Math.round((clock.now() - this.#failingSince) / 1000)))
        this.#failingSince = null
      } catch (error) {
        this.#notSaved(error)
      }
    }
  }

  #notSaved(error: unknown): void {
    this.#parts.archive?.letGo(this.kept)
    if (this.#failingSince !== null) return
    this.#failingSince = this.#parts.clock.now()
    this.#say(words.notKept(error))
  }

  /** A row that every view shows. */
  #say(text: string): void {
    this.take(storeSource, [{ kind: 'gap', at: this.#parts.clock.now(), text, dropped: 0, history: false }])
  }

  #passCursors(arrivedUpTo: number): void {
    for (const { sourceId, cursor, arrived } of this.#cursors)
      if (arrived <= arrivedUpTo) this.#parts.archive?.reached(sourceId, cursor)
    this.#cursors = this.#cursors.filter(({ arrived }) => arrived > arrivedUpTo)
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
      const now = clock.now()
      const ready = this.#merge.release(now, (source) => this.kept.rank(source))
      for (let from = 0; from < ready.length; from += rowsAtOnce) {
        this.#keep(ready.slice(from, from + rowsAtOnce))
        await new Promise((resolve) => setImmediate(resolve))
      }
      this.#passCursors(now - this.#parts.windowMs())
      if (ready.length > 0) this.#save()
    }
  }

  #keep(rows: readonly Incoming[]): void {
    if (rows.length === 0) return
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

  /** What is kept of a text. */
  clean(record: { text: string; cut: number }): string {
    return this.#clean({ kind: 'line', text: record.text, count: record.cut }).text
  }

  /** Masked before anything is kept, and cut to what a line may be. */
  #clean(row: Pick<Incoming, 'kind' | 'text' | 'count'>): { text: string; cut: number } {
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
