/** One place where a pattern was found. */
export interface Hit {
  at: number
  length: number
}

/**
 * Finds any of many byte patterns (Wu and Manber's skips over two bytes at a time): the cost hardly grows with their number.
 * The leftmost hit wins, and of those the longest.
 */
export class Matcher {
  readonly #patterns: readonly Buffer[]
  readonly #byEnd = new Map<number, Buffer[]>()
  readonly #skips = new Uint8Array(65_536)
  readonly #least: number
  readonly #starts = new Map<number, Buffer[]>()

  /** Patterns of at least two bytes. */
  constructor(patterns: readonly Buffer[]) {
    this.#patterns = patterns.toSorted((a, b) => b.length - a.length)
    this.#least = Math.min(255, this.#patterns.at(-1)?.length ?? 2)
    this.#skips.fill(this.#least - 1)
    for (const pattern of this.#patterns) this.#add(pattern)
  }

  get size(): number {
    return this.#patterns.length
  }

  #add(pattern: Buffer): void {
    for (let end = 1; end < this.#least; end++) {
      const pair = ((pattern[end - 1] ?? 0) << 8) | (pattern[end] ?? 0)
      this.#skips[pair] = Math.min(this.#skips[pair] ?? 0, this.#least - 1 - end)
      if (end < this.#least - 1) continue
      this.#byEnd.set(pair, [...(this.#byEnd.get(pair) ?? []), pattern])
    }
    const first = pattern[0] ?? 0
    this.#starts.set(first, [...(this.#starts.get(first) ?? []), pattern])
  }

  /** The first hit at or after `from`, within `end`. */
  find(bytes: Buffer, from: number, end: number): Hit | null {
    const least = this.#least
    const skips = this.#skips
    let last = from + least - 1
    while (last < end) {
      const pair = ((bytes[last - 1] as number) << 8) | (bytes[last] as number)
      const skip = skips[pair] as number
      if (skip > 0) {
        last += skip
        continue
      }
      const at = last - least + 1
      for (const pattern of this.#byEnd.get(pair) ?? []) {
        const stop = at + pattern.length
        if (stop <= end && bytes.compare(pattern, 0, pattern.length, at, stop) === 0) return { at, length: pattern.length }
      }
      last += 1
    }
    return null
  }

  /** Where the longest end of `bytes` begins that may be the beginning of a pattern; `end` where there is none. */
  unfinished(bytes: Buffer, from: number, end: number): number {
    const longest = this.#patterns[0]?.length ?? 0
    for (let at = Math.max(from, end - longest + 1); at < end; at++) {
      const candidates = this.#starts.get(bytes[at] as number)
      if (candidates?.some((pattern) => pattern.length > end - at && bytes.compare(pattern, 0, end - at, at, end) === 0))
        return at
    }
    return end
  }
}
