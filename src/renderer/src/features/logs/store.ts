import { create } from 'zustand'
import type { LogBatch } from '../../../../shared/api/logs'
import { everything, type LogFilter, type LogRow, type LogSource, type SourceStatus } from '../../../../shared/domain/log'
import type { Problem } from '../../../../shared/domain/problem'
import { client, fleetOnce, problemOf, resumed } from '../../client'
import {
  appended,
  emptyBuffer,
  joined,
  neighbour,
  reachableRows,
  rowAt,
  windowed,
  type Buffer,
  type LogLine,
  type LogMarker,
} from './buffer'
import { opening } from './filter'
import { showSide } from './side'
import { markersAmong, view } from './view'

/** Which logs a page was opened with. */
export interface Opening {
  placementId: string | null
  filter: LogFilter
  /** Sources beyond those of the placement; in a link, all that it shows. */
  sources: LogSource[]
  /** Only these are ticked; null: all. */
  ticked: string[] | null
  /** The time that a link points to. */
  at: number | null
}

interface LogsStore {
  sources: LogSource[] | null
  /** Ids that are ticked; what is not is neither tailed nor shown. */
  ticked: string[]
  /** The app of each placement, by its short name; empty in the view of one placement. */
  apps: Record<string, string>
  statuses: Record<string, SourceStatus>
  /** The zones of the hosts of sources, as far as they are known. */
  zones: Record<string, NonNullable<SourceStatus['zone']>>
  buffer: Buffer
  filter: LogFilter
  /** What is wrong with the filter that was asked for. */
  refused: Problem | null
  following: boolean
  /** How many passed when it was paused. */
  pausedAt: number
  rate: number
  kept: number
  skipped: number
  problem: Problem | null
  /** The row that was jumped to. */
  at: number | null
  /** The row, among those that can be scrolled to, that stays at the upper edge while what is around it changes; a new object each time. */
  held: { place: number } | null
  /** The line that is shown as it was written. */
  opened: LogLine | null
  /** The deploys of these sources, oldest first. */
  markers: LogMarker[]
  watch(opening: Opening, signal: AbortSignal): Promise<void>
  tick(sourceId: string): Promise<void>
  /** Ticks these and no others. */
  tickOnly(ids: readonly string[]): Promise<void>
  /** Adds sources to the view; those that are there go on undisturbed. */
  add(sources: readonly LogSource[]): Promise<void>
  remove(sourceId: string): Promise<void>
  setFilter(change: Partial<LogFilter>): Promise<void>
  pause(): void
  /** Shows the newest as they come; leaves a stretch of the past. */
  follow(): Promise<void>
  need(from: number, to: number): Promise<void>
  jump(from: number, direction: 'next' | 'previous'): Promise<void>
  /** Holds the view at the first row of a time, or at the row of this text there. */
  showAt(at: number, text?: string): Promise<void>
  /** As `showAt`, under another filter. */
  showAround(change: Partial<LogFilter>, at: number, text: string): Promise<void>
  open(line: LogLine | null): void
  /** Opens the neighbour of the line that is open; the row jumped to or the newest where none is. */
  step(by: -1 | 0 | 1): void
}

let asked: string | null = null

/** The place of the first row that is seen. */
let seenFrom = 0

/** The list says what of it is seen. */
export const seen = (from: number) => (seenFrom = from)

/** Batches wait here for the next frame, so that React draws once a frame whatever comes in. */
let waiting: LogBatch[] = []
let frame = 0

const known = (markers: readonly LogMarker[], rows: readonly LogRow[]): LogMarker[] =>
  rows.filter(
    (row): row is LogMarker => row.kind === 'marker' && !markers.some((one) => one.runId === row.runId && one.at === row.at),
  )

