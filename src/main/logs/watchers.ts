import type { LogFilter, LogRow } from '../../shared/domain/log'
import { sieveOf, type Sieve } from './filter'
import type { Kept } from './kept'

interface Watcher {
  sources: readonly string[]
  sieve: Sieve
  /** What was written before is not new. */
  since: number
  heard(row: LogRow): void
}

const lateMs = 60_000

/** Those who want to hear of lines that pass a filter, without a view. */
export function watchers(kept: Kept, now: () => number) {
  const all = new Set<Watcher>()
  return {
    sources: (): string[] => [...all].flatMap(({ sources }) => sources),
    /** Answers a function that ends it. Throws `pattern-wrong`. */
    add(sources: readonly string[], filter: LogFilter, heard: (row: LogRow) => void): () => void {
      const shown = filter.sources === null ? sources : sources.filter((id) => filter.sources?.includes(id))
      const sieve = sieveOf(kept, new Set(shown.map((id) => kept.sourceNumber(id))), filter)
      const watcher = { sources, sieve, since: now() - lateMs, heard }
      all.add(watcher)
      return () => void all.delete(watcher)
    },
    offer(slots: readonly number[]): void {
      for (const { sieve, since, heard } of all)
        for (const slot of slots) if (kept.isLine(slot) && kept.atOf(slot) >= since && sieve.passes(slot)) heard(kept.row(slot))
    },
  }
}
