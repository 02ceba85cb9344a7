import { create } from 'zustand'
import { applyFleetUpdate, type Fleet, type FleetUpdate } from '../../../../shared/domain/fleet'
import type { Problem } from '../../../../shared/domain/problem'
import { client, problemOf, resumed, useSession } from '../../client'

interface FleetStore {
  fleet: Fleet | null
  problem: Problem | null
  watch(signal: AbortSignal): Promise<void>
  take(update: FleetUpdate): void
}

/** The fleet as last told: a snapshot, then patches. It stays when the page goes, so that it is there at once when it comes back. */
export const useFleet = create<FleetStore>((set, get) => ({
  fleet: null,
  problem: null,
  take(update) {
    set({ fleet: applyFleetUpdate(get().fleet, update), problem: null })
    if (update.kind === 'snapshot') void useSession.getState().loadWorkspace()
  },
  async watch(signal) {
    if (get().fleet?.apps.length === 0) set({ fleet: null })
    try {
      for await (const update of resumed<FleetUpdate>(() => client.fleet.watch(undefined, { signal }), signal)) get().take(update)
    } catch (error) {
      set({ problem: problemOf(error) })
    }
  },
}))
