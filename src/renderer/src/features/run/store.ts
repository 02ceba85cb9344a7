import { create } from 'zustand'
import type { CapsuleId, PlacementId, RunId } from '../../../../shared/domain/ids'
import type { LogRow } from '../../../../shared/domain/log'
import type { Hold } from '../../../../shared/domain/placement'
import type { Plan } from '../../../../shared/domain/plan'
import type { Problem } from '../../../../shared/domain/problem'
import { applyEvent, type Capsule, type OutputLine, type Run, type RunAnswer } from '../../../../shared/domain/run'
import type { PlacementView } from '../../../../shared/api/placements'
import type { RunUpdate } from '../../../../shared/api/runs'
import { client, problemOf, resumed, withVault } from '../../client'

/** Lines of output and of the tail that the page holds; the rest stays in their files. */
const keptLines = 2000

interface RunStore {
  run: Run | null
  plan: Plan | null
  problem: Problem | null
  output: OutputLine[]
  tail: LogRow[]
  capsule: Capsule | null
  /** Of the run's placement, once the run is over: it may have left one. */
  hold: Hold | null
  busy: boolean
  watch(runId: string, signal: AbortSignal): Promise<void>
  watchOutput(runId: string, signal: AbortSignal): Promise<void>
  watchTail(placementId: PlacementId, signal: AbortSignal): Promise<void>
  watchHold(placementId: PlacementId, signal: AbortSignal): Promise<void>
  loadCapsule(capsuleId: CapsuleId): Promise<void>
  stop(mode: 'safe-point' | 'revert'): Promise<void>
  answer(answer: RunAnswer): Promise<void>
}

/** The sequence number that a watcher asks to go on after. */
export const seqOf = (update: RunUpdate | null) =>
  update === null ? 0 : update.kind === 'state' ? update.run.seq : update.event.seq

/** The run after one more update: the same reducer that the engine uses. */
export function afterUpdate(run: Run | null, update: RunUpdate): Run | null {
  if (update.kind === 'state') return update.run
  return run ? applyEvent(run, update.event) : run
}

export const useRun = create<RunStore>((set, get) => ({
  run: null,
  plan: null,
  problem: null,
  output: [],
  tail: [],
  capsule: null,
  hold: null,
  busy: false,
  async watch(runId, signal) {
    set({ run: null, plan: null, problem: null, output: [], tail: [], capsule: null, hold: null, busy: false })
    const id = runId as RunId
    try {
      const { run, plan } = await client.runs.get({ runId: id }, { signal })
      set({ run, plan })
      for await (const update of resumed<RunUpdate>(
        (last) => client.runs.watch({ runId: id, after: seqOf(last) }, { signal }),
        signal,
      )) {
        set({ run: afterUpdate(get().run, update) })
      }
    } catch (error) {
      if (!signal.aborted) set({ problem: problemOf(error) })
    }
  },
  async watchOutput(runId, signal) {
    type Batch = { lines: OutputLine[]; next: number }
    const open = (last: Batch | null) => client.runs.output({ runId: runId, offset: last?.next ?? 0 }, { signal })
    try {
      for await (const batch of resumed<Batch>(open, signal)) set({ output: [...get().output, ...batch.lines].slice(-keptLines) })
    } catch {
      // The run page tells its own problem; output that cannot be read is simply absent.
    }
  },
  async watchTail(placementId, signal) {
    let viewId: string | null = null
    try {
      const sources = await client.logs.sources({ placementId }, { signal })
      if (sources.length === 0) return
      const filter = { text: '', level: null, sources: null }
      viewId = (await client.logs.open({ sources: sources.map((source) => source.id), filter }, { signal })).viewId
      for await (const batch of await client.logs.follow({ viewId }, { signal })) {
        set({ tail: [...get().tail, ...batch.rows].slice(-keptLines) })
        await client.logs.ack({ viewId, batch: batch.batch })
      }
    } catch {
      // A tail that cannot be had is no reason to disturb the run.
    } finally {
      if (viewId) await client.logs.close({ viewId }).catch(() => undefined)
    }
  },
  async watchHold(placementId, signal) {
    try {
      for await (const view of resumed<PlacementView>(() => client.placements.watch({ placementId }, { signal }), signal))
        set({ hold: view.placement.hold })
    } catch {
      // What is not known is not said.
    }
  },
  async loadCapsule(capsuleId) {
    const capsule = await client.runs.capsule({ capsuleId }).catch(() => null)
    if (capsule) set({ capsule })
  },
  async stop(mode) {
    const { run } = get()
    if (run) await acting(() => client.runs.stop({ runId: run.id, mode }))
  },
  async answer(answer) {
    const { run } = get()
    if (run) await acting(() => withVault(() => client.runs.answer({ runId: run.id, answer })))
  },
}))

async function acting(call: () => Promise<void>) {
  useRun.setState({ busy: true, problem: null })
  try {
    await call()
  } catch (error) {
    useRun.setState({ problem: problemOf(error) })
  } finally {
    useRun.setState({ busy: false })
  }
}
