import { create } from 'zustand'
import type { LogRow } from '../../../../shared/domain/log'
import type { LogBookmark } from '../../../../shared/domain/log-kept'
import { client, problemOf } from '../../client'
import { tellProblem } from '../../ui/toast'
import type { LogLine } from './buffer'

export const useBookmarks = create<{ marks: LogBookmark[] }>(() => ({ marks: [] }))

const textKept = (text: string) => text.slice(0, 2000)

const same = (mark: LogBookmark, line: LogLine) =>
  mark.at === line.at && mark.source === line.source && mark.text === textKept(line.text)

export const isKept = (marks: readonly LogBookmark[], row: LogRow | undefined) =>
  row?.kind === 'line' && marks.some((mark) => same(mark, row))

/** Reads what is marked. */
export async function loadBookmarks(signal: AbortSignal): Promise<void> {
  const marks = await client.logs.bookmarks.list(undefined, { signal }).catch(() => null)
  if (marks && !signal.aborted) useBookmarks.setState({ marks })
}

/** Takes a mark away. */
export async function forget(mark: LogBookmark): Promise<void> {
  useBookmarks.setState(({ marks }) => ({ marks: marks.filter((one) => one.id !== mark.id) }))
  await client.logs.bookmarks.remove({ id: mark.id }).catch((error: unknown) => tellProblem(problemOf(error)))
}

/** Marks a line, or takes its mark away. */
export async function bookmark(line: LogLine): Promise<void> {
  const known = useBookmarks.getState().marks.find((mark) => same(mark, line))
  if (known) return await forget(known)
  const mark = { id: crypto.randomUUID(), source: line.source, at: line.at, text: textKept(line.text), note: '' }
  useBookmarks.setState(({ marks }) => ({ marks: [...marks, mark] }))
  await client.logs.bookmarks.save(mark).catch((error: unknown) => tellProblem(problemOf(error)))
}
