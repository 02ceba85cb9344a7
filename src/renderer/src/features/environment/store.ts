import { create } from 'zustand'
import type { PlacementView, SettingsView } from '../../../../shared/api/placements'
import type { PlacementId, ServiceId } from '../../../../shared/domain/ids'
import type { OnFailure } from '../../../../shared/domain/placement'
import type { Strategy } from '../../../../shared/domain/strategy'
import type { Problem } from '../../../../shared/domain/problem'
import { client, problemOf, resumed, withVault } from '../../client'

/** A row of the settings form. `null` text of a secret keeps what it has. */
export interface DraftValue {
  key: string
  kind: 'plain' | 'secret'
  value: string | null
}

interface EnvironmentStore {
  view: PlacementView | null
  problem: Problem | null
  settings: SettingsView[] | null
  settingsProblem: Problem | null
  watch(placementId: string, signal: AbortSignal): Promise<void>
  loadSettings(placementId: PlacementId): Promise<void>
  saveSettings(placementId: PlacementId, serviceId: ServiceId, basedOn: number, values: DraftValue[]): Promise<boolean>
  hold(reason: string, lift: boolean): Promise<Problem | null>
  setPolicy(onFailure: OnFailure, bakeSeconds: number, strategy: Strategy): Promise<Problem | null>
}

async function problemFrom(call: () => Promise<unknown>): Promise<Problem | null> {
  try {
    await call()
    return null
  } catch (error) {
    return problemOf(error)
  }
}

const sent = ({ key, kind, value }: DraftValue) =>
  kind === 'plain' ? { key, value: { kind, value: value ?? '' } } : { key, value: { kind, value: value === '' ? null : value } }

export const useEnvironment = create<EnvironmentStore>((set, get) => ({
  view: null,
  problem: null,
  settings: null,
  settingsProblem: null,
  async watch(placementId, signal) {
    set({ view: null, problem: null, settings: null, settingsProblem: null })
    try {
      const open = () => client.placements.watch({ placementId: placementId }, { signal })
      for await (const view of resumed<PlacementView>(open, signal)) set({ view, problem: null })
    } catch (error) {
      if (!signal.aborted) set({ problem: problemOf(error) })
    }
  },
  async loadSettings(placementId) {
    try {
      set({ settings: await client.placements.settings({ placementId }), settingsProblem: null })
    } catch (error) {
      set({ settingsProblem: problemOf(error) })
    }
  },
  async saveSettings(placementId, serviceId, basedOn, values) {
    const input = { placementId, serviceId, basedOn, values: values.map(sent) }
    const settingsProblem = await problemFrom(() => withVault(() => client.placements.saveSettings(input)))
    set({ settingsProblem })
    if (settingsProblem) return false
    await get().loadSettings(placementId)
    return true
  },
  async hold(reason, lift) {
    const placementId = get().view?.placement.id
    if (!placementId) return null
    return await problemFrom(() =>
      lift ? client.placements.liftHold({ placementId, reason }) : client.placements.hold({ placementId, reason }),
    )
  },
  async setPolicy(onFailure, bakeSeconds, strategy) {
    const placementId = get().view?.placement.id
    if (!placementId) return null
    return await problemFrom(() => client.placements.setPolicy({ placementId, onFailure, bakeSeconds, strategy }))
  },
}))
