import { existsSync, readFileSync } from 'node:fs'
import { zstdDecompressSync } from 'node:zlib'
import type { LogFilter } from '../../../shared/domain/log'
import { asksText, lineTest, type LineTest } from '../lines'
import { levels, rankOf } from '../parse/level'
import { sealedHead } from './files'
import { frames, type Stretch } from './stretch'

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
}

// Most files fit into one piece, so that it need not be put together from many.
const atOnce = 4 * 1024 * 1024
const errorRank = rankOf('error')
const texts = new WeakMap<LogFilter, LineTest>()

function testOf(filter: LogFilter): LineTest {
  const known = texts.get(filter) ?? lineTest(filter)
  texts.set(filter, known)
  return known
}

/** Reads a file, whole or still growing, and looks through it. A file that is gone meanwhile, or cannot be read, has nothing. */
export function searchFile(path: string, query: FileQuery): FileAnswer {
  const answer: FileAnswer = {
    found: 0,
    hits: [],
    counts: new Uint32Array(query.buckets),
    errors: new Uint32Array(query.buckets),
    rows: 0,
    bytes: 0,
  }
  for (const stretch of stretchesOf(path)) searchStretch(stretch, query, testOf(query.filter), answer)
  answer.hits.sort((a, b) => b.at - a.at)
  answer.hits.length = Math.min(answer.hits.length, query.most)
  return answer
}

function stretchesOf(path: string): Iterable<Stretch> {
  try {
    // One that was still growing may have been sealed since.
    const growing = path.endsWith('.open') && existsSync(path)
    const file = readFileSync(growing ? path : path.replace(/open$/, 'zst'))
    if (growing) return frames(file)
    const head = sealedHead(file)
    return head ? frames(zstdDecompressSync(file.subarray(head.body), { chunkSize: atOnce })) : []
  } catch {
    return []
  }
}

/** Signs that have no other case, in a row: they are found in the bytes as they lie. */
const caseless = /[^a-z\u0080-\uffff]{3,}/g
const anchorOf = (literal: string) =>
  [...literal.matchAll(caseless)].map(([run]) => run).toSorted((a, b) => b.length - a.length)[0] ?? null

/** Marks the rows that may hold the literal; those that hold it for certain where it has nothing beyond ASCII. As Latin-1: one sign a byte, so that offsets hold. */
function marked(text: Buffer, ends: Uint32Array, literal: string): Uint8Array {
  const marks = new Uint8Array(ends.length)
  if (literal === '' || !isAscii(literal)) return marks.fill(1)
  const anchor = anchorOf(literal)
  if (anchor !== null) return anchored(text, ends, literal, Buffer.from(anchor, 'latin1'), marks)
  const all = text.toString('latin1').toLowerCase()
  let place = 0
  for (let hit = all.indexOf(literal); hit >= 0; hit = all.indexOf(literal, ends[place - 1])) {
    while ((ends[place] as number) <= hit) place++
    marks[place++] = 1
    if (place >= ends.length) break
  }
  return marks
}

/** As `marked`, where only rows with the anchor are looked at. */
function anchored(text: Buffer, ends: Uint32Array, literal: string, anchor: Buffer, marks: Uint8Array): Uint8Array {
  let place = 0
  for (let hit = text.indexOf(anchor); hit >= 0; hit = text.indexOf(anchor, ends[place - 1])) {
    while ((ends[place] as number) <= hit) place++
    const from = place === 0 ? 0 : (ends[place - 1] as number) + 1
    if (text.toString('latin1', from, ends[place]).toLowerCase().includes(literal)) marks[place] = 1
    place += 1
    if (place >= ends.length) break
  }
  return marks
}

function searchStretch(stretch: Stretch, query: FileQuery, test: LineTest, answer: FileAnswer): void {
  const { columns, text } = stretch
  answer.rows += stretch.rows
  answer.bytes += text.length

  const shown = new Set(
    Object.entries(stretch.sources)
      .filter(([, name]) => query.sources.includes(name))
      .map(([number]) => Number(number)),
  )
  if (shown.size === 0) return
  const asks = asksText(test)
  const marks = asks ? marked(text, columns.ends, test.literal) : null
  // A literal beyond ASCII marks every row: then the text itself is asked.
  const sure = test.literalIsAll && (marks === null || isAscii(test.literal))
  const passing: number[] = []
  for (let place = 0; place < stretch.rows; place++) {
    if (columns.kind[place] !== 0 || (marks && marks[place] === 0) || !shown.has(columns.source[place] as number)) continue
    if (!passesColumns(columns, place, test)) continue
    if (asks && !sure && !test.text(textAt(stretch, place))) continue
    passing.push(place)
    const bucket = Math.floor(((columns.at[place] as number) - query.from) / query.step)
    if (bucket < 0 || bucket >= query.buckets) continue
    answer.counts[bucket] = (answer.counts[bucket] ?? 0) + 1
    if ((columns.level[place] as number) >= errorRank) answer.errors[bucket] = (answer.errors[bucket] ?? 0) + 1
  }
  answer.found += passing.length
  const newest = passing.toSorted((a, b) => (columns.at[b] as number) - (columns.at[a] as number)).slice(0, query.most)
  for (const place of newest) answer.hits.push(hitAt(stretch, place))
}

// oxlint-disable-next-line no-control-regex -- all of ASCII is meant
const isAscii = (text: string) => /^[\u0000-\u007f]*$/.test(text)

function passesColumns({ at, level, part }: Stretch['columns'], place: number, test: LineTest): boolean {
  const { range, floor, unmarkedPass, heads } = test
  const time = at[place] as number
  if (range !== null && (time < range.from || time > range.to)) return false
  if (heads && part[place] === 1) return false
  const rank = level[place] as number
  return floor === 0 || (rank === 0 ? unmarkedPass : rank >= floor)
}

function textAt({ columns, text }: Stretch, place: number): string {
  const from = place === 0 ? 0 : (columns.ends[place - 1] as number) + 1
  return text.toString('utf8', from, columns.ends[place])
}

const hitAt = (stretch: Stretch, place: number): Hit => ({
  at: stretch.columns.at[place] as number,
  source: stretch.sources[stretch.columns.source[place] as number] ?? '',
  instance: stretch.instances[stretch.columns.instance[place] as number] ?? '',
  level: stretch.columns.level[place] as number,
  text: textAt(stretch, place),
})

export const levelOfHit = ({ level }: Hit) => levels[level] ?? null
