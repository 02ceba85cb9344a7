import { crc32 } from 'node:zlib'

/** The columns of a row: how many bytes each takes. The order is that on disk. */
const widths = {
  at: 8,
  came: 8,
  count: 4,
  ends: 4,
  source: 2,
  instance: 2,
  parts: 2,
  level: 1,
  late: 1,
  kind: 1,
  part: 1,
} as const
type Column = keyof typeof widths
const columns = Object.keys(widths) as Column[]

export interface ColumnArrays {
  at: Float64Array
  came: Float64Array
  count: Uint32Array
  /** Where the text of each row ends, in bytes from the beginning of the texts. A line break follows each. */
  ends: Uint32Array
  source: Uint16Array
  instance: Uint16Array
  parts: Uint16Array
  level: Uint8Array
  late: Uint8Array
  kind: Uint8Array
  part: Uint8Array
}

/** What stands beside the rows. Numbers are those of the columns. */
export interface StretchHead {
  rows: number
  sources: Record<string, string>
  instances: Record<string, string>
  /** By the place of the row. */
  markers: Record<string, { runId: string; releaseId: string | null }>
  /** Where sources that can be read from a place go on behind these rows. */
  cursors: Record<string, string>
}

/** Rows that follow each other in a stretch, as they lie on disk. */
export interface Stretch extends StretchHead {
  /** What the frame takes in its file. */
  frameBytes: number
  columns: ColumnArrays
  text: Buffer
}

const made = {
  8: (bytes: ArrayBuffer) => new Float64Array(bytes),
  4: (bytes: ArrayBuffer) => new Uint32Array(bytes),
  2: (bytes: ArrayBuffer) => new Uint16Array(bytes),
  1: (bytes: ArrayBuffer) => new Uint8Array(bytes),
}

export const bytesOf = (array: ArrayBufferView) => Buffer.from(array.buffer, array.byteOffset, array.byteLength)

/** A frame: its length, a checksum, the head and the rows from `from` on. `ends` count from the beginning of these texts. */
export function encode(head: StretchHead, arrays: ColumnArrays, from: number, text: Buffer): Buffer {
  const to = from + head.rows
  const words = Buffer.from(JSON.stringify(head))
  const base = from === 0 ? 0 : (arrays.ends[from - 1] as number) + 1
  const ends = arrays.ends.slice(from, to).map((end) => end - base)
  const parts = columns.map((name) => bytesOf(name === 'ends' ? ends : arrays[name].subarray(from, to)))
  const body = Buffer.concat([uint(words.length), words, ...parts, text])
  return Buffer.concat([uint(body.length), uint(crc32(body)), body])
}

function uint(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** The frames of a file, up to the first that is not whole: what was being written when the program ended. */
export function* frames(file: Buffer): Generator<Stretch> {
  for (let at = 0; at + 8 <= file.length;) {
    const length = file.readUInt32LE(at)
    const body = file.subarray(at + 8, at + 8 + length)
    if (body.length < length || length < 4 || crc32(body) !== file.readUInt32LE(at + 4)) return
    yield { ...decode(body), frameBytes: 8 + length }
    at += 8 + length
  }
}

function decode(body: Buffer): Omit<Stretch, 'frameBytes'> {
  const headEnd = 4 + body.readUInt32LE(0)
  const head = JSON.parse(body.toString('utf8', 4, headEnd)) as StretchHead
  const { columns: arrays, end } = columnsIn(body.subarray(headEnd), columns, head.rows)
  return { ...head, columns: arrays, text: body.subarray(headEnd + end) }
}

/** Columns as they lie after each other, and where the last one ends. */
export function columnsIn<C extends Column>(bytes: Buffer, names: readonly C[], rows: number) {
  let at = 0
  const arrays = names.map((name) => {
    // A copy, because the columns of a file lie where they fall.
    const copy = new ArrayBuffer(widths[name] * rows)
    bytes.copy(new Uint8Array(copy), 0, at, at + copy.byteLength)
    at += copy.byteLength
    return [name, made[widths[name]](copy)]
  })
  return { columns: Object.fromEntries(arrays) as unknown as Pick<ColumnArrays, C>, end: at }
}
