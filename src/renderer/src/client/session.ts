import { create } from 'zustand'
import type { HostInfo } from '../../../shared/api/host'
import type { App } from '../../../shared/domain/app'
import type { Environment } from '../../../shared/domain/environment'
import type { Preferences } from '../../../shared/domain/preferences'
import type { Run } from '../../../shared/domain/run'
import type { VaultState } from '../../../shared/domain/vault'
import { client, link } from './link'
import { problemOf } from './problems'
import { resumeWith } from './streams'

interface Session {
  host: HostInfo | null
  preferences: Preferences
  vault: VaultState | null
  environments: Environment[]
  apps: App[]
  activeRuns: Run[]
  /** Reads all of it again. */
  load(): Promise<void>
  loadWorkspace(): Promise<void>
  loadVault(): Promise<void>
  setPreferences(change: Partial<Preferences>): Promise<void>
  watchRuns(signal: AbortSignal): Promise<void>
}

const beforeLoad: Preferences = { v: 1, theme: 'system', singleKeys: true, density: 'comfortable', notify: true }

/** What the window knows of its host and the whole workspace. */
export const useSession = create<Session>((set, get) => ({
  host: null,
  preferences: beforeLoad,
  vault: null,
  environments: [],
  apps: [],
  activeRuns: [],
  async load() {
    const [host, preferences] = await Promise.allSettled([client.host.info(), client.host.preferences()])
    if (host.status === 'fulfilled') set({ host: host.value })
    if (preferences.status === 'fulfilled') set({ preferences: preferences.value })
    await Promise.all([get().loadWorkspace(), get().loadVault()])
  },
  async loadWorkspace() {
    const [environments, apps] = await Promise.allSettled([client.environments.list(), client.apps.list()])
    if (environments.status === 'fulfilled') set({ environments: environments.value })
    if (apps.status === 'fulfilled') set({ apps: apps.value })
  },
  async loadVault() {
    const vault = await client.vault.state().catch(() => null)
    if (vault) set({ vault })
  },
  async setPreferences(change) {
    const before = get().preferences
    set({ preferences: { ...before, ...change } })
    try {
      set({ preferences: await client.host.savePreferences({ ...before, ...change }) })
    } catch (error) {
      set({ preferences: before })
      throw new Error(problemOf(error).message, { cause: error })
    }
  },
  async watchRuns(signal) {
    try {
      for await (const activeRuns of resumeWith(link, () => client.runs.watchActive(undefined, { signal }), signal))
        set({ activeRuns })
    } catch {
      set({ activeRuns: [] })
    }
  },
}))
