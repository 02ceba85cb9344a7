import type { LogSource, SourceStatus } from '../../shared/domain/log'
import { LinkLost, ProblemError, type Problem } from '../../shared/domain/problem'
import type { Clock } from '../ports'
import type { LogPiece, LogRecord } from '../providers/provider'
import { mayContinue, ownTime } from './stamp'
import { problem, words } from './text'

/** What a tail hands on: a line, or that nothing is known. */
export type TailRow =
  | { kind: 'line'; at: number; instance: string; text: string; cut: number; history: boolean }
  | { kind: 'gap'; at: number; text: string; dropped: number; history: boolean }

export interface TailPorts {
  clock: Clock
  follow(source: LogSource, since: number, signal: AbortSignal): AsyncIterable<LogPiece>
  /** Called before a source is followed: makes its secrets known to the redactor, or throws why it cannot be shown. */
  prepare(source: LogSource, signal: AbortSignal): Promise<void>
  take(rows: TailRow[]): void
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
  #lastAt = 0
  /** Records at the last time, counted: a source that goes on from there sends them again. */
  #atLast = new Map<string, number>()
  #behind = 0
  #stamps = new Map<string, number>()
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
    return { sourceId: this.source.id, state: lagging ? 'lagging' : this.#state, rate: this.#rateAt(now), problem: this.#problem }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports
    let pause = backOff.first
    let lostAt: number | null = null
    while (!signal.aborted) {
      const began = clock.now()
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
        pause = clock.now() - began > backOff.most ? backOff.first : Math.min(pause * 2, backOff.most)
        await clock.sleep(pause, signal).catch(() => {})
      }
    }
  }

  async #followOnce(signal: AbortSignal, lostAt: number | null): Promise<void> {
    const { clock, follow, prepare, take, room } = this.#ports
    const followedFrom = clock.now()
    const repeated = new Map(this.#atLast)
    let live = false
    const goLive = () => {
      if (live || signal.aborted) return
      live = true
      if (lostAt !== null) this.#gap(words.back(this.source.name, Math.round((clock.now() - lostAt) / 1000)))
      this.#set('live', null)
    }
    await prepare(this.source, signal)
    const over = new AbortController()
    // A quiet source says nothing at all: it is live when it has not failed for a moment.
    void clock.sleep(quietUntilLive, AbortSignal.any([signal, over.signal])).then(goLive, () => {})
    try {
      for await (const piece of follow(this.source, this.#lastAt, signal)) {
        if (signal.aborted) return
        goLive()
        const rows = piece.kind === 'gap' ? [gapOf(piece, followedFrom)] : this.#fresh(piece.records, repeated, followedFrom)
        if (rows.length > 0) take(rows)
        await room(signal)
      }
    } finally {
      over.abort()
    }
  }

  /** The records that were not taken before, as rows. */
  #fresh(records: readonly LogRecord[], repeated: Map<string, number>, followedFrom: number): TailRow[] {
    const rows: TailRow[] = []
    const resumedAt = this.#lastAt
    for (const record of records) {
      const key = `${record.instance}\n${record.text}`
      if (repeated.size > 0 && record.at <= resumedAt) {
        const times = repeated.get(key) ?? 0
        if (record.at < resumedAt) continue
        if (times > 0) {
          repeated.set(key, times - 1)
          continue
        }
      }
      if (record.at > this.#lastAt) {
        this.#lastAt = record.at
        this.#atLast.clear()
      }
      if (record.at === this.#lastAt) this.#atLast.set(key, (this.#atLast.get(key) ?? 0) + 1)
      rows.push({
        kind: 'line',
        at: this.#timeOf(record),
        instance: record.instance,
        text: record.text,
        cut: record.cut,
        history: record.at < followedFrom,
      })
    }
    // Once it has passed the place where it broke off, nothing can come twice.
    if (this.#lastAt > resumedAt) repeated.clear()
    // What is read back says nothing of how fast lines come.
    this.#count(rows.filter((row) => !row.history).length)
    return rows
  }

  /** A line without a stamp belongs to the stamped one before it, as the lines of a stack trace do. */
  #timeOf(record: LogRecord): number {
    const own = ownTime(record.text, record.at)
    if (!Number.isNaN(own)) {
      this.#stamps.set(record.instance, own)
      return own
    }
    if (!mayContinue(record.text)) return record.at
    const before = this.#stamps.get(record.instance)
    return before !== undefined && record.at - before < 1000 ? before : record.at
  }

  #gap(text: string): void {
    this.#ports.take([{ kind: 'gap', at: this.#ports.clock.now(), text, dropped: 0, history: false }])
  }

  #count(lines: number): void {
    const now = this.#ports.clock.now()
    this.#behind = lines > 0 ? Math.max(0, now - this.#lastAt) : this.#behind
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

const gapOf = (piece: Extract<LogPiece, { kind: 'gap' }>, followedFrom: number): TailRow => ({
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
