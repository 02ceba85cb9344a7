import { createGzip } from 'node:zlib'
import { Readable } from 'node:stream'
import type { LogRow } from '../../shared/domain/log'
import type { View } from './view'

export interface ExportForm {
  format: 'jsonl' | 'text'
  gzip: boolean
}

const rowsAtOnce = 2000
const partBytes = 256 * 1024

const stamp = (at: number) => new Date(at).toISOString()

/** Signs that would act on a terminal are written as what they are. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const acting = /[\u0000-\u0008\u000b-\u001f\u007f]/g
const inert = (text: string) => text.replaceAll(acting, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`)

function textLine(row: LogRow, nameOf: (source: string) => string): string {
  switch (row.kind) {
    case 'line':
      return `${stamp(row.at)} ${nameOf(row.source)} ${row.instance} ${inert(row.text)}${row.cut > 0 ? ` [${row.cut} bytes more]` : ''}`
    case 'gap':
      return `${stamp(row.at)} -- ${row.words}${row.dropped > 0 ? ` (${row.dropped} lines)` : ''}`
    case 'marker':
      return `${stamp(row.at)} == ${row.words}`
    default:
      return row satisfies never
  }
}

function jsonLine(row: LogRow, nameOf: (source: string) => string): string {
  const { seq: _, at, ...rest } = row
  return JSON.stringify({ time: stamp(at), ...(rest.kind === 'line' ? { name: nameOf(rest.source) } : {}), ...rest })
}

/** The bytes of a file with all rows of a view, in parts, and how many rows were taken for them. */
export async function* exported(
  view: View,
  { format, gzip }: ExportForm,
  nameOf: (source: string) => string,
  signal: AbortSignal,
): AsyncGenerator<{ base64: string; rows: number; of: number }> {
  const of = view.matching
  let rows = 0
  const line = format === 'jsonl' ? jsonLine : textLine
  async function* texts() {
    for (const some of view.all(rowsAtOnce)) {
      signal.throwIfAborted()
      rows += some.length
      yield Buffer.from(some.map((row) => `${line(row, nameOf)}\n`).join(''))
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const bytes: AsyncIterable<Buffer> = gzip ? Readable.from(texts(), { objectMode: false }).pipe(createGzip()) : texts()
  let waiting: Buffer[] = []
  let size = 0
  for await (const chunk of bytes) {
    waiting.push(chunk)
    size += chunk.length
    if (size < partBytes) continue
    yield { base64: Buffer.concat(waiting).toString('base64'), rows, of }
    waiting = []
    size = 0
  }
  yield { base64: Buffer.concat(waiting).toString('base64'), rows, of }
}
