import { randomUUID } from 'node:crypto'
import type { LogBatch, LogFound, LogThere } from '../../shared/api/logs'
import { everything, LogFilter, type LogFilterInput, type LogRow, type LogSource } from '../../shared/domain/log'
import type { NewSince } from '../../shared/domain/log-kept'
import { exported, type ExportForm } from './export'
import { followView } from './follow'
import { Kept } from './kept'
import type { LogCaller, LogPorts, LogQuery } from './ports'
import { openRooms } from './rooms'
import { errorsSince } from './new-since'
import { searchKept, type SearchQuestion } from './search'
import { searchServers } from './search-there'
import { problem } from './text'
import { View } from './view'

export type { DeployMarker, LogPorts, LogQuery } from './ports'

const learnAgainMs = 30_000

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
