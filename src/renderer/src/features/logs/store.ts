import { create } from 'zustand'
import type { LogBatch } from '../../../../shared/api/logs'
import type { Level, LogRow, LogSource, SourceStatus } from '../../../../shared/domain/log'
import type { Problem } from '../../../../shared/domain/problem'
import { client, fleetOnce, problemOf, resumed } from '../../client'
import { appended, emptyBuffer, joined, neighbour, windowed, type Buffer, type LogLine } from './buffer'

interface LogsStore {
  sources: LogSource[] | null
  /** Ids that are ticked; what is not is neither tailed nor shown. */
  ticked: string[]
  /** The app of each placement, by its short name; empty in the view of one placement. */
  apps: Record<string, string>
  statuses: Record<string, SourceStatus>
  buffer: Buffer
  text: string
  level: Level | null
  following: boolean
  /** How many passed when it was paused. */
  pausedAt: number
  rate: number
  kept: number
  skipped: number
  problem: Problem | null
  /** The row that was jumped to. */
  at: number | null
  /** The line that is shown as it was written. */
  opened: LogLine | null
  watch(placementId: string | null, signal: AbortSignal): Promise<void>
  tick(sourceId: string): Promise<void>
  setFilter(text: string, level: Level | null): Promise<void>
  pause(): void
  follow(): Promise<void>
  need(from: number, to: number): Promise<void>
  jump(from: number, direction: 'next' | 'previous'): Promise<void>
  open(line: LogLine | null): void
  /** Opens the neighbour of the line that is open; the row jumped to or the newest where none is. */
  step(by: -1 | 0 | 1): void
}

let viewId: string | null = null
let asked: string | null = null

/** Batches wait here for the next frame, so that React draws once a frame whatever comes in. */
let waiting: LogBatch[] = []
let frame = 0

function flush() {
  frame = 0
  const batches = waiting
  waiting = []
  const state = useLogs.getState()
  const last = batches.at(-1)
  if (!last) return
  const skipped = batches.reduce((sum, batch) => sum + batch.skipped, 0)
  const statuses =
    last.statuses.length > 0 ? Object.fromEntries(last.statuses.map((status) => [status.sourceId, status])) : state.statuses
  const rows: LogRow[] = batches.flatMap((batch) => batch.rows)
  // While paused nothing under the reader's eyes moves: the new rows are only counted.
  const buffer = state.following
    ? appended(state.buffer, rows, last.matching, skipped)
    : { ...state.buffer, matching: last.matching }
  useLogs.setState({ buffer, statuses, rate: last.rate, kept: last.kept, skipped: state.skipped + skipped })
}

function take(batch: LogBatch) {
  waiting.push(batch)
  frame ||= requestAnimationFrame(flush)
}

/** Runs a call of the open view; a view that is just being opened anew answers nothing. */
async function quietly<T>(call: (id: string) => Promise<T>): Promise<T | null> {
  if (!viewId) return null
  return await call(viewId).catch(() => null)
}

async function openView(signal: AbortSignal): Promise<AsyncIterable<LogBatch>> {
  const { ticked, text, level } = useLogs.getState()
  viewId = (await client.logs.open({ sources: ticked, filter: { text, level, sources: null } }, { signal })).viewId
  useLogs.setState({ buffer: emptyBuffer })
  return await client.logs.follow({ viewId }, { signal })
}

async function appNames(signal: AbortSignal): Promise<Record<string, string>> {
  const fleet = await fleetOnce(signal)
  const slugs = new Map(fleet?.apps.map((app) => [app.id, app.slug]))
  return Object.fromEntries((fleet?.cells ?? []).map((cell) => [cell.placementId, slugs.get(cell.appId) ?? '']))
}

const start = {
  sources: null,
  ticked: [],
  apps: {},
  statuses: {},
  buffer: emptyBuffer,
  following: true,
  pausedAt: 0,
  rate: 0,
  kept: 0,
  skipped: 0,
  problem: null,
  at: null,
  opened: null,
}

export const useLogs = create<LogsStore>((set, get) => ({
  ...start,
  text: '',
  level: null,
  async watch(placementId, signal) {
    set({ ...start })
    try {
      const scope = placementId ? { placementId } : {}
      const sources = await client.logs.sources(scope, { signal })
      set({ sources, ticked: sources.map((source) => source.id) })
      if (sources.length === 0) return
      if (!placementId) void appNames(signal).then((apps) => !signal.aborted && set({ apps }))
      for await (const batch of resumed<LogBatch>(() => openView(signal), signal)) {
        take(batch)
        // A hidden page gets no frames: then the rows are taken at once, so that nothing piles up.
        if (document.hidden) flush()
        const id = viewId
        if (id) void client.logs.ack({ viewId: id, batch: batch.batch }).catch(() => undefined)
      }
    } catch (error) {
      if (!signal.aborted) set({ problem: problemOf(error) })
    } finally {
      cancelAnimationFrame(frame)
      frame = 0
      waiting = []
      const id = viewId
      viewId = null
      if (id) void client.logs.close({ viewId: id }).catch(() => undefined)
    }
  },
  async tick(sourceId) {
    const { ticked } = get()
    const next = ticked.includes(sourceId) ? ticked.filter((one) => one !== sourceId) : [...ticked, sourceId]
    set({ ticked: next })
    await quietly((id) => client.logs.setSources({ viewId: id, sources: next }))
    await get().follow()
  },
  async setFilter(text, level) {
    set({ text, level, at: null })
    await quietly((id) => client.logs.setFilter({ viewId: id, filter: { text, level, sources: null } }))
    await get().follow()
  },
  pause() {
    if (get().following) set({ following: false, pausedAt: get().buffer.matching })
  },
  async follow() {
    const { matching } = get().buffer
    const part = await quietly((id) => client.logs.window({ viewId: id, from: Math.max(0, matching - 1000), count: 1000 }))
    if (!part) return set({ following: true })
    // Where more or fewer pass than the page knew of, that was not the end: a new filter leaves few of many.
    const short = part.rows.length < Math.min(1000, part.matching) || part.from + part.rows.length < part.matching
    const whole = short
      ? await quietly((id) => client.logs.window({ viewId: id, from: Math.max(0, part.matching - 1000), count: 1000 }))
      : null
    const tail = whole ?? part
    waiting = []
    set({ following: true, at: null, buffer: windowed(tail) })
  },
  async need(from, to) {
    const { buffer } = get()
    if (from >= buffer.base && to <= buffer.base + buffer.rows.length) return
    const start = Math.max(0, from - 400)
    const key = `${viewId} ${Math.floor(start / 200)}`
    if (asked === key) return
    asked = key
    const part = await quietly((id) => client.logs.window({ viewId: id, from: start, count: 1000 }))
    asked = null
    if (part && !get().following) set({ buffer: joined(get().buffer, part) })
  },
  async jump(from, direction) {
    get().pause()
    const found = await quietly((id) => client.logs.findError({ viewId: id, from: get().at ?? from, direction }))
    if (!found || found.at === null) return
    const { at } = found
    const part = await quietly((id) => client.logs.window({ viewId: id, from: Math.max(0, at - 500), count: 1000 }))
    if (part) set({ buffer: windowed(part), at })
  },
  open(line) {
    set({ opened: line })
  },
  step(by) {
    const { buffer, opened, at } = get()
    const next = neighbour(buffer, opened, by, at)
    if (next) set({ opened: next })
  },
}))
