import { appendFile, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { MaskedStream } from '../redaction'

export const logLimits = {
  fileBytes: 16 * 1024 * 1024,
  files: 4,
  lineBytes: 64 * 1024,
  pendingBytes: 8 * 1024 * 1024,
  flushMs: 40,
}
export type LogLimits = typeof logLimits

/** Numbered files, never renamed: a reader that has one open cannot lose its place. */
export const logFile = (folder: string, stream: string, number: number) =>
  join(folder, `${stream}.${String(number).padStart(8, '0')}.log`)

/** The numbers of a stream's files, oldest first. */
export async function logNumbers(folder: string, stream: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => [])
  return names
    .filter((name) => name.startsWith(`${stream}.`) && name.endsWith('.log'))
    .map((name) => Number(name.slice(stream.length + 1, -4)))
    .filter(Number.isSafeInteger)
    .toSorted((a, b) => a - b)
}

const newline = Buffer.from('\n')

/** Appends the lines of one stream, in batches. A record is `<ms> <instance> <cut> <bytes>\n`. */
export class LogWriter {
  private pending: Buffer[] = []
  private pendingBytes = 0
  private writing: Promise<void> | null = null
  private timer: NodeJS.Timeout | null = null
  private number = 0
  private size = -1
  private readonly paused = new Set<Readable>()

  constructor(
    private readonly folder: string,
    private readonly stream: string,
    private readonly limits: LogLimits = logLimits,
  ) {}

  /** Takes all that a program says, its secrets masked, stamped by the time at which it came. Pauses the program when the disk is slower than it. */
  take(source: Readable, instance: string, mask: MaskedStream | null) {
    let held: Buffer[] = []
    let heldBytes = 0
    const keep = (part: Buffer) => {
      const room = this.limits.lineBytes - Math.min(heldBytes, this.limits.lineBytes)
      if (room > 0 && part.length > 0) held.push(part.length > room ? part.subarray(0, room) : part)
      heldBytes += part.length
    }
    const end = () => {
      this.line(instance, held, Math.max(0, heldBytes - this.limits.lineBytes))
      held = []
      heldBytes = 0
    }
    const split = (chunk: Buffer) => {
      let from = 0
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
        keep(chunk.subarray(from, at))
        end()
        from = at + 1
      }
      keep(chunk.subarray(from))
    }
    source.on('data', (chunk: Buffer) => {
      split(mask ? mask.push(chunk) : chunk)
      if (this.pendingBytes > this.limits.pendingBytes) {
        source.pause()
        this.paused.add(source)
      }
    })
    source.once('close', () => {
      if (mask) split(mask.end())
      if (heldBytes > 0) end()
      this.paused.delete(source)
    })
    source.on('error', () => undefined)
  }

  /** One line of the supervisor's own about an instance. */
  say(instance: string, words: string) {
    this.line(instance, [Buffer.from(words)], 0)
  }

  private line(instance: string, parts: Buffer[], cut: number) {
    const head = Buffer.from(`${Date.now()} ${instance} ${cut} `, 'latin1')
    this.pending.push(head, ...parts, newline)
    this.pendingBytes += head.length + 1 + parts.reduce((sum, part) => sum + part.length, 0)
    this.timer ??= setTimeout(() => void this.flush(), this.limits.flushMs)
  }

  /** Writes what is pending. */
  async flush(): Promise<void> {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    while (this.pending.length > 0 || this.writing) {
      this.writing ??= this.write().finally(() => (this.writing = null))
      await this.writing
    }
  }

  private async write() {
    const batch = Buffer.concat(this.pending)
    this.pending = []
    this.pendingBytes = 0
    try {
      if (this.size < 0) await this.open()
      if (this.size > this.limits.fileBytes) await this.rotate()
      await appendFile(logFile(this.folder, this.stream, this.number), batch, { mode: 0o600 })
      this.size += batch.length
    } catch {
      // A full disk must not stop the programs; the next batch tries again, and the reader sees the hole in time.
      this.size = -1
    }
    for (const source of this.paused) source.resume()
    this.paused.clear()
  }

  private async open() {
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
    const last = (await logNumbers(this.folder, this.stream)).at(-1)
    // A new file after each start: the last record of the old one may be cut.
    this.number = (last ?? 0) + 1
    this.size = 0
    await this.prune()
  }

  private async rotate() {
    this.number += 1
    this.size = (await stat(logFile(this.folder, this.stream, this.number)).catch(() => null))?.size ?? 0
    await this.prune()
  }

  private async prune() {
    const numbers = await logNumbers(this.folder, this.stream)
    const over = numbers.filter((number) => number <= this.number - this.limits.files)
    await Promise.all(over.map((number) => rm(logFile(this.folder, this.stream, number), { force: true })))
  }
}
