import { create } from 'zustand'
import type { ConnectionView } from '../../../../shared/api/connections'
import type { ConnectionId } from '../../../../shared/domain/ids'
import type { Problem } from '../../../../shared/domain/problem'
import { client, link, problemOf, withVault } from '../../client'

interface Part {
  part: string
  outcome: 'pass' | 'fail'
  words: string
  problem: Problem | null
}

interface ConnectionsStore {
  views: ConnectionView[] | null
  tests: Record<string, Part[]>
  testing: string | null
  problem: Problem | null
  load(signal: AbortSignal): Promise<void>
  test(id: ConnectionId): Promise<void>
  rename(id: ConnectionId, name: string): Promise<void>
}

export const useConnections = create<ConnectionsStore>((set, get) => ({
  views: null,
  tests: {},
  testing: null,
  problem: null,
  async load(signal) {
    try {
      await link.whenOpen(signal)
      set({ views: await client.connections.list(undefined, { signal }), problem: null })
    } catch (error) {
      if (!signal.aborted) set({ problem: problemOf(error) })
    }
  },
  async rename(id, name) {
    const connection = await client.connections.rename({ id, name })
    set({ views: get().views?.map((view) => (view.connection.id === id ? { ...view, connection } : view)) ?? null })
  },
  async test(id) {
    set({ testing: id, problem: null })
    try {
      set({ tests: { ...get().tests, [id]: [] } })
      for await (const part of await withVault(() => client.connections.test({ id })))
        set({ tests: { ...get().tests, [id]: [...(get().tests[id] ?? []), part] } })
    } catch (error) {
      set({ problem: problemOf(error) })
    } finally {
      set({ testing: null })
    }
  },
}))
