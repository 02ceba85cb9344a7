import type { Level, LogSource, SourceStatus } from '../../shared/domain/log'
import { LinkLost, ProblemError, type Problem } from '../../shared/domain/problem'
import type { Clock } from '../ports'
import { goesOn, type Fold } from './parse/fold'
import { ownTime } from './parse/time'
import type { Zone } from './parse/stamp'
import { Resume, type KeptBefore } from './resume'
import type { ResumeFrom, SourcePiece, SourceRecord } from './source'
import { problem, words } from './text'

/** What a tail hands on: a line, or that nothing is known. */
export type TailRow =
  | {
      kind: 'line'
      at: number
      /** When its source says that it was written: what it is found again by. */
      came: number
      instance: string
      text: string
      cut: number
      history: boolean
      /** It goes on with the line before it of the same instance, as the lines of a stack trace do. */
      part: boolean
      /** What the source says of its level, where the text says nothing. */
      level: Level | null
    }
  | { kind: 'gap'; at: number; text: string; dropped: number; history: boolean }

export interface TailPorts {
  clock: Clock
  follow(source: LogSource, from: ResumeFrom, signal: AbortSignal): AsyncIterable<SourcePiece>
  /** Called before a source is followed: makes its secrets known to the redactor, or throws why it cannot be shown. */
  prepare(source: LogSource, signal: AbortSignal): Promise<void>
  /** `cursor`: where the source goes on behind these. */
  take(rows: TailRow[], cursor: string | undefined): void
  /** What was kept of it before this start, and how a text is kept. Asked once. */
  before?(source: LogSource): Promise<KeptBefore>
  clean?(record: SourceRecord): string
  /** Whether times are put right by what the source's clock is ahead. */
  correctsSkew?(): boolean
  /** Resolves when there is room for more. */
  room(signal: AbortSignal): Promise<void>
  /** The state changed. */
  changed(): void
}

const backOff = { first: 250, most: 15_000 }
const quietUntilLive = 2_000
const laggingAfter = 5_000

/** One source, followed while a view has it. Remembers where it was, so that a line is taken once over interruptions. */
export class Tail {
  readonly source: LogSource
  readonly #ports: TailPorts
  #stop: AbortController | null = null
  #state: SourceStatus['state'] = 'connecting'
  #problem: Problem | null = null
  readonly #resume = new Resume()
  #knowsBefore = false
  #said = false
  #behind = 0
  #skewMs: number | null = null
  #zoneName = ''
  #zone: Zone = null
  /** The last stamp of each instance, and what the lines before say of the next. */
  #last = new Map<string, { at: number; fold: Fold }>()
  readonly #rate = { second: 0, lines: 0, before: 0 }

  constructor(source: LogSource, ports: TailPorts) {
    this.source = source
    this.#ports = ports
  }

