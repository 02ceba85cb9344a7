import type { ExportPart, Histogram, LogBatch } from '../../../../shared/api/logs'
import type { LogFilter, LogRow } from '../../../../shared/domain/log'
import { client } from '../../client'
import type { LogLine, LogMarker } from './buffer'

/** Rows that one question brings. */
export const windowRows = 1000

export type ExportFormat = 'jsonl' | 'text'

let viewId: string | null = null

export interface Part {
  from: number
  matching: number
  rows: LogRow[]
}

/** Runs a call of the open view; a view that is just being opened anew answers nothing. */
async function quietly<T>(call: (id: string) => Promise<T>): Promise<T | null> {
  if (!viewId) return null
  return await call(viewId).catch(() => null)
}

/** The one view that the page has open in main. */
export const view = {
  async open(sources: string[], filter: LogFilter, signal: AbortSignal): Promise<AsyncIterable<LogBatch>> {
    viewId = (await client.logs.open({ sources, filter }, { signal })).viewId
    return await client.logs.follow({ viewId }, { signal })
  },
  close() {
    const id = viewId
    viewId = null
    if (id) void client.logs.close({ viewId: id }).catch(() => undefined)
  },
  ack(batch: number) {
    void quietly((id) => client.logs.ack({ viewId: id, batch }))
  },
  /** Throws what is wrong with the filter. */
  async setFilter(filter: LogFilter): Promise<void> {
    if (viewId) await client.logs.setFilter({ viewId, filter })
  },
  setSources: (sources: string[]) => quietly((id) => client.logs.setSources({ viewId: id, sources })),
  window: (from: number): Promise<Part | null> =>
    quietly((id) => client.logs.window({ viewId: id, from: Math.max(0, from), count: windowRows })),
  findError: (from: number, direction: 'next' | 'previous') =>
    quietly((id) => client.logs.findError({ viewId: id, from, direction })),
  placeOf: (at: number) => quietly((id) => client.logs.placeOf({ viewId: id, at })),
  histogram: (buckets: number, range?: { from: number; to: number }): Promise<Histogram | null> =>
    quietly((id) => client.logs.histogram({ viewId: id, buckets, ...(range && { range }) })),
  /** All rows that pass, as the bytes of a file, part by part. */
  async export(format: ExportFormat, gzip: boolean, signal: AbortSignal): Promise<AsyncIterable<ExportPart>> {
    if (!viewId) throw new Error('no view is open')
    return await client.logs.export({ viewId, format, gzip }, { signal })
  },
  /** The newest that pass, where about so many do. */
  async tail(matching: number): Promise<Part | null> {
    const part = await view.window(matching - windowRows)
    if (!part) return null
    // Where more or fewer pass than the page knew of, that was not the end: a new filter leaves few of many.
    const short = part.rows.length < Math.min(windowRows, part.matching) || part.from + part.rows.length < part.matching
    return (short ? await view.window(part.matching - windowRows) : null) ?? part
  },
}

/** Rows of another filter, without touching what is shown. */
async function aside(sources: string[], filter: LogFilter): Promise<LogRow[]> {
  const { viewId: id } = await client.logs.open({ sources, filter })
  try {
    return (await client.logs.window({ viewId: id, from: 0, count: 2000 })).rows
  } finally {
    void client.logs.close({ viewId: id }).catch(() => undefined)
  }
}

/** The lines that go on with one, as far as they came within the minute. */
export async function partsOf(line: LogLine, plain: LogFilter): Promise<string[]> {
  const rows = await aside([line.source], { ...plain, folded: false, range: { from: line.at, to: line.at + 60_000 } })
  const own = rows.filter((row): row is LogLine => row.kind === 'line' && row.instance === line.instance)
  const head = own.findIndex((row) => row.at === line.at && row.text === line.text)
  const end = own.findIndex((row, index) => index > head && !row.part)
  return head < 0 ? [] : own.slice(head + 1, end < 0 ? undefined : end).map((row) => row.text)
}

/** The deploys among the lines of these sources: markers pass every filter. */
export async function markersAmong(sources: string[], plain: LogFilter): Promise<LogMarker[]> {
  const nothing: LogFilter = { ...plain, level: 'fatal', fields: [{ key: 'no-such-field', value: '-', exclude: false }] }
  return (await aside(sources, nothing)).filter((row) => row.kind === 'marker')
}
