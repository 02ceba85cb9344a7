import { useEffect } from 'react'
import { create } from 'zustand'
import type { RunId } from '../../../../shared/domain/ids'
import { client } from '../../client'
import { useLogs } from './store'

/** How many kinds of errors each deploy brought, as it was asked last. */
const useCounts = create<{ kinds: Record<string, number>; at: Record<string, number> }>(() => ({ kinds: {}, at: {} }))

const fresh = 60_000
/** What lies further back is counted when it is asked for: it would be read from disk. */
const recent = 24 * 3_600_000
const glance = 400

/** One question at a time: the list never waits for these. */
let last: Promise<void> = Promise.resolve()

async function count(key: string, runId: RunId, sources: readonly string[], signal: AbortSignal): Promise<void> {
  if (signal.aborted || Date.now() - (useCounts.getState().at[key] ?? 0) < fresh) return
  const found = await client.logs.newSince({ since: { runId }, sources: [...sources] }, { signal }).catch(() => null)
  if (!found) return
  useCounts.setState(({ kinds, at }) => ({
    kinds: { ...kinds, [key]: found.errors.length },
    at: { ...at, [key]: Date.now() },
  }))
}

/** The kinds of errors that are new since a deploy; null while that is not known. Asked once its row was in sight for a moment. */
export function useNewSince(runId: RunId, at: number): number | null {
  const sources = useLogs((state) => state.ticked)
  const key = `${runId} ${sources.join('\n')}`
  const kinds = useCounts((state) => state.kinds[key])
  useEffect(() => {
    if (Date.now() - at > recent || sources.length === 0) return undefined
    const gone = new AbortController()
    const ask = () => {
      last = last.then(() => count(key, runId, sources, gone.signal))
    }
    const soon = setTimeout(ask, glance)
    const again = setInterval(ask, fresh)
    return () => {
      gone.abort()
      clearTimeout(soon)
      clearInterval(again)
    }
    // The key says which sources.
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- as above
  }, [key, at])
  return kinds ?? null
}
