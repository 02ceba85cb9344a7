import { create } from 'zustand'
import type { LogRow } from '../../../../shared/domain/log'
import type { LogLine } from './buffer'

/** A line that somebody wants to find again. */
export type Bookmark = Pick<LogLine, 'at' | 'source' | 'instance' | 'level' | 'text'>

const place = 'slipway-logs-bookmarks'
const most = 500

function kept(): Bookmark[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(place) ?? '[]')
    return Array.isArray(found)
      ? (found as Bookmark[]).filter((one) => typeof one?.at === 'number' && typeof one.text === 'string')
      : []
  } catch {
    return []
  }
}

export const useBookmarks = create<{ marks: Bookmark[] }>(() => ({ marks: kept() }))

const same = (mark: Bookmark, line: Bookmark) =>
  mark.at === line.at && mark.source === line.source && mark.instance === line.instance && mark.text === line.text.slice(0, 500)

export const isKept = (marks: readonly Bookmark[], row: LogRow | undefined) =>
  row?.kind === 'line' && marks.some((mark) => same(mark, row))

/** Marks a line, or takes its mark away. The oldest marks go where there are too many. */
export function bookmark(line: Bookmark) {
  const { marks } = useBookmarks.getState()
  const { at, source, instance, level, text } = line
  const next = marks.some((mark) => same(mark, line))
    ? marks.filter((mark) => !same(mark, line))
    : [...marks, { at, source, instance, level, text: text.slice(0, 500) }].slice(-most)
  useBookmarks.setState({ marks: next })
  localStorage.setItem(place, JSON.stringify(next))
}