  start(): void {
    if (this.#stop) return
    const stop = new AbortController()
    this.#stop = stop
    this.#set('connecting', null)
    void this.#run(stop.signal)
  }

  stop(): void {
    this.#stop?.abort()
    this.#stop = null
  }

  status(now: number): SourceStatus {
    const lagging = this.#state === 'live' && this.#behind > laggingAfter
    return {
      sourceId: this.source.id,
      state: lagging ? 'lagging' : this.#state,
      rate: this.#rateAt(now),
      lagMs: Math.round(this.#behind),
      skewMs: this.#skewMs === null ? null : Math.round(this.#skewMs),
      zone: this.#zone === null ? null : { eastMs: this.#zone, name: this.#zoneName },
      problem: this.#problem,
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports
    let pause = backOff.first
    let lostAt: number | null = null
    while (!signal.aborted) {
      const began = clock.now()
      this.#said = false
      try {
        await this.#followOnce(signal, lostAt)
        if (!signal.aborted) this.#set('ended', null)
        return
      } catch (error) {
        if (signal.aborted) return
        const why = problemOf(error, this.source.name)
        if (this.#state === 'live') lostAt = null
        if (lostAt === null) this.#gap(words.lost(this.source.name, why.message))
        lostAt ??= clock.now()
        this.#set('failed', why)
        // One that said something is no source that cannot be read: its way was cut.
        pause = this.#said || clock.now() - began > backOff.most ? backOff.first : Math.min(pause * 2, backOff.most)
        await clock.sleep(pause, signal).catch(() => {})
      }
    }
  }

  async #followOnce(signal: AbortSignal, lostAt: number | null): Promise<void> {
    const { clock, follow, prepare, room } = this.#ports
    const followedFrom = clock.now()
    let live = false
    const goLive = () => {
      if (live || signal.aborted) return
      live = true
      if (lostAt !== null) this.#gap(words.back(this.source.name, Math.round((clock.now() - lostAt) / 1000)))
      this.#set('live', null)
    }
    await prepare(this.source, signal)
    await this.#recall()
    const over = new AbortController()
    // A quiet source says nothing at all: it is live when it has not failed for a moment.
    void clock.sleep(quietUntilLive, AbortSignal.any([signal, over.signal])).then(goLive, () => {})
    try {
      for await (const piece of follow(this.source, this.#resume.begin(), signal)) {
        if (signal.aborted) return
        goLive()
        this.#take(piece, followedFrom)
        await room(signal)
      }
    } finally {
      over.abort()
    }
  }

  async #recall(): Promise<void> {
    if (this.#knowsBefore) return
    const { before, clean } = this.#ports
    if (before) this.#resume.continueFrom(await before(this.source), (record) => clean?.(record) ?? record.text)
    this.#knowsBefore = true
  }

  #take(piece: SourcePiece, followedFrom: number): void {
    const { take, changed } = this.#ports
    switch (piece.kind) {
      case 'gap':
        return take([gapOf(piece, followedFrom)], undefined)
      case 'place':
        this.#skewMs = piece.skewMs
        this.#zone = piece.zoneMs
        this.#zoneName = piece.zoneName
        return changed()
      case 'records':
        this.#said ||= piece.records.length > 0
        return take(this.#fresh(piece.records, piece.cursor, followedFrom), piece.cursor)
      default:
        return piece satisfies never
    }
  }

  /** The records that were not taken before, as rows. */
  #fresh(records: readonly SourceRecord[], cursor: string | undefined, followedFrom: number): TailRow[] {
    const rows: TailRow[] = []
    const ahead = this.#ports.correctsSkew?.() ? (this.#skewMs ?? 0) : 0
    let newest = 0
    let live = 0
    for (const record of records) {
      const fresh = this.#resume.fresh(record)
      const { at, part } = this.#placeOf(record)
      if (!fresh) continue
      const history = record.at - (this.#skewMs ?? 0) < followedFrom
      if (!history) live += 1
      newest = Math.max(newest, record.at)
      rows.push({
        kind: 'line',
        at: at - ahead,
        came: record.at,
        instance: record.instance,
        text: record.text,
        cut: record.cut,
        history,
        part,
        level: record.level ?? null,
      })
    }
    this.#resume.took(cursor)
    // What is read back says nothing of how fast lines come.
    this.#count(live, newest)
    return rows
  }

  /** A line without a stamp belongs to the stamped one before it, as the lines of a stack trace do. A JSON line stands for itself. */
  #placeOf(record: SourceRecord): { at: number; part: boolean } {
    const { text, instance } = record
    const own = ownTime(text, record.at, this.#zone)
    const object = text.charCodeAt(0) === 123
    const before = this.#last.get(instance)
    const { part, fold } =
      Number.isNaN(own) && !object ? goesOn(text, before?.fold ?? 'none') : { part: false, fold: 'none' as const }
    if (!Number.isNaN(own)) {
      this.#last.set(instance, { at: own, fold })
      return { at: own, part }
    }
    if (object) return { at: record.at, part }
    const near = before !== undefined && record.at - before.at < 1000
    this.#last.set(instance, { at: near ? before.at : part ? record.at : NaN, fold })
    return { at: near ? before.at : record.at, part: part && before !== undefined }
  }

  #gap(text: string): void {
    this.#ports.take([{ kind: 'gap', at: this.#ports.clock.now(), text, dropped: 0, history: false }], undefined)
  }

  #count(lines: number, newest: number): void {
    const now = this.#ports.clock.now()
    this.#behind = lines > 0 ? Math.max(0, now - newest + (this.#skewMs ?? 0)) : this.#behind
    this.#turnSecond(now)
    this.#rate.lines += lines
  }

  #turnSecond(now: number): void {
    const second = Math.floor(now / 1000)
    if (second === this.#rate.second) return
    this.#rate.before = second === this.#rate.second + 1 ? this.#rate.lines : 0
    this.#rate.second = second
    this.#rate.lines = 0
  }

  /** Lines of the last whole second, weighed with those of this one. */
  #rateAt(now: number): number {
    this.#turnSecond(now)
    return Math.round(this.#rate.before * (1 - (now % 1000) / 1000) + this.#rate.lines)
  }

  #set(state: SourceStatus['state'], why: Problem | null): void {
    this.#state = state
    this.#problem = why
    this.#ports.changed()
  }
}

const gapOf = (piece: Extract<SourcePiece, { kind: 'gap' }>, followedFrom: number): TailRow => ({
  kind: 'gap',
  at: piece.at,
  text: piece.words,
  dropped: piece.dropped,
  history: piece.at < followedFrom,
})

function problemOf(error: unknown, name: string): Problem {
  if (error instanceof ProblemError || error instanceof LinkLost) return error.problem
  return problem('source-broken', { name }, error).problem
}
