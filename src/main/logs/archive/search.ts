import { existsSync, readFileSync } from 'node:fs'
import { zstdDecompressSync } from 'node:zlib'
import type { LogFilter } from '../../../shared/domain/log'
import { asksText, lineTest, type LineTest } from '../lines'
import { levels, rankOf } from '../parse/level'
import { formerHead } from './files'
import { isAscii, rowsWith } from './find'
import { frames, type Stretch } from './stretch'
import { SealedFiles, type Rows } from './sealed-rows'

/** What is looked for in files: the filter, and the histogram to count into. */
export interface FileQuery {
  filter: LogFilter
  /** Names of the sources that are shown. */
  sources: readonly string[]
  /** Lines that are handed back of one file at most, the newest; all are counted. */
  most: number
  from: number
  step: number
  buckets: number
}

export interface Hit {
  at: number
  source: string
  instance: string
  /** Rank; 0 for none. */
  level: number
  text: string
}

export interface FileAnswer {
  found: number
  /** Newest first. */
  hits: Hit[]
  counts: Uint32Array
  errors: Uint32Array
  rows: number
  bytes: number
  /** Files, and those of them that were not unpacked: what is at their head says that they cannot hold what is looked for. */
  files: number
  ruledOut: number
}

const nothingIn = (files: number, { buckets }: FileQuery): FileAnswer => ({
  found: 0,
  hits: [],
  counts: new Uint32Array(buckets),
  errors: new Uint32Array(buckets),
  rows: 0,
  bytes: 0,
  files,
  ruledOut: 0,
})

const errorRank = rankOf('error')

/** Looks through files for one question after another. */
export class FileSearch {
  readonly #files: SealedFiles
  #tests = new WeakMap<LogFilter, LineTest>()

  /** `keepBytes`: what of unpacked files may be held for the next question. */
  constructor(keepBytes: number) {
    this.#files = new SealedFiles(keepBytes)
  }

  /**
   * Looks through files, whole or still growing. One that is gone meanwhile, or cannot be read, has nothing.
   * Lines older than `least` are counted and not handed back.
   */
  search(paths: readonly string[], query: FileQuery, least: number): FileAnswer {
    const test = this.#tests.get(query.filter) ?? lineTest(query.filter)
    this.#tests.set(query.filter, test)
    const answer = nothingIn(paths.length, query)
    for (const path of paths) {
      try {
        for (const rows of this.#rowsOf(path)) searchRows(rows, query, test, least, answer)
      } catch {
        // Changed on disk, or gone.
      }
    }
    answer.hits.sort((a, b) => b.at - a.at)
    answer.hits.length = Math.min(answer.hits.length, query.most)
    return answer
  }

  /** Lets go what is held of files. */
  forget(): void {
    this.#files.forget()
  }

  *#rowsOf(path: string): Generator<Rows> {
    // One that was still growing may have been sealed since.
    const growing = path.endsWith('.open') && existsSync(path)
    const sealed = growing ? null : this.#files.open(path.replace(/open$/, 'zst'))
    if (sealed) yield sealed
    else for (const stretch of framesAt(growing ? path : path.replace(/open$/, 'zst'), growing)) yield rowsIn(stretch)
  }
}

/** Of a file that grows, or of one that was sealed before files said what they may hold. */
function framesAt(path: string, growing: boolean): Iterable<Stretch> {
  const file = readFileSync(path)
  if (growing) return frames(file)
  const former = formerHead(file)
  return former ? frames(zstdDecompressSync(file.subarray(former.body))) : []
}

/** Rows that lie in memory already: they rule nothing out. */
const rowsIn = (stretch: Stretch): Rows => ({
  rows: stretch.rows,
  textBytes: stretch.text.length,
  sources: new Map(Object.entries(stretch.sources).map(([number, name]) => [Number(number), name])),
  mayHold: () => true,
  asked: () => stretch.columns,
  bytes: () => stretch.text.toString('latin1'),
  instances: () => (place) => stretch.instances[stretch.columns.instance[place] as number] ?? '',
})

function searchRows(rows: Rows, query: FileQuery, test: LineTest, least: number, answer: FileAnswer): void {
  answer.rows += rows.rows
  answer.bytes += rows.textBytes
  const shown = new Set([...rows.sources].filter(([, name]) => query.sources.includes(name)).map(([number]) => number))
  if (shown.size === 0) return
  if (!rows.mayHold(test.literal)) {
    answer.ruledOut += 1
    return
  }
  const columns = rows.asked()
  const passing: number[] = []
  for (const place of placesIn(rows, test)) {
    if (columns.kind[place] !== 0 || !shown.has(columns.source[place] as number) || !passesColumns(columns, place, test)) continue
    if (!passesText(rows, place, test)) continue
    passing.push(place)
    const bucket = Math.floor(((columns.at[place] as number) - query.from) / query.step)
    if (bucket < 0 || bucket >= query.buckets) continue
    answer.counts[bucket] = (answer.counts[bucket] ?? 0) + 1
    if ((columns.level[place] as number) >= errorRank) answer.errors[bucket] = (answer.errors[bucket] ?? 0) + 1
  }
  answer.found += passing.length
  const newest = passing
    .filter((place) => (columns.at[place] as number) >= least)
    .toSorted((a, b) => (columns.at[b] as number) - (columns.at[a] as number))
    .slice(0, query.most)
  if (newest.length === 0) return
  const instanceOf = rows.instances()
  for (const place of newest) {
    answer.hits.push({
      at: columns.at[place] as number,
      source: rows.sources.get(columns.source[place] as number) ?? '',
      instance: instanceOf(place),
      level: columns.level[place] as number,
      text: textAt(rows, place),
    })
  }
}

/** The rows that may pass: those with the literal, where it is of ASCII; else all. */
function placesIn(rows: Rows, { literal }: LineTest): Iterable<number> {
  return literal !== '' && isAscii(literal)
    ? rowsWith(rows.bytes(), rows.asked().ends, literal, 0, rows.rows)
    : Array.from({ length: rows.rows }).keys()
}

/** Holding a literal of ASCII is sure by now. */
const passesText = (rows: Rows, place: number, test: LineTest) =>
  !asksText(test) || (test.literalIsAll && isAscii(test.literal)) || test.text(textAt(rows, place))

function passesColumns({ at, level, part }: ReturnType<Rows['asked']>, place: number, test: LineTest): boolean {
  const { range, floor, unmarkedPass, heads } = test
  const time = at[place] as number
  if (range !== null && (time < range.from || time > range.to)) return false
  if (heads && part[place] === 1) return false
  const rank = level[place] as number
  return floor === 0 || (rank === 0 ? unmarkedPass : rank >= floor)
}

function textAt(rows: Rows, place: number): string {
  const { ends } = rows.asked()
  const bytes = rows.bytes().slice(place === 0 ? 0 : (ends[place - 1] as number) + 1, ends[place])
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8')
}

export const levelOfHit = ({ level }: Hit) => levels[level] ?? null
