import type { Readable } from 'node:stream'
import type { DockerHost } from './host'

/** A line of a container, with the Engine's own stamp. */
export interface ContainerLine {
  at: number
  /** The stamp as it was written, to nanoseconds: where a follow goes on. */
  stamp: string
  text: string
  /** Bytes cut from its end. */
  cut: number
}

const longest = 64 * 1024

/** Takes apart the Engine's frames of standard output and standard error; a terminal's output has none. */
export class Frames {
  #rest: Buffer = Buffer.alloc(0)
  readonly #raw: boolean

  constructor(raw: boolean) {
    this.#raw = raw
  }

  /** The payloads in these bytes, by stream (1 output, 2 errors). */
  *take(chunk: Buffer): Generator<{ stream: number; bytes: Buffer }> {
    if (this.#raw) {
      yield { stream: 1, bytes: chunk }
      return
    }
    let rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    while (rest.length >= 8) {
      const size = rest.readUInt32BE(4)
      if (rest.length < 8 + size) break
      yield { stream: rest[0] ?? 1, bytes: rest.subarray(8, 8 + size) }
      rest = rest.subarray(8 + size)
    }
    this.#rest = rest
  }
}

/** Joins payloads to lines, each stream for itself. A line is cut at 64 KiB; the rest of it is counted. */
export class Lines {
  readonly #open = new Map<number, { parts: Buffer[]; size: number; cut: number }>()

  #keep(open: { parts: Buffer[]; size: number; cut: number }, bytes: Buffer) {
    const room = Math.max(0, longest - open.size)
    const kept = bytes.subarray(0, room)
    if (kept.length > 0) open.parts.push(kept)
    open.size += kept.length
    open.cut += bytes.length - kept.length
  }

  *take(stream: number, bytes: Buffer): Generator<{ text: string; cut: number }> {
    const open = this.#open.get(stream) ?? { parts: [], size: 0, cut: 0 }
    this.#open.set(stream, open)
    let from = 0
    for (;;) {
      const end = bytes.indexOf(10, from)
      this.#keep(open, bytes.subarray(from, end === -1 ? undefined : end))
      if (end === -1) return
      yield { text: Buffer.concat(open.parts).toString('utf8').replace(/\r$/, ''), cut: open.cut }
      open.parts = []
      open.size = 0
      open.cut = 0
      from = end + 1
    }
  }
}

const stamped = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z /

/** Splits the Engine's stamp from a line; null where it has none. */
export function split(text: string, cut: number): ContainerLine | null {
  const match = stamped.exec(text)
  if (!match) return null
  const [whole, second, fraction = '.0'] = match
  const at = Date.parse(`${second}Z`) + Math.floor(Number(`0${fraction}`) * 1000)
  return { at, stamp: `${second}${fraction}Z`, text: text.slice(whole.length), cut }
}

/** The last lines of a container, oldest first. */
export async function lastLines(
  host: DockerHost,
  name: string,
  tail: number,
  tty: boolean,
  signal: AbortSignal,
): Promise<ContainerLine[]> {
  const bytes = await host.ask(`read the output of ${name}`, signal, (docker) =>
    docker.getContainer(name).logs({ follow: false, stdout: true, stderr: true, timestamps: true, tail }),
  )
  return [...linesIn([bytes], tty)]
}

function* linesIn(chunks: readonly Buffer[], tty: boolean): Generator<ContainerLine> {
  const [frames, lines] = [new Frames(tty), new Lines()]
  for (const chunk of chunks) {
    for (const { stream, bytes } of frames.take(chunk)) {
      for (const { text, cut } of lines.take(stream, bytes)) {
        const line = split(text, cut)
        if (line) yield line
      }
    }
  }
}

/** The lines of a container from `since` (its own stamp, that one included) on, as they come, until it ends or the signal aborts. */
export async function* followLines(
  host: DockerHost,
  name: string,
  { since, tty }: { since: string; tty: boolean },
  signal: AbortSignal,
): AsyncGenerator<ContainerLine[]> {
  const stream = (await host.ask(`follow the output of ${name}`, signal, (docker) =>
    docker.getContainer(name).logs({
      follow: true,
      stdout: true,
      stderr: true,
      timestamps: true,
      ...(since === '' ? {} : { since: epochOf(since) as unknown as number }),
    }),
  )) as unknown as Readable
  const [frames, lines] = [new Frames(tty), new Lines()]
  const end = () => stream.destroy()
  signal.addEventListener('abort', end, { once: true })
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const found: ContainerLine[] = []
      for (const { stream: which, bytes } of frames.take(chunk)) {
        for (const { text, cut } of lines.take(which, bytes)) {
          const line = split(text, cut)
          if (line) found.push(line)
        }
      }
      if (found.length > 0) yield found
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', end)
    stream.destroy()
  }
}

/** A stamp as the Engine takes it: seconds and nanoseconds. */
function epochOf(stamp: string): string {
  const [second = '', fraction = '0'] = stamp.replace(/Z$/, '').split('.')
  return `${Math.floor(Date.parse(`${second}Z`) / 1000)}.${fraction.padEnd(9, '0')}`
}
