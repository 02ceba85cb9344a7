import { create } from 'zustand'
import type { ConnectionPart, ConnectionView, RegistryForm, ServerForm } from '../../../../shared/api/connections'
import type { Connection } from '../../../../shared/domain/connection'
import type { Discovery } from '../../../../shared/domain/discovery'
import type { ConnectionId } from '../../../../shared/domain/ids'
import type { Problem } from '../../../../shared/domain/problem'
import type { HostKeyQuestion, ImportableHost } from '../../../../shared/domain/server'
import { client, link, problemOf, withVault } from '../../client'

/** How far the test of a connection has come. */
export interface Walk {
  parts: ConnectionPart[]
  over: boolean
  /** Why the test itself could not be made. */
  problem?: Problem
  /** Ends it. */
  stop(): void
}

/** A look at what runs on a server: going on, made, or not possible. */
export type Look = { state: 'looking' } | { state: 'seen'; discoveries: Discovery[] } | { state: 'failed'; problem: Problem }

export interface Offer {
  file: string
  hosts: ImportableHost[]
  notes: string[]
}

interface ConnectionsStore {
  views: ConnectionView[] | null
  walks: Record<string, Walk>
  offer: Offer | null
  /** By connection. */
  looks: Record<string, Look>
  /** Of the page. */
  problem: Problem | null
  /** Of the sheet or dialog that is open. */
  asked: Problem | null
  /** A sheet begins without the problem of the one before. */
  begin(): void
  load(signal?: AbortSignal): Promise<void>
  test(id: ConnectionId): Promise<void>
  rename(id: ConnectionId, name: string): Promise<void>
  loadOffer(signal: AbortSignal): Promise<void>
  import(aliases: string[]): Promise<Connection[] | null>
  save(form: ServerForm, id: ConnectionId | null): Promise<Connection | null>
  saveRegistry(form: RegistryForm, id: ConnectionId | null): Promise<Connection | null>
  trust(id: ConnectionId, key: HostKeyQuestion): Promise<boolean>
  remove(id: ConnectionId): Promise<boolean>
  undoRemove(id: ConnectionId): Promise<void>
  discover(id: ConnectionId): Promise<void>
}

export const useConnections = create<ConnectionsStore>((set, get) => {
  /** Makes a call; what it throws is shown where it was asked for, and null comes back. */
  async function tried<T>(where: 'problem' | 'asked', call: () => Promise<T>): Promise<T | null> {
    set({ [where]: null })
    try {
      return await call()
    } catch (error) {
      set({ [where]: problemOf(error) })
      return null
    }
  }
  return {
    views: null,
    walks: {},
    offer: null,
    looks: {},
    problem: null,
    asked: null,
    begin: () => set({ asked: null }),
    async load(signal) {
      try {
        if (signal) await link.whenOpen(signal)
        set({ views: await client.connections.list(undefined, signal ? { signal } : {}), problem: null })
      } catch (error) {
        if (!signal?.aborted) set({ problem: problemOf(error) })
      }
    },
    async rename(id, name) {
      const connection = await client.connections.rename({ id, name })
      set({ views: get().views?.map((view) => (view.connection.id === id ? { ...view, connection } : view)) ?? null })
    },
    async test(id) {
      const over = new AbortController()
      const stop = () => over.abort()
      get().walks[id]?.stop()
      const put = (walk: Omit<Walk, 'stop'>) => {
        if (!over.signal.aborted) set({ walks: { ...get().walks, [id]: { ...walk, stop } } })
      }
      let parts: ConnectionPart[] = []
      put({ parts, over: false })
      over.signal.addEventListener('abort', () => set({ walks: { ...get().walks, [id]: { parts, over: true, stop } } }))
      try {
        for await (const part of await withVault(() => client.connections.test({ id }, { signal: over.signal }))) {
          parts = [...parts, part]
          put({ parts, over: false })
        }
        put({ parts, over: true })
      } catch (error) {
        put({ parts, over: true, problem: problemOf(error) })
      }
      // A test learns what the card shows.
      await get().load()
    },
    async loadOffer(signal) {
      set({ offer: null, asked: null })
      try {
        set({ offer: await client.connections.importable(undefined, { signal }) })
      } catch (error) {
        if (!signal.aborted) set({ asked: problemOf(error) })
      }
    },
    async import(aliases) {
      const made = await tried('asked', () => client.connections.import({ aliases }))
      if (made) await get().load()
      return made
    },
    async save(form, id) {
      const saved = await tried('asked', () =>
        withVault(() => (id ? client.connections.update({ ...form, id }) : client.connections.add(form))),
      )
      if (saved) await get().load()
      return saved
    },
    async saveRegistry(form, id) {
      const saved = await tried('asked', () =>
        withVault(() => (id ? client.connections.updateRegistry({ ...form, id }) : client.connections.addRegistry(form))),
      )
      if (saved) await get().load()
      return saved
    },
    async trust(id, { name, fingerprint }) {
      const done = await tried('asked', async () => {
        await client.connections.trust({ id, name, fingerprint })
        return true
      })
      return done === true
    },
    async remove(id) {
      const done = await tried('problem', async () => {
        await client.connections.remove({ id })
        return true
      })
      if (done) await get().load()
      return done === true
    },
    async undoRemove(id) {
      await tried('problem', () => client.connections.undoRemove({ id }))
      await get().load()
    },
    async discover(id) {
      const put = (look: Look) => set({ looks: { ...get().looks, [id]: look } })
      put({ state: 'looking' })
      try {
        put({ state: 'seen', discoveries: await withVault(() => client.connections.discover({ id })) })
      } catch (error) {
        put({ state: 'failed', problem: problemOf(error) })
      }
    },
  }
})
