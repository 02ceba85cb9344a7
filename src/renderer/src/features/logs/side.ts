import { create } from 'zustand'
import type { LogFilter } from '../../../../shared/domain/log'
import type { RunId } from '../../../../shared/domain/ids'

/** What is shown beside the lines. */
export type Side =
  | { kind: 'none' }
  /** What is searched for stays as it was asked, while the view moves from find to find. */
  | { kind: 'search'; filter: LogFilter }
  | { kind: 'new'; runId: RunId }
  | { kind: 'bookmarks' }

export const useSide = create<{ side: Side }>(() => ({ side: { kind: 'none' } }))

export const showSide = (side: Side) => useSide.setState({ side })
