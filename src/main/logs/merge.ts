import type { Kind } from './segment'

/** A row on its way into the timeline. */
export interface Incoming {
  at: number
  kind: Kind
  source: number
  instance: string
  text: string
  count: number
  /** Grows within a source. */
  seq: number
  arrived: number
  /** Written before the source was followed: never called late. */
  history: boolean
  late: boolean
  came: number
  part: boolean
  /** The rank that the source gives; 0 where it says nothing. */
  level: number
}

/**
 * Puts the rows of many sources in order by their own time. Each waits for `windowMs` after its arrival,
 * so that a neighbour that comes a little later still goes before it; what comes later than that is late.
 */
export class Merge {
  readonly #windowMs: () => number
  #waiting: Incoming[] = []
  #shownUpTo = -Infinity

  constructor(windowMs: () => number) {
    this.#windowMs = windowMs
  }

  get size(): number {
    return this.#waiting.length
  }

  add(row: Incoming): void {
    this.#waiting.push(row)
  }

  /** The rows whose turn has come, in order; `rank` orders sources at equal times. */
  release(now: number, rank: (source: number) => number): Incoming[] {
    const limit = now - this.#windowMs()
    const before = this.#shownUpTo
    let upTo = before
    // A clock ahead of ours must not drag the others along: nothing is shown up to later than the limit.
    for (const row of this.#waiting) if (row.arrived <= limit) upTo = Math.max(upTo, Math.min(row.at, limit))
    const ready: Incoming[] = []
    const waiting: Incoming[] = []
    for (const row of this.#waiting) {
      if (row.arrived > limit && row.at > upTo) {
        waiting.push(row)
        continue
      }
      row.late = row.at < before && !row.history
      ready.push(row)
    }
    this.#waiting = waiting
    this.#shownUpTo = upTo
    return ready.sort((a, b) => a.at - b.at || rank(a.source) - rank(b.source) || a.seq - b.seq)
  }
}
