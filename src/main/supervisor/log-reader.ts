import { open, type FileHandle } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { logFile, logLimits, logNumbers } from './log-writer'

/** One line as it was written. `cut` counts the bytes left out of one that was too long. */
interface LogRecord {
  at: number
  instance: string
  text: string
  cut: number
}

type LogPiece = { kind: 'records'; records: LogRecord[] } | { kind: 'gap'; at: number; words: string; dropped: number }

const chunkBytes = 256 * 1024

function parse(line: Buffer): LogRecord | null {
  const a = line.indexOf(32)
  const b = line.indexOf(32, a + 1)
  const c = line.indexOf(32, b + 1)
  if (a < 1 || b < 0 || c < 0) return null
  const at = Number(line.toString('latin1', 0, a))
  const cut = Number(line.toString('latin1', b + 1, c))
  if (!Number.isSafeInteger(at) || !Number.isSafeInteger(cut)) return null
  return { at, instance: line.toString('latin1', a + 1, b), cut, text: line.toString('utf8', c + 1) }
}

/** The records in whole lines of `bytes`, and how many bytes they took. */
function recordsIn(bytes: Buffer, since: number): { records: LogRecord[]; used: number } {
  const records: LogRecord[] = []
  let from = 0
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, from)) {
    const record = parse(bytes.subarray(from, at))
    if (record && record.at >= since) records.push(record)
    from = at + 1
  }
  return { records, used: from }
}

class Reader {
  private file: FileHandle | null = null
  private number = 0
  private offset = 0
  private rest: Buffer = Buffer.alloc(0)

  constructor(
    private readonly folder: string,
    private readonly stream: string,
    private readonly since: number,
  ) {}

  /** The next pieces; empty where nothing new is there. */
  async next(): Promise<LogPiece[]> {
    if (!this.file && !(await this.advance())) return []
    let pieces = await this.read()
    // What is older than `since` gives no piece, and is passed over without a pause.
    while (pieces.length === 0 && !this.atEnd) pieces = await this.read()
    if (pieces.length > 0) return pieces
    const numbers = await logNumbers(this.folder, this.stream)
    if (!numbers.some((number) => number > this.number)) return []
    // The writer left this file before it made the next: one more look sees its very end.
    const last = await this.read()
    if (this.atEnd) return [...last, ...(await this.turn(numbers))]
    return last
  }

  async close() {
    await this.file?.close()
  }

  private atEnd = false

  private async read(): Promise<LogPiece[]> {
    if (!this.file) return []
    const buffer = Buffer.allocUnsafe(chunkBytes)
    const { bytesRead } = await this.file.read(buffer, 0, chunkBytes, this.offset)
    this.offset += bytesRead
    this.atEnd = bytesRead === 0
    if (bytesRead === 0) return []
    const bytes = Buffer.concat([this.rest, buffer.subarray(0, bytesRead)])
    const { records, used } = recordsIn(bytes, this.since)
    this.rest = bytes.subarray(used)
    return records.length > 0 ? [{ kind: 'records', records }] : []
  }

  private async turn(numbers: readonly number[]): Promise<LogPiece[]> {
    const before = this.number
    const following = numbers.find((number) => number > before)
    if (following === undefined) return []
    await this.advance()
    const lost = this.number - before - 1
    const words = `${lost} older log ${lost === 1 ? 'file was' : 'files were'} removed before it could be read`
    return lost > 0 ? [{ kind: 'gap', at: Date.now(), words, dropped: 0 }] : []
  }

  private async advance(): Promise<boolean> {
    for (const number of await logNumbers(this.folder, this.stream)) {
      if (number <= this.number) continue
      const file = await open(logFile(this.folder, this.stream, number), 'r').catch(() => null)
      if (!file) continue
      await this.file?.close()
      this.file = file
      this.number = number
      this.offset = 0
      this.rest = Buffer.alloc(0)
      return true
    }
    return false
  }
}

/** Reads a stream's files from `since`, then as they grow, until the signal aborts. Nothing is lost or doubled by rotation. */
export async function* followLog(
  folder: string,
  stream: string,
  since: number,
  signal: AbortSignal,
  pollMs = logLimits.flushMs,
): AsyncGenerator<LogPiece> {
  const reader = new Reader(folder, stream, since)
  let idle = 0
  try {
    while (!signal.aborted) {
      const pieces = await reader.next()
      yield* pieces
      idle = pieces.length > 0 ? 0 : Math.min(idle + 1, 10)
      if (idle > 0) await sleep(pollMs * idle, undefined, { signal }).catch(() => undefined)
    }
  } finally {
    await reader.close()
  }
}

/** The last lines of one instance, oldest first. */
export async function lastLines(folder: string, stream: string, instance: string, count: number): Promise<string[]> {
  const lines: string[] = []
  for (const number of (await logNumbers(folder, stream)).toReversed()) {
    const file = await open(logFile(folder, stream, number), 'r').catch(() => null)
    if (!file) continue
    try {
      const { size } = await file.stat()
      const length = Math.min(size, 4 * 1024 * 1024)
      const buffer = Buffer.alloc(length)
      await file.read(buffer, 0, length, size - length)
      const { records } = recordsIn(buffer, 0)
      lines.unshift(...records.filter((record) => record.instance === instance).map((record) => record.text))
    } finally {
      await file.close()
    }
    if (lines.length >= count) break
  }
  return lines.slice(-count)
}
