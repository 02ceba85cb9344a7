import { promisify } from 'node:util'
import { crc32, gzip } from 'node:zlib'

const deflated = promisify(gzip)

/** How hard is packed: not at all, quickly, well. */
type Level = 0 | 1 | 6
const megabyte = 1024 * 1024
/** Packed at once, off this thread; and after how many of those it is judged. */
const partBytes = megabyte
const judgedBytes = 4 * megabyte
/** Links below which it pays to pack quickly, and well: far less than a processor packs. Bytes a millisecond. */
const [slow, verySlow] = [20_000, 4000]
/** A link's buffers take the first megabytes at once: only the third time it is believed that nobody waits for it. */
const believed = 3

/** What went out in a span of time, and how much of that time one waited for the way out. Milliseconds. */
export interface Spent {
  bytes: number
  waiting: number
  whole: number
}

/** Says how hard to pack, by what became of the last: harder for a slow link that is waited for, less where packing is waited for. */
export function pacer() {
  let level: Level = 1
  let idle = 0
  return {
    get level() {
      return level
    },
    next({ bytes, waiting, whole }: Spent): void {
      const rate = bytes / Math.max(whole, 1)
      idle = waiting < whole / 4 || rate > slow ? idle + 1 : 0
      if (idle >= believed) [level, idle] = [level === 6 ? 1 : 0, 0]
      else if (waiting < whole / 2) return
      else if (rate < verySlow && level > 0) level = 6
      else if (rate < slow && level === 0) level = 1
    },
  }
}

const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
const storedBytes = 65_535

/** A member of a gzip that holds the bytes as they are. */
function stored(part: Buffer): Buffer {
  const pieces: Buffer[] = [head]
  for (let at = 0; at < part.length; at += storedBytes) {
    const block = part.subarray(at, at + storedBytes)
    const mark = Buffer.alloc(5)
    mark.writeUInt8(at + storedBytes >= part.length ? 1 : 0)
    mark.writeUInt16LE(block.length, 1)
    mark.writeUInt16LE(block.length ^ 0xffff, 3)
    pieces.push(mark, block)
  }
  const tail = Buffer.alloc(8)
  tail.writeUInt32LE(crc32(part))
  tail.writeUInt32LE(part.length, 4)
  return Buffer.concat([...pieces, tail])
}

async function* parts(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let kept: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of source) {
    kept.push(chunk)
    bytes += chunk.byteLength
    if (bytes < partBytes) continue
    yield Buffer.concat(kept)
    ;[kept, bytes] = [[], 0]
  }
  if (bytes > 0) yield Buffer.concat(kept)
}

/**
 * The bytes as gzip, packed as hard as the way out leaves time for: one member after another, each packed as the last ones suggest.
 * `now` is in milliseconds. Whoever takes them must not take many ahead: what is waited for could not be told.
 */
export async function* packed(source: AsyncIterable<Uint8Array>, now: () => number): AsyncGenerator<Uint8Array> {
  const pace = pacer()
  let begun = now()
  let [read, bytes, waiting] = [0, 0, 0]
  for await (const part of parts(source)) {
    const member = pace.level === 0 ? stored(part) : await deflated(part, { level: pace.level })
    const ready = now()
    yield member
    waiting += now() - ready
    bytes += member.length
    read += part.length
    if (read < judgedBytes) continue
    pace.next({ bytes, waiting, whole: now() - begun })
    ;[read, bytes, waiting, begun] = [0, 0, 0, now()]
  }
}
