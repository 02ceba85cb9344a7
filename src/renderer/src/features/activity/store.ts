import { create } from 'zustand'
import type { AuditRecord, AuditVerdict } from '../../../../shared/domain/audit'
import type { Problem } from '../../../../shared/domain/problem'
import type { Run } from '../../../../shared/domain/run'
import { client, link, problemOf } from '../../client'

const pageSize = 100

interface ActivityStore {
  runs: Run[] | null
  audit: AuditRecord[] | null
  more: boolean
  verdict: AuditVerdict | null
  problem: Problem | null
  loadRuns(signal: AbortSignal): Promise<void>
  loadAudit(signal: AbortSignal): Promise<void>
  older(): Promise<void>
}

export const useActivity = create<ActivityStore>((set, get) => ({
  runs: null,
  audit: null,
  more: false,
  verdict: null,
  problem: null,
  async loadRuns(signal) {
    try {
      await link.whenOpen(signal)
      set({ runs: await client.runs.list({ placementId: null, limit: 200 }, { signal }), problem: null })
    } catch (error) {
      if (!signal.aborted) set({ problem: problemOf(error) })
    }
  },
  async loadAudit(signal) {
    try {
      await link.whenOpen(signal)
      const audit = await client.activity.audit({ before: null, limit: pageSize }, { signal })
      set({ audit, more: audit.length === pageSize, problem: null })
      set({ verdict: await client.activity.verify(undefined, { signal }) })
    } catch (error) {
      if (!signal.aborted) set({ problem: problemOf(error) })
    }
  },
  async older() {
    const audit = get().audit ?? []
    const last = audit.at(-1)
    if (!last) return
    try {
      const next = await client.activity.audit({ before: last.seq, limit: pageSize })
      set({ audit: [...audit, ...next], more: next.length === pageSize })
    } catch (error) {
      set({ problem: problemOf(error) })
    }
  },
}))