/** The same object while nothing new is known: zones change hardly ever, statuses with each batch. */
function zonesAmong(zones: LogsStore['zones'], statuses: readonly SourceStatus[]): LogsStore['zones'] {
  const fresh = statuses.flatMap(({ sourceId, zone }) => {
    const known = zones[sourceId]
    return zone && (known?.eastMs !== zone.eastMs || known.name !== zone.name) ? [[sourceId, zone] as const] : []
  })
  return fresh.length > 0 ? { ...zones, ...Object.fromEntries(fresh) } : zones
}

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
  const fresh = known(state.markers, rows)
  // While paused nothing under the reader's eyes moves: the new rows are only counted.
  const buffer = state.following
    ? appended(state.buffer, rows, last.matching, skipped)
    : { ...state.buffer, matching: last.matching }
  useLogs.setState({
    buffer,
    statuses,
    zones: zonesAmong(state.zones, last.statuses),
    rate: last.rate,
    kept: last.kept,
    skipped: state.skipped + skipped,
    ...(fresh.length > 0 && { markers: [...state.markers, ...fresh].toSorted((a, b) => a.at - b.at) }),
  })
}

function take(batch: LogBatch) {
  waiting.push(batch)
  frame ||= requestAnimationFrame(flush)
}

async function openView(signal: AbortSignal): Promise<AsyncIterable<LogBatch>> {
  const { ticked, filter } = useLogs.getState()
  const batches = await view.open(ticked, filter, signal)
  useLogs.setState({ buffer: emptyBuffer })
  return batches
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
  zones: {},
  buffer: emptyBuffer,
  filter: opening,
  refused: null,
  following: true,
  pausedAt: 0,
  rate: 0,
  kept: 0,
  skipped: 0,
  problem: null,
  at: null,
  held: null,
  opened: null,
  markers: [],
}

async function readMarkers(signal: AbortSignal): Promise<void> {
  const found = await markersAmong(useLogs.getState().ticked, everything).catch(() => [])
  if (signal.aborted) return
  const { markers } = useLogs.getState()
  useLogs.setState({ markers: [...markers, ...known(markers, found)].toSorted((a, b) => a.at - b.at) })
}

/** What the page was opened with. Answers whether there is anything to follow. */
async function begin({ placementId, filter, sources: more, ticked, at }: Opening, signal: AbortSignal): Promise<boolean> {
  const own = await client.logs.sources(placementId ? { placementId } : {}, { signal })
  const sources = [...own, ...more.filter((one) => !own.some(({ id }) => id === one.id))]
  const ids = sources.map((source) => source.id)
  useLogs.setState({
    sources,
    ticked: ticked ? ids.filter((id) => ticked.includes(id)) : ids,
    filter,
    following: at === null && filter.range === null,
  })
  return sources.length > 0
}

const somethingTicked = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const end = useLogs.subscribe((now) => now.ticked.length > 0 && done())
    const done = () => {
      end()
      resolve()
    }
    signal.addEventListener('abort', done)
  })

