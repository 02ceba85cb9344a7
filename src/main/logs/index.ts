import { randomUUID } from 'node:crypto'
import type { LogBatch } from '../../shared/api/logs'
import type { EnvironmentId, PlacementId, ReleaseId, RunId } from '../../shared/domain/ids'
import type { LogFilter, LogSource, SourceStatus } from '../../shared/domain/log'
import type { Clock } from '../ports'
import type { LogPiece } from '../providers/provider'
import type { Limits } from './kept'
import { Tail } from './tail'
import { problem } from './text'
import { Timeline, type LogRedactor } from './timeline'
import { View } from './view'

export interface LogQuery {
  placementId?: PlacementId | undefined
  environmentId?: EnvironmentId | undefined
}

/** A deploy, as a row among the lines of its placement. */
export interface DeployMarker {
  placementId: PlacementId
  at: number
  runId: RunId
  releaseId: ReleaseId | null
  words: string
}

/** What the logs need from the rest of the house. */
export interface LogPorts {
  sources(query: LogQuery): Promise<LogSource[]>
  /** From `since` (milliseconds, that one included), then as it comes. Throws where the way is lost: it is called again. */
  follow(source: LogSource, since: number, signal: AbortSignal): AsyncIterable<LogPiece>
  /** Makes the secrets that a source may say known to the redactor. Throws a problem where they cannot be: the source is not shown then. */
  prepare?(source: LogSource, signal: AbortSignal): Promise<void>
  markers: {
    /** The deploys so far of one placement. */
    of(placementId: PlacementId): Promise<DeployMarker[]>
    /** Calls with each new one. Answers a function that ends it. */
    subscribe(listener: (marker: DeployMarker) => void): () => void
  }
  redactor: LogRedactor
  clock: Clock
  windowMs?: number
  limits?: Partial<Limits>
}

/** Who calls: views belong to one client and end with it. */
export interface LogCaller {
  clientId: string
  gone: AbortSignal
}

const markerSource = (placementId: PlacementId) => `marker:${placementId}`
const rateTurnMs = 1000

interface OpenView {
  view: View
  clientId: string
  /** Ends the stream that follows it, if any. */
  follower: AbortController | null
  closed: boolean
}

