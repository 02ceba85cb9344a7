import { crc32, constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { gramsOf } from './grams'
import { bytesOf, columnsIn, type ColumnArrays, type Stretch, type StretchHead } from './stretch'

/** What is known of a sealed file without reading its rows. */
export interface About {
  number: number
  rows: number
  oldest: number
  newest: number
  sources: string[]
}

/** The rows of a file that is to be sealed. */
export interface Filled {
  about: About
  head: StretchHead
  arrays: ColumnArrays
  text: Uint8Array
}

/** The columns that a search asks, and those that only a row that is shown needs. */
const asked = ['at', 'ends', 'source', 'level', 'kind', 'part'] as const
const rest = ['came', 'count', 'instance', 'parts', 'late'] as const

/** How long each part of the file is, packed and not. */
type Length = readonly [packed: number, whole: number]
export interface SealedHead extends About {
  /** What the names of `sources` are in the columns, one after another. */
  numbers: number[]
  grams: number
  /** Whether its text has nothing beyond ASCII. */
  ascii: boolean
  parts: { asked: Length; rest: Length; text: Length }
}

const magic = Buffer.from('slipway logs 2\n')
const preamble = magic.length + 8

function pack(part: Buffer): { packed: Buffer; length: Length } {
  // The checksum is verified while it is unpacked.
  const packed = zstdCompressSync(part, { params: { [constants.ZSTD_c_checksumFlag]: 1 } })
  return { packed, length: [packed.length, part.length] }
}

/** The bytes of a sealed file: the magic, a checksum and the length of the head, the head, its runs (see grams), and three packed parts. */
export function sealedBytes({ about, head, arrays, text: written }: Filled): Buffer {
  const text = Buffer.from(written.buffer, written.byteOffset, written.byteLength)
  const column = (name: keyof ColumnArrays) => bytesOf(arrays[name].subarray(0, head.rows))
  const words = Buffer.from(JSON.stringify(head))
  const parts = [asked.map(column), [...rest.map(column), words], [text]].map((part) => pack(Buffer.concat(part)))
  const [first, second, third] = parts.map(({ length }) => length) as [Length, Length, Length]
  const { grams, ascii } = gramsOf(text)
  const numbers = Object.keys(head.sources).map(Number)
  const full: SealedHead = { ...about, numbers, grams: grams.length, ascii, parts: { asked: first, rest: second, text: third } }
  const json = Buffer.from(JSON.stringify(full))
  const start = Buffer.alloc(8)
  start.writeUInt32LE(crc32(grams, crc32(json)), 0)
  start.writeUInt32LE(json.length, 4)
  return Buffer.concat([magic, start, json, grams, ...parts.map(({ packed }) => packed)])
}

/** How many bytes at the beginning of a file are needed to know what is in it; null where it is not of this form. */
export function headLength(start: Buffer): number | null {
  if (!start.subarray(0, magic.length).equals(magic) || start.length < preamble) return null
  return preamble + start.readUInt32LE(magic.length + 4)
}

/** The head, unproven: whoever relies on its runs asks `provenHead`. */
export function headIn(start: Buffer): SealedHead | null {
  const length = headLength(start)
  if (length === null || start.length < length) return null
  try {
    return JSON.parse(start.toString('utf8', preamble, length)) as SealedHead
  } catch {
    return null
  }
}

/** The head and its runs as they were written, and where the parts begin; null where any of it was changed. */
export function provenHead(start: Buffer): { head: SealedHead; grams: Buffer; parts: number } | null {
  const head = headIn(start)
  const length = headLength(start)
  if (head === null || length === null || start.length < length + head.grams) return null
  const parts = length + head.grams
  if (crc32(start.subarray(preamble, parts)) !== start.readUInt32LE(magic.length)) return null
  return { head, grams: start.subarray(length, parts), parts }
}

const unpack = (bytes: Buffer, [, whole]: Length) =>
  zstdDecompressSync(bytes, { chunkSize: Math.max(64, whole + 64), maxOutputLength: Math.max(1, whole) })

/** Where the packed parts lie in a file. */
export function placesOf({ parts }: SealedHead, begin: number) {
  const rest = begin + parts.asked[0]
  const text = rest + parts.rest[0]
  return { asked: [begin, parts.asked[0]], rest: [rest, parts.rest[0]], text: [text, parts.text[0]] } as const
}

export type AskedColumns = Pick<ColumnArrays, (typeof asked)[number]>
type RestColumns = Pick<ColumnArrays, (typeof rest)[number]>

export const askedColumns = (packed: Buffer, head: SealedHead): AskedColumns =>
  columnsIn(unpack(packed, head.parts.asked), asked, head.rows).columns

export function restOf(packed: Buffer, head: SealedHead): { columns: RestColumns; head: StretchHead } {
  const whole = unpack(packed, head.parts.rest)
  const { columns, end } = columnsIn(whole, rest, head.rows)
  return { columns, head: JSON.parse(whole.toString('utf8', end)) as StretchHead }
}

export const textOf = (packed: Buffer, head: SealedHead): Buffer => unpack(packed, head.parts.text)

/** All that is in a file; null where it was changed. Throws where a part cannot be unpacked. */
export function stretchIn(file: Buffer): Stretch | null {
  const proven = provenHead(file)
  if (!proven) return null
  const { head } = proven
  const places = placesOf(head, proven.parts)
  const part = ([from, length]: readonly [number, number]) => file.subarray(from, from + length)
  const { columns, head: words } = restOf(part(places.rest), head)
  const text = textOf(part(places.text), head)
  return { ...words, columns: { ...askedColumns(part(places.asked), head), ...columns }, text, frameBytes: file.length }
}
