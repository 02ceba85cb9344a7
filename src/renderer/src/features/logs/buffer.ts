import type { LogRow } from '../../../../shared/domain/log'

/** The rows that the page holds: a run of neighbours among all that pass the filter. */
export interface Buffer {
  /** Place of the first held row among those that pass. */
  base: number
  rows: LogRow[]
  /** How many pass in all. */
  matching: number
  /** Whether the places are main's own: rows that were followed may be off by what came late. */
  exact: boolean
}

export const emptyBuffer: Buffer = { base: 0, rows: [], matching: 0, exact: true }

export type LogLine = Extract<LogRow, { kind: 'line' }>
export type LogMarker = Extract<LogRow, { kind: 'marker' }>

/** Rows held at most; main keeps the rest. */
export const heldRows = 20_000
/** Rows that a view can scroll over: an element has a greatest height (1.5 M rows of 20 px stay under it). */
export const reachableRows = 1_500_000

/** Puts a late row in its place by time; most rows go to the end. */
function placed(rows: LogRow[], row: LogRow) {
  let at = rows.length
  while (at > 0 && (rows[at - 1]?.at ?? 0) > row.at) at -= 1
  rows.splice(at, 0, row)
}

/** The buffer while following: the batch at its end, the oldest rows let go. */
export function appended(buffer: Buffer, rows: readonly LogRow[], matching: number, skipped: number): Buffer {
  // Rows that this reader was too slow for lie between: what is held would no longer be neighbours.
  const held = skipped > 0 ? [] : buffer.rows.slice(Math.max(0, buffer.rows.length + rows.length - heldRows))
  for (const row of rows) {
    if (row.kind === 'line' && row.late) placed(held, row)
    else held.push(row)
  }
  const kept = held.length > heldRows ? held.slice(-heldRows) : held
  return { base: Math.max(0, matching - kept.length), rows: kept, matching, exact: false }
}

/** The buffer as a window that was fetched. */
export const windowed = (part: { from: number; rows: LogRow[]; matching: number }): Buffer => ({
  base: part.from,
  rows: part.rows,
  matching: part.matching,
  exact: true,
})

/** Joins a window that was fetched to what is held, or replaces it where they do not touch. */
export function joined(buffer: Buffer, part: { from: number; rows: LogRow[]; matching: number }): Buffer {
  const end = buffer.base + buffer.rows.length
  const partEnd = part.from + part.rows.length
  const touches = part.from <= end && partEnd >= buffer.base
  if (!touches || !buffer.exact || buffer.rows.length === 0) return windowed(part)
  const before = part.from < buffer.base ? part.rows.slice(0, buffer.base - part.from) : []
  const after = partEnd > end ? part.rows.slice(end - part.from) : []
  const rows = [...before, ...buffer.rows, ...after]
  const base = Math.min(part.from, buffer.base)
  if (rows.length <= heldRows) return { base, rows, matching: part.matching, exact: true }
  // Let go of the far side.
  return before.length > 0
    ? { base, rows: rows.slice(0, heldRows), matching: part.matching, exact: true }
    : { base: base + rows.length - heldRows, rows: rows.slice(-heldRows), matching: part.matching, exact: true }
}

export const rowAt = (buffer: Buffer, place: number): LogRow | undefined => buffer.rows[place - buffer.base]

const isLine = (row: LogRow | undefined): row is LogLine => row?.kind === 'line'

/** The held line before or after another; without one, the line at a place, or the newest. */
export function neighbour(buffer: Buffer, line: LogLine | null, by: -1 | 0 | 1, at: number | null): LogLine | null {
  const { rows } = buffer
  const place = line ? rows.findLastIndex((row) => row.kind === 'line' && row.seq === line.seq && row.source === line.source) : -1
  if (!line || place < 0) {
    const here = at === null ? undefined : rowAt(buffer, at)
    return isLine(here) ? here : (rows.findLast(isLine) ?? null)
  }
  if (by === 0) return line
  for (let i = place + by; i >= 0 && i < rows.length; i += by) {
    const row = rows[i]
    if (isLine(row)) return row
  }
  return line
}
