import { randomUUID } from 'node:crypto'
import type { LogBatch, LogFound, LogThere } from '../../shared/api/logs'
import type { EnvironmentId, PlacementId, ReleaseId, RunId } from '../../shared/domain/ids'
import {
  defaultLogSettings,
  everything,
  LogFilter,
  type LogFilterInput,
  type LogRow,
  type LogSettings,
  type LogSource,
} from '../../shared/domain/log'
import type { NewSince } from '../../shared/domain/log-kept'
import type { Clock } from '../ports'
import { Archive } from './archive/archive'
import { exported, type ExportForm } from './export'
import { Searchers } from './archive/searchers'
import { followView } from './follow'
import { Kept, type Limits } from './kept'
import type { ResumeFrom, SourcePiece } from './source'
import { Tails } from './tails'
import { errorsSince } from './new-since'
import { searchKept, type SearchQuestion } from './search'
import { searchServers, type SearchThere } from './search-there'
import { watchers } from './watchers'
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
  /** What an id of a server's own container, unit or file names; null for other ids, and where that server is gone. */
  sourceOf?(id: string): Promise<LogSource | null>
  /** From a time or a cursor on, then as it comes. Throws where the way is lost: it is called again. */
  follow(source: LogSource, from: ResumeFrom, signal: AbortSignal): AsyncIterable<SourcePiece>
  /** Looks for a word where the lines of a source lie; throws where that cannot be. */
  searchThere?: SearchThere
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
  /** How lines are kept and ordered, as it is set now. */
  settings?: () => LogSettings
  /** Where lines are kept beyond the end of the program; in memory only without it. */
  folder?: string
  /** The built file that searches on a thread of its own; on this thread without it. */
  searcher?: string | undefined
  limits?: Partial<Limits>
}

const learnAgainMs = 30_000

/** Who calls: views belong to one client and end with it. */
export interface LogCaller {
  clientId: string
  gone: AbortSignal
}

interface OpenView {
  view: View
  clientId: string
  /** Ends the stream that follows it, if any. */
  follower: AbortController | null
}

/** The views that are open, over one timeline and the tails of their sources. */
function openRooms(ports: LogPorts) {
  const searchers = new Searchers(ports.searcher ?? null)
  const views = new Map<string, OpenView>()
  const each = (act: (view: View) => void) => {
    for (const { view } of views.values()) act(view)
  }
  const settings = ports.settings ?? (() => defaultLogSettings)
  const limits = () => ({ bytes: settings().keepBytes, days: settings().keepDays })
  const archive =
    ports.folder === undefined ? null : new Archive(ports.folder, ports.clock, limits, (filled) => searchers.pack(filled))
  const timeline = new Timeline({
    clock: ports.clock,
    redactor: ports.redactor,
    windowMs: () => settings().windowMs,
    archive,
    limits: ports.limits ?? {},
    placed: (slots) => {
      each((view) => view.offer(slots))
      watched.offer(slots)
    },
    pruned: () => each((view) => view.prune()),
  })
  const tails = new Tails(ports, timeline, (id) => each((view) => view.sources.includes(id) && view.wake()))
  const watched = watchers(timeline.kept, () => ports.clock.now())
  const retail = () => tails.want(new Set([...[...views.values()].flatMap(({ view }) => view.sources), ...watched.sources()]))
  return {
    views,
    archive,
    searchers,
    timeline,
    tails,
    watched,
    retail,
    viewOf(viewId: string, { clientId }: LogCaller): OpenView {
      const open = views.get(viewId)
      if (!open || open.clientId !== clientId) throw problem('view-gone', {})
      return open
    },
    end(viewId: string): void {
      const open = views.get(viewId)
      if (!open) return
      views.delete(viewId)
      open.follower?.abort()
      retail()
    },
  }
}

