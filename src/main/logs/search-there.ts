import type { LogThere, ServerLook } from '../../shared/api/logs'
import { LogFilter, type LogFilterInput, type LogSource } from '../../shared/domain/log'
import { LinkLost, ProblemError, type Problem } from '../../shared/domain/problem'
import type { Clock } from '../ports'
import { lineTest, type LineTest } from './lines'
import { levelOf, levels, rankOf } from './parse/level'
import type { TherePiece, ThereLine, ThereQuery } from './server'
import { problem } from './text'

/** Looks for a word where the lines of a source lie. */
export type SearchThere = (source: LogSource, query: Omit<ThereQuery, 'zone'>, signal: AbortSignal) => AsyncIterable<TherePiece>

export interface ThereParts {
  sources: readonly LogSource[]
  search: SearchThere
  /** Masks a line as it is masked before it is kept. */
  clean(line: { text: string; cut: number }): string
  clock: Clock
}

/** What one source may bring. */
const mostLines = 1000
const mostBytes = 4 * 1024 * 1024
const mostMs = 120_000
const atOnce = 8
const tellMs = 100

type Found = LogThere['lines'][number]
/** Where the search of one source stands. What was found of each file is in the order in which it was written. */
interface Look {
  look: ServerLook
  found: Found[][]
}

/**
 * The longest stretch of ASCII in a literal: every line that holds the literal, case ignored, holds it too, and so a server needs to know
 * nothing of other alphabets. Throws `log-search-word` where there is not enough to look for.
 */
function wordOf({ literal }: LineTest): string {
  const runs = literal.split(/[^\u0020-\u007e]+/)
  const word = runs.toSorted((a, b) => b.length - a.length)[0] ?? ''
  if (word.trim().length < 2) throw problem('log-search-word', {})
  return word
}

/** Asks servers for lines that are not kept here. Tells what came so far while it goes on; the rest of the filter is asked here. */
export async function* searchServers(
  { filter: asked, limit }: { filter: LogFilterInput; limit: number },
  { sources, search, clean, clock }: ThereParts,
  signal: AbortSignal,
): AsyncGenerator<LogThere> {
  const filter = LogFilter.parse(asked)
  const test = lineTest(filter)
  const query = { word: wordOf(test), range: filter.range, most: mostLines }
  const wanted = filter.sources === null ? sources : sources.filter(({ id }) => filter.sources?.includes(id))
  const looks = wanted.map(({ id }): Look => ({ look: waiting(id), found: [] }))
  const one = async (at: number) => {
    const [source, state] = [wanted[at], looks[at]]
    if (source && state) await lookThere(source, state, query, { search, clock, keep: keeper(source, test, clean) }, signal)
  }
  let next = 0
  const lane = async () => {
    while (next < looks.length && !signal.aborted) await one(next++)
  }
  const told = (done: boolean): LogThere => ({
    lines: looks
      .flatMap(({ found }) => found.flatMap((file) => file.toReversed()))
      .toSorted((a, b) => (b.at ?? -1) - (a.at ?? -1))
      .slice(0, limit),
    looks: looks.map(({ look }) => ({ ...look })),
    done,
  })
  const all = Promise.all(Array.from({ length: atOnce }, lane)).then(() => true)
  all.catch(() => {})
  const later = () =>
    clock.sleep(tellMs, signal).then(
      () => false,
      () => false,
    )
  do yield told(false)
  while (!(await Promise.race([all, later()])) && !signal.aborted)
  if (!signal.aborted) yield told(true)
}

const waiting = (source: string): ServerLook => ({
  source,
  state: 'waiting',
  files: 0,
  older: 0,
  readBytes: 0,
  cameBytes: 0,
  lines: 0,
  passed: 0,
  left: [],
  cut: null,
  problem: null,
})

/** What of a line is shown: masked, with its level, where it passes; null otherwise. */
function keeper(source: LogSource, test: LineTest, clean: ThereParts['clean']) {
  return (line: ThereLine): Found | null => {
    const text = clean(line)
    const rank = levelOf(text) || (line.level ? rankOf(line.level) : 0)
    const { range, floor, unmarkedPass } = test
    // A line that says no time may be of any.
    if (range !== null && line.at !== null && (line.at < range.from || line.at > range.to)) return null
    if (floor > 0 && !(rank === 0 ? unmarkedPass : rank >= floor)) return null
    if (!test.text(text)) return null
    return { at: line.at, source: source.id, instance: line.instance, level: levels[rank] ?? null, text }
  }
}

interface Lookout {
  search: SearchThere
  clock: Clock
  keep(line: ThereLine): Found | null
}

async function lookThere(
  source: LogSource,
  { look, found }: Look,
  query: Omit<ThereQuery, 'zone'>,
  { search, clock, keep }: Lookout,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController()
  const ended = AbortSignal.any([signal, stop.signal])
  const late = clock.sleep(mostMs, ended).then(
    () => {
      look.cut = 'time'
      stop.abort()
    },
    () => {},
  )
  look.state = 'looking'
  try {
    for await (const piece of search(source, query, ended)) {
      take(piece, look, found, keep)
      look.cut ??= look.lines >= query.most ? 'lines' : look.cameBytes > mostBytes ? 'bytes' : null
      if (look.cut) break
    }
    look.state = 'done'
  } catch (error) {
    look.state = look.cut ? 'done' : 'failed'
    if (!look.cut) look.problem = problemIn(error, source)
  } finally {
    stop.abort()
    await late
  }
}

function problemIn(error: unknown, { name }: LogSource): Problem {
  if (error instanceof ProblemError || error instanceof LinkLost) return error.problem
  return problem('log-search-broken', { name }).problem
}

function take(piece: TherePiece, look: ServerLook, found: Found[][], keep: Lookout['keep']): void {
  switch (piece.kind) {
    case 'came':
      look.cameBytes += piece.bytes
      return
    case 'file':
      look.files += 1
      found.push([])
      look.readBytes += piece.bytes
      return
    case 'older':
      look.older += piece.files
      return
    case 'left':
      look.left.push(piece.path)
      return
    case 'lines':
      for (const line of piece.lines) {
        const kept = keep(line)
        look.lines += 1
        if (!kept) continue
        look.passed += 1
        found.at(-1)?.push(kept)
      }
      return
    default:
      piece satisfies never
  }
}
