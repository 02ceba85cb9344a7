import { LogFilter, type LogFilterInput } from '../../shared/domain/log'
import type { LogFound } from '../../shared/api/logs'
import type { Archive } from './archive/archive'
import { levelOfHit, type FileAnswer, type Hit } from './archive/search'
import type { Searchers } from './archive/searchers'
import { lineTest } from './lines'

export interface SearchQuestion {
  sources: readonly string[]
  filter: LogFilterInput
  limit: number
  buckets: number
}

const tellMs = 100

/** Looks through all that is kept, newest first, and tells what it has found so far while it goes on. */
export async function* searchKept(
  archive: Archive,
  { sources, filter: asked, limit, buckets }: SearchQuestion,
  searchers: Searchers,
  now: () => number,
  signal: AbortSignal,
): AsyncGenerator<LogFound> {
  const filter = LogFilter.parse(asked)
  // A pattern that is wrong is told before any file is read.
  lineTest(filter)
  const span = filter.range ?? archive.span ?? { from: 0, to: 0 }
  const step = Math.max(1, Math.ceil((span.to - span.from + 1) / buckets))
  const wanted = filter.sources === null ? sources : sources.filter((id) => filter.sources?.includes(id))
  const files = archive.files(filter.range, new Set(wanted))
  const query = { filter, sources: [...wanted], most: limit, from: span.from, step, buckets }
  const sum = {
    found: 0,
    rows: 0,
    bytes: 0,
    files: 0,
    ruledOut: 0,
    counts: new Uint32Array(buckets),
    errors: new Uint32Array(buckets),
  }
  let hits: Hit[] = []
  const told = (done: boolean): LogFound => ({
    lines: hits.map((hit) => ({ ...hit, level: levelOfHit(hit) })),
    found: sum.found,
    histogram: { from: span.from, step, counts: [...sum.counts], errors: [...sum.errors] },
    searched: { files: sum.files, of: files.length, ruledOut: sum.ruledOut, rows: sum.rows, bytes: sum.bytes },
    done,
  })
  let last = -Infinity
  let shown = 0
  for await (const answer of searchers.search(
    files,
    query,
    () => (hits.length < limit ? -Infinity : (hits.at(-1)?.at ?? -Infinity)),
    signal,
  )) {
    hits = add(sum, hits, answer, limit)
    // What is found first is shown at once.
    if (now() - last < tellMs && !(shown === 0 && hits.length > 0)) continue
    last = now()
    shown = hits.length
    yield told(false)
  }
  if (!signal.aborted) yield told(true)
}

function add(
  sum: { found: number; rows: number; bytes: number; files: number; ruledOut: number; counts: Uint32Array; errors: Uint32Array },
  hits: Hit[],
  answer: FileAnswer,
  limit: number,
): Hit[] {
  sum.found += answer.found
  sum.rows += answer.rows
  sum.bytes += answer.bytes
  sum.files += answer.files
  sum.ruledOut += answer.ruledOut
  for (const [bucket, count] of answer.counts.entries()) sum.counts[bucket] = (sum.counts[bucket] ?? 0) + count
  for (const [bucket, count] of answer.errors.entries()) sum.errors[bucket] = (sum.errors[bucket] ?? 0) + count
  if (answer.hits.length === 0) return hits
  return [...hits, ...answer.hits].sort((a, b) => b.at - a.at).slice(0, limit)
}