/** The logs: one tail a source while any view has it, one timeline for all, a view a reader. Its methods are those of the contract. */
export function createLogs(ports: LogPorts) {
  const { views, archive, searchers, timeline, tails, watched, retail, viewOf, end } = openRooms(ports)
  /** What a view of this filter is over: memory, or what is read from disk where its time goes back behind that. */
  async function keptFor({ range }: LogFilter): Promise<Kept> {
    if (!range || !archive || range.from >= timeline.kept.reachesBackTo || (archive.span?.from ?? Infinity) > range.to)
      return timeline.kept
    await timeline.saved()
    const past = new Kept(ports.limits)
    await archive.recallRange(past, range)
    return past
  }

  return {
    /** What there is to tail. */
    async sources(query: LogQuery): Promise<LogSource[]> {
      const found = await ports.sources(query)
      tails.know(found)
      return found
    },

    async open(input: { sources: readonly string[]; filter: LogFilterInput }, caller: LogCaller): Promise<{ viewId: string }> {
      const sources = [...new Set(input.sources)]
      await timeline.ready()
      await tails.learn(sources)
      if (caller.gone.aborted) throw problem('view-gone', {})
      const viewId = randomUUID()
      const filter = LogFilter.parse(input.filter)
      const view = new View(timeline.kept, tails.markersOf, sources, filter)
      views.set(viewId, { view, clientId: caller.clientId, follower: null })
      caller.gone.addEventListener('abort', () => end(viewId), { once: true })
      await view.show({ kept: await keptFor(filter) })
      retail()
      await tails.mark(sources)
      return { viewId }
    },

    async setFilter(
      { viewId, filter }: { viewId: string; filter: LogFilterInput },
      caller: LogCaller,
    ): Promise<{ matching: number }> {
      const { view } = viewOf(viewId, caller)
      const parsed = LogFilter.parse(filter)
      return { matching: await view.show({ filter: parsed, kept: await keptFor(parsed) }) }
    },

    async setSources({ viewId, sources }: { viewId: string; sources: readonly string[] }, caller: LogCaller): Promise<void> {
      const wanted = [...new Set(sources)]
      await tails.learn(wanted)
      await viewOf(viewId, caller).view.show({ sources: wanted })
      retail()
      await tails.mark(wanted)
    },

    async window({ viewId, from, count }: { viewId: string; from: number; count: number }, caller: LogCaller) {
      return viewOf(viewId, caller).view.window(from, count)
    },

    /** Looks through what is on disk, and what memory alone holds is written first. */
    async *search(question: SearchQuestion, signal: AbortSignal): AsyncGenerator<LogFound> {
      await timeline.ready()
      await timeline.saved()
      if (archive) yield* searchKept(archive, question, searchers, () => ports.clock.now(), signal)
    },

    /** Looks where the lines lie, for what is not kept here. */
    async *searchServers(
      { sources, ...question }: { sources: readonly string[]; filter: LogFilterInput; limit: number },
      signal: AbortSignal,
    ): AsyncGenerator<LogThere> {
      await tails.learn(sources)
      const { searchThere: search, clock } = ports
      if (!search) return
      const known = tails.of(sources)
      // What their lines may say is masked as in lines that are kept.
      for (const source of known) await ports.prepare?.(source, signal)
      yield* searchServers(question, { sources: known, search, clean: (line) => timeline.clean(line), clock }, signal)
    },

    /** The bytes of a file with all rows of a view, in parts. */
    async *export({ viewId, ...form }: { viewId: string } & ExportForm, caller: LogCaller, signal: AbortSignal) {
      const { view } = viewOf(viewId, caller)
      yield* exported(view, form, tails.nameOf, AbortSignal.any([signal, caller.gone]))
    },

    /** Errors of these sources that were not there in the hour before. */
    async newSince(at: number, sources: readonly string[]): Promise<NewSince> {
      await timeline.ready()
      const from = at - 3_600_000
      const range = { from: Math.max(0, from), to: ports.clock.now() }
      return errorsSince(await keptFor({ ...everything, range }), new Set(sources), at, from)
    },

    /** Calls with each line that comes from now on and passes. Its sources are tailed until the function that it answers is called. */
    async watch(
      { sources, filter }: { sources: readonly string[]; filter: LogFilter },
      heard: (row: LogRow) => void,
    ): Promise<() => void> {
      await timeline.ready()
      const over = new AbortController()
      const end = watched.add(sources, filter, heard)
      // A server that does not answer now has its sources later.
      const learn = async () => {
        while (!over.signal.aborted && !tails.knows(sources)) {
          await tails.learn(sources).catch(() => {})
          retail()
          if (!tails.knows(sources)) await ports.clock.sleep(learnAgainMs, over.signal).catch(() => {})
        }
        retail()
      }
      void learn()
      return () => {
        over.abort()
        end()
        retail()
      }
    },

    keptBytes: () => archive?.bytes ?? 0,

    async histogram(
      { viewId, buckets, range }: { viewId: string; buckets: number; range?: { from: number; to: number } | undefined },
      caller: LogCaller,
    ) {
      return viewOf(viewId, caller).view.histogram(buckets, range ?? null)
    },

    /** The place of the first row that passes at or after a time. */
    async placeOf({ viewId, at }: { viewId: string; at: number }, caller: LogCaller) {
      return { at: viewOf(viewId, caller).view.placeOf(at) }
    },

    /** `from` itself does not count. */
    async findError(
      { viewId, from, direction }: { viewId: string; from: number; direction: 'next' | 'previous' },
      caller: LogCaller,
    ) {
      return { at: viewOf(viewId, caller).view.findError(from, direction) }
    },

    /** The first batch holds the newest rows; each later one what came since. A second follower of a view ends the first. */
    async *follow({ viewId }: { viewId: string }, caller: LogCaller, signal: AbortSignal): AsyncGenerator<LogBatch> {
      const open = viewOf(viewId, caller)
      open.follower?.abort()
      open.follower = new AbortController()
      const ended = AbortSignal.any([signal, open.follower.signal, caller.gone])
      yield* followView(open.view, () => tails.statuses(open.view.sources), ports.clock, ended)
    },

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
    async stop(): Promise<void> {
      for (const viewId of views.keys()) end(viewId)
      tails.close()
      await timeline.close()
      searchers.end()
    },
  }
}

export type Logs = ReturnType<typeof createLogs>
