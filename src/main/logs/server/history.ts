import { randomBytes } from 'node:crypto'
import type { ServerOrigin } from '../../../shared/domain/log'
import type { RemoteProcess, ServerLink } from '../../ssh/link'
import { timeIn } from '../parse/time'
import type { Zone } from '../parse/stamp'
import { Cutter, type CutLine } from './cutter'
import { Frames } from './frames'
import { endsWithReader, historyScript } from './history-script'
import { entryOf } from './journal-entry'
import { asked } from './journal'
import { lastWordsOf } from './last-words'
import { problem } from './text'
import type { SourceRecord } from '../source'

/** What is looked for where the lines lie. */
export interface ThereQuery {
  /** Of ASCII, without a line break: what every line holds that is wanted. Case is ignored. */
  word: string
  range: { from: number; to: number } | null
  /** Lines of one file, and of a journal: the newest. */
  most: number
  /** The server's zone, for stamps that name none. */
  zone: Zone
}

/** A line as it was found. `at` is null where it says no time and follows none that does. */
export type ThereLine = Omit<SourceRecord, 'at'> & { at: number | null }

export type TherePiece =
  /** This much came over the link. */
  | { kind: 'came'; bytes: number }
  /** A file is looked through there. Its size is that on disk. */
  | { kind: 'file'; path: string; bytes: number }
  | { kind: 'lines'; lines: ThereLine[] }
  /** A file that was not looked through. */
  | { kind: 'left'; path: string }
  | { kind: 'older'; files: number }

/** Looks for a word on a server: only lines that hold it come. Ends there what it began, however it ends. */
export function searchThere(
  link: ServerLink,
  origin: Exclude<ServerOrigin, { kind: 'container' }>,
  query: ThereQuery,
  signal: AbortSignal,
): AsyncGenerator<TherePiece> {
  return origin.kind === 'file' ? inFiles(link, origin.path, query, signal) : inJournal(link, origin.unit, query, signal)
}

async function* inFiles(link: ServerLink, path: string, query: ThereQuery, signal: AbortSignal): AsyncGenerator<TherePiece> {
  const nonce = randomBytes(16).toString('hex')
  const command = ['/bin/sh', '-c', `eval "$(dd bs=1 count=${Buffer.byteLength(historyScript)} 2>/dev/null)"`]
  const program = await link.start(command, { root: true }, signal)
  const why = lastWordsOf(program)
  const since = Math.floor((query.range?.from ?? 0) / 1000)
  program.stdin.write(`${historyScript}${[nonce, query.most, since, query.word, path].join('\n')}\n`)
  const frames = new Frames(nonce)
  const file = new FoundIn(query.zone)
  let whole = false
  try {
    for await (const chunk of program.stdout as AsyncIterable<Buffer>) {
      yield { kind: 'came', bytes: chunk.length }
      for (const { head, bytes, first } of frames.take(chunk)) {
        if (first) {
          yield* file.finish()
          const [what = '', one = '', two = ''] = head.split(' ')
          if (what === 'E') whole = true
          else if (what === 'O') yield { kind: 'older', files: Number(one) }
          else if (what === 'U') yield { kind: 'left', path: head.split(' ').slice(2).join(' ') }
          else if (what === 'F') {
            const name = head.split(' ').slice(3).join(' ')
            file.begin(name, Number(two) * 1000)
            yield { kind: 'file', path: name, bytes: Number(one) }
          }
        } else yield* file.take(bytes)
      }
      if (whole) return
    }
    throw problem('log-reader-ended', { server: link.name, what: 'its files', why: why() })
  } finally {
    program.kill()
  }
}

/** The lines of the file that is looked through just now. */
class FoundIn {
  readonly #zone: Zone
  #cutter = new Cutter()
  #path = ''
  #writtenAt = 0

  constructor(zone: Zone) {
    this.#zone = zone
  }

  begin(path: string, writtenAt: number): void {
    this.#cutter = new Cutter()
    this.#path = path
    this.#writtenAt = writtenAt
  }

  *take(bytes: Buffer): Generator<TherePiece> {
    yield* this.#said(this.#cutter.take(bytes))
  }

  *finish(): Generator<TherePiece> {
    yield* this.#said(this.#cutter.finish())
  }

  *#said(cut: readonly CutLine[]): Generator<TherePiece> {
    const lines = cut.flatMap((one): ThereLine[] => {
      const colon = one.text.indexOf(':')
      if (colon < 1) return []
      const text = one.text.slice(colon + 1)
      const at = timeIn(text, this.#writtenAt, this.#zone)
      return [{ at: Number.isNaN(at) ? null : at, instance: `${this.#path}:${one.text.slice(0, colon)}`, text, cut: one.cut }]
    })
    if (lines.length > 0) yield { kind: 'lines', lines }
  }
}

const longestEntry = 1024 * 1024
const seconds = (ms: number) => `@${Math.floor(ms / 1000)}`

/**
 * The journal is asked for the word alone: a level is not passed on, as a line that says ERROR is an error here whatever priority its
 * program gave it.
 */
async function* inJournal(
  link: ServerLink,
  unit: string | null,
  { word, range, most }: ThereQuery,
  signal: AbortSignal,
): AsyncGenerator<TherePiece> {
  const limits = [`--lines=${most}`, '--reverse', '--case-sensitive=no', `--grep=${patternOf(word)}`]
  const span = range ? [`--since=${seconds(range.from)}`, `--until=${seconds(range.to + 999)}`] : []
  const program = await link.start(endsWithReader(asked([unit], ...limits, ...span)), { root: true }, signal)
  const why = lastWordsOf(program)
  const cutter = new Cutter(longestEntry)
  // What the journal takes on disk is not asked.
  yield { kind: 'file', path: unit ?? 'the whole journal', bytes: 0 }
  try {
    for await (const chunk of program.stdout as AsyncIterable<Buffer>) {
      yield { kind: 'came', bytes: chunk.length }
      const lines = cutter.take(chunk).flatMap(({ text }) => entryOf(text)?.records ?? [])
      if (lines.length > 0) yield { kind: 'lines', lines }
    }
    await refusal(link, program, why)
  } finally {
    program.kill()
  }
}

async function refusal(link: ServerLink, program: RemoteProcess, why: () => string): Promise<void> {
  const { code } = await program.ended
  if (code === 127) throw problem('journal-missing', { server: link.name })
  // 1 without a word: there is no such line.
  if (code === 0 || (code === 1 && why() === 'it did not say why')) return
  if (/pattern matching/i.test(why())) throw problem('journal-cannot-search', { server: link.name })
  throw problem('journal-refused', { server: link.name, why: why() })
}

/** Of a text as it stands, for PCRE. */
const patternOf = (word: string) => word.replaceAll(/[^A-Za-z0-9 ]/g, String.raw`\$&`)