export const useLogs = create<LogsStore>((set, get) => ({
  ...start,
  async watch(asks, signal) {
    set({ ...start })
    // What was asked of other logs says nothing of these.
    showSide({ kind: 'none' })
    try {
      // A page of nothing waits for what is added to it.
      if (!(await begin(asks, signal))) await somethingTicked(signal)
      if (signal.aborted) return
      void appNames(signal).then((apps) => !signal.aborted && set({ apps }))
      let first = true
      for await (const batch of resumed<LogBatch>(() => openView(signal), signal)) {
        take(batch)
        // A hidden page gets no frames: then the rows are taken at once, so that nothing piles up.
        if (document.hidden) flush()
        view.ack(batch.batch)
        if (first) {
          first = false
          void readMarkers(signal)
          if (!get().following) void (asks.at === null ? get().setFilter({}) : get().showAt(asks.at))
        }
      }
    } catch (error) {
      if (!signal.aborted) set({ problem: problemOf(error) })
    } finally {
      cancelAnimationFrame(frame)
      frame = 0
      waiting = []
      view.close()
    }
  },
  async tick(sourceId) {
    const { ticked } = get()
    await changeSources(ticked.includes(sourceId) ? ticked.filter((one) => one !== sourceId) : [...ticked, sourceId])
  },
  async tickOnly(ids) {
    await changeSources((get().sources ?? []).map(({ id }) => id).filter((id) => ids.includes(id)))
  },
  async add(more) {
    const { sources, ticked } = get()
    const fresh = more.filter((one) => !sources?.some(({ id }) => id === one.id))
    set({ sources: [...(sources ?? []), ...fresh] })
    await changeSources([...new Set([...ticked, ...more.map(({ id }) => id)])])
  },
  async remove(sourceId) {
    set({ sources: (get().sources ?? []).filter(({ id }) => id !== sourceId) })
    await changeSources(get().ticked.filter((id) => id !== sourceId))
  },
  async setFilter(change) {
    if (!(await applied(change))) return
    const { filter } = get()
    if (filter.range === null) return await showNewest()
    const part = await view.window(0)
    if (part) set({ following: false, pausedAt: part.matching, at: 0, buffer: windowed(part) })
  },
  pause() {
    if (get().following) set({ following: false, pausedAt: get().buffer.matching })
  },
  async follow() {
    if (get().filter.range) await get().setFilter({ range: null })
    else await showNewest()
  },
  async need(from, to) {
    const { buffer } = get()
    if (from >= buffer.base && to <= buffer.base + buffer.rows.length) return
    const first = Math.max(0, from - 400)
    const key = `${Math.floor(first / 200)}`
    if (asked === key) return
    asked = key
    const part = await view.window(first)
    asked = null
    if (part && !get().following) set({ buffer: joined(get().buffer, part) })
  },
  async jump(from, direction) {
    get().pause()
    const found = await view.findError(get().at ?? from, direction)
    if (!found || found.at === null) return
    const { at } = found
    const part = await view.window(at - 500)
    if (part) set({ buffer: windowed(part), at })
  },
  async showAround(change, time, text) {
    get().pause()
    if (await applied(change)) await get().showAt(time, text)
  },
  async showAt(time, text) {
    get().pause()
    const place = await view.placeOf(time)
    const part = place && (await view.window(place.at - 500))
    if (!part) return
    const same =
      text === undefined ? -1 : part.rows.findIndex((row) => row.kind === 'line' && row.at === time && row.text === text)
    const at = Math.min(same < 0 ? place.at : part.from + same, Math.max(0, part.matching - 1))
    set({ following: false, pausedAt: part.matching, buffer: windowed(part), at })
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

/** Whether the view took the changed filter; else what is wrong with it is known. */
async function applied(change: Partial<LogFilter>): Promise<boolean> {
  const filter = { ...useLogs.getState().filter, ...change }
  useLogs.setState({ filter, at: null, refused: null })
  try {
    await view.setFilter(filter)
    return true
  } catch (error) {
    useLogs.setState({ refused: problemOf(error) })
    return false
  }
}

async function showNewest() {
  const tail = await view.tail(useLogs.getState().buffer.matching)
  waiting = []
  useLogs.setState({ following: true, at: null, ...(tail && { buffer: windowed(tail) }) })
}

/** What is paused stays paused, at the row that is seen first. */
async function changeSources(ticked: string[]) {
  const { following, buffer } = useLogs.getState()
  const first = following ? undefined : rowAt(buffer, seenFrom)
  useLogs.setState({ ticked })
  await view.setSources(ticked)
  if (following) await showNewest()
  else await holdAt(first ?? null)
}

/** Shows what is around a row, which may have gone with its source: then what came next is first. */
async function holdAt(row: LogRow | null) {
  const place = await view.placeOf(row?.at ?? 0)
  const part = place && (await view.window(place.at - 500))
  if (!part) return
  const same = part.rows.findIndex((one) => one.kind === row?.kind && one.at === row.at && one.seq === row.seq)
  const at = same < 0 ? place.at : part.from + same
  useLogs.setState({
    at: null,
    buffer: windowed(part),
    pausedAt: part.matching,
    held: { place: at - Math.max(0, part.matching - reachableRows) },
  })
}