/** The logs: one tail a source while any view has it, one timeline for all, a view a reader. Its methods are those of the contract. */
export function createLogs(ports: LogPorts) {
  const { clock } = ports
  const known = new Map<string, LogSource>()
  const tails = new Map<string, Tail>()
  const marked = new Set<PlacementId>()
  const views = new Map<string, OpenView>()
  const all = () => [...views.values()]

  const timeline = new Timeline({
    clock,
    redactor: ports.redactor,
    windowMs: ports.windowMs ?? 250,
    limits: ports.limits ?? {},
    placed: (slots) => all().forEach(({ view }) => view.offer(slots)),
    pruned: () => all().forEach(({ view }) => view.prune()),
  })
  const endMarkers = ports.markers.subscribe((marker) => {
    if (marked.has(marker.placementId)) timeline.mark(markerSource(marker.placementId), marker)
  })

  const markersOf = (sources: readonly string[]) =>
    [...new Set(sources.map((id) => known.get(id)?.placementId).filter((id) => id !== undefined))].map(markerSource)

  function tailOf(source: LogSource): Tail {
    const made = new Tail(source, {
      clock,
      follow: (of, since, signal) => ports.follow(of, since, signal),
      prepare: async (of, signal) => ports.prepare?.(of, signal),
      take: (rows) => timeline.take(source.id, rows),
      room: (signal) => timeline.room(signal),
      changed: () => all().forEach(({ view }) => view.sources.includes(source.id) && view.wake()),
    })
    tails.set(source.id, made)
    return made
  }

  async function learn(ids: readonly string[]): Promise<void> {
    if (ids.every((id) => known.has(id))) return
    for (const source of await ports.sources({})) known.set(source.id, source)
  }

  async function markPlacements(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const placementId = known.get(id)?.placementId
      if (placementId === undefined || marked.has(placementId)) continue
      marked.add(placementId)
      for (const marker of await ports.markers.of(placementId)) timeline.mark(markerSource(placementId), marker)
    }
  }

  /** Starts what a view wants and nobody had; stops what nobody wants any more. */
  function retail(): void {
    const wanted = new Set(all().flatMap(({ view }) => view.sources))
    for (const [id, tail] of tails) if (!wanted.has(id)) tail.stop()
    for (const id of wanted) {
      const source = known.get(id)
      if (source) (tails.get(id) ?? tailOf(source)).start()
    }
  }

  function viewOf(viewId: string, caller: LogCaller): OpenView {
    const open = views.get(viewId)
    if (!open || open.clientId !== caller.clientId) throw problem('view-gone', {})
    return open
  }

  function end(viewId: string): void {
    const open = views.get(viewId)
    if (!open) return
    open.closed = true
    views.delete(viewId)
    open.follower?.abort()
    open.view.wake()
    retail()
  }

  function statusesOf(view: View): SourceStatus[] {
    const now = clock.now()
    return view.sources.map(
      (id) =>
        tails.get(id)?.status(now) ?? {
          sourceId: id,
          state: 'failed',
          rate: 0,
          problem: problem('source-unknown', { id }).problem,
        },
    )
  }

  async function* follow(viewId: string, caller: LogCaller, signal: AbortSignal): AsyncGenerator<LogBatch> {
    const open = viewOf(viewId, caller)
    const { view } = open
    open.follower?.abort()
    const mine = new AbortController()
    open.follower = mine
    const wake = () => view.wake()
    // Once for the stream, not once a wait.
    const ended = AbortSignal.any([signal, mine.signal, caller.gone])
    ended.addEventListener('abort', wake)
    view.begin()
    let [last, rated] = ['', 0]
    try {
      while (!ended.aborted) {
        const woken = view.woken()
        const statuses = statusesOf(view)
        const looks = JSON.stringify([view.matching, statuses.map(({ state, problem: why }) => [state, why?.code])])
        const rateDue = clock.now() - rated >= rateTurnMs && statuses.some(({ rate }) => rate > 0)
        if (view.hasCredit && (view.hasFresh || looks !== last || rateDue)) {
          last = looks
          rated = clock.now()
          yield view.batch(statuses)
          // A reader in the same process would otherwise keep everybody else, and its own abort, waiting.
          await new Promise((resolve) => setImmediate(resolve))
          continue
        }
        const moving = statuses.some(({ rate }) => rate > 0)
        await (moving && view.hasCredit ? Promise.race([woken, clock.sleep(rateTurnMs, ended).catch(() => {})]) : woken)
      }
    } finally {
      ended.removeEventListener('abort', wake)
    }
  }

  return {
    /** What there is to tail. */
    async sources(query: LogQuery): Promise<LogSource[]> {
      const found = await ports.sources(query)
      for (const source of found) known.set(source.id, source)
      return found
    },

    async open(input: { sources: readonly string[]; filter: LogFilter }, caller: LogCaller): Promise<{ viewId: string }> {
      const sources = [...new Set(input.sources)]
      await learn(sources)
      const viewId = randomUUID()
      const view = new View(timeline.kept, markersOf, sources, input.filter)
      if (caller.gone.aborted) throw problem('view-gone', {})
      views.set(viewId, { view, clientId: caller.clientId, follower: null, closed: false })
      caller.gone.addEventListener('abort', () => end(viewId), { once: true })
      await view.show({})
      retail()
      await markPlacements(sources)
      return { viewId }
    },

    async setFilter({ viewId, filter }: { viewId: string; filter: LogFilter }, caller: LogCaller): Promise<{ matching: number }> {
      return { matching: await viewOf(viewId, caller).view.show({ filter }) }
    },

    async setSources({ viewId, sources }: { viewId: string; sources: readonly string[] }, caller: LogCaller): Promise<void> {
      const wanted = [...new Set(sources)]
      await learn(wanted)
      await viewOf(viewId, caller).view.show({ sources: wanted })
      retail()
      await markPlacements(wanted)
    },

    async window({ viewId, from, count }: { viewId: string; from: number; count: number }, caller: LogCaller) {
      return viewOf(viewId, caller).view.window(from, count)
    },

    async findError(
      { viewId, from, direction }: { viewId: string; from: number; direction: 'next' | 'previous' },
      caller: LogCaller,
    ) {
      return { at: viewOf(viewId, caller).view.findError(from, direction) }
    },

    /** The first batch holds the newest rows; each later one what came since. A second follower of a view ends the first. */
    follow: ({ viewId }: { viewId: string }, caller: LogCaller, signal: AbortSignal) => follow(viewId, caller, signal),

    async ack({ viewId, batch }: { viewId: string; batch: number }, caller: LogCaller): Promise<void> {
      viewOf(viewId, caller).view.acknowledge(batch)
    },

    async close({ viewId }: { viewId: string }, caller: LogCaller): Promise<void> {
      viewOf(viewId, caller)
      end(viewId)
    },

    /** What is kept, and what had to go. */
    kept: () => ({ rows: timeline.kept.rows, bytes: timeline.kept.bytes, pruned: timeline.kept.pruned }),

    /** Ends all views and tails. */
    stop(): void {
      for (const viewId of views.keys()) end(viewId)
      endMarkers()
      timeline.close()
    },
  }
}

export type Logs = ReturnType<typeof createLogs>
