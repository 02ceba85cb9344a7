import { z } from 'zod'
import { ConnectionId, EnvironmentId, PlacementId } from '../domain/ids'
import { Level, LogDiscovery, LogFilter, LogRow, LogSettings, LogSource, ServerOrigin, SourceStatus } from '../domain/log'
import { LogAlert, LogAlertView, LogBookmark, LogSet, NewSince, Since } from '../domain/log-kept'
import { Problem } from '../domain/problem'
import { call, streamOf } from './base'

export const ViewId = z.string().min(1).max(100)

/** One batch for the view. Its rows are those that pass the filter, in order. */
export const LogBatch = z.object({
  /** Counts from 1; acknowledge it to get more. At most eight are outstanding. */
  batch: z.int().positive(),
  rows: z.array(LogRow),
  statuses: z.array(SourceStatus),
  /** Lines kept of this view's sources. */
  kept: z.int().nonnegative(),
  /** Kept lines that pass the filter. */
  matching: z.int().nonnegative(),
  /** Rows this reader was too slow for: they are kept, and `window` has them. */
  skipped: z.int().nonnegative(),
  rate: z.number().nonnegative(),
})
export type LogBatch = z.infer<typeof LogBatch>

/** Rows that pass in equal stretches of time, and how many of them are errors. */
export const Histogram = z.object({
  from: z.number(),
  step: z.number().positive(),
  counts: z.array(z.int()),
  errors: z.array(z.int()),
})
export type Histogram = z.infer<typeof Histogram>

/** What a search has found so far: each answer holds all of it. */
export const LogFound = z.object({
  /** The newest, newest first. */
  lines: z.array(
    z.object({ at: z.number(), source: z.string(), instance: z.string(), level: Level.nullable(), text: z.string() }),
  ),
  found: z.int().nonnegative(),
  histogram: Histogram,
  /** `ruledOut`: files whose head says that they cannot hold it, which were not unpacked. */
  searched: z.object({ files: z.int(), of: z.int(), ruledOut: z.int(), rows: z.int(), bytes: z.int() }),
  done: z.boolean(),
})
export type LogFound = z.infer<typeof LogFound>

/** How far a source was searched where its lines lie. */
export const ServerLook = z.object({
  source: z.string(),
  state: z.enum(['waiting', 'looking', 'done', 'failed']),
  /** Files that were looked through there, with what they take on disk; those that ended before the time that is asked for. */
  files: z.int().nonnegative(),
  older: z.int().nonnegative(),
  readBytes: z.number().nonnegative(),
  /** What came over the link, and how many lines that was: those with the word. */
  cameBytes: z.int().nonnegative(),
  lines: z.int().nonnegative(),
  /** Those of them that pass the whole filter. */
  passed: z.int().nonnegative(),
  /** Files that could not be looked through. */
  left: z.array(z.string()),
  /** Why it was left before its end: so many lines, bytes, or so long. */
  cut: z.enum(['lines', 'bytes', 'time']).nullable(),
  problem: Problem.nullable(),
})
export type ServerLook = z.infer<typeof ServerLook>

/** What a search on servers has found so far: each answer holds all of it. */
export const LogThere = z.object({
  /** The newest first; those that say no time last. `instance` is the file and the number of the line. */
  lines: z.array(
    z.object({
      at: z.number().nullable(),
      source: z.string(),
      instance: z.string(),
      level: Level.nullable(),
      text: z.string(),
    }),
  ),
  looks: z.array(ServerLook),
  done: z.boolean(),
})
export type LogThere = z.infer<typeof LogThere>

/** A part of an export: bytes of the file, and how many rows are in it so far. */
export const ExportPart = z.object({ base64: z.string(), rows: z.int().nonnegative(), of: z.int().nonnegative() })
export type ExportPart = z.infer<typeof ExportPart>

const byId = z.object({ id: z.uuid() })

export const logs = {
  /** What there is to tail, for one placement, one environment, or all. */
  sources: call
    .input(z.object({ placementId: PlacementId.optional(), environmentId: EnvironmentId.optional() }))
    .output(z.array(LogSource)),
  /** What of a server can be tailed: its containers, its units (the whole journal first) and the files under /var/log. */
  discover: call.input(z.object({ connectionId: ConnectionId })).output(LogDiscovery),
  /** The source that lies there, to be opened: also of what was not discovered, such as a path that somebody typed. */
  sourceOf: call.input(z.object({ origin: ServerOrigin })).output(LogSource),
  /** Opens a view over sources; they are tailed while any view has them. Views end with their client. */
  open: call.input(z.object({ sources: z.array(z.string()).max(1000), filter: LogFilter })).output(z.object({ viewId: ViewId })),
  setFilter: call.input(z.object({ viewId: ViewId, filter: LogFilter })).output(z.object({ matching: z.int().nonnegative() })),
  /** Changes what is tailed without touching the sources that stay. */
  setSources: call.input(z.object({ viewId: ViewId, sources: z.array(z.string()).max(1000) })).output(z.void()),
  /** Rows that pass the filter, by their place among those that do: `from` 0 is the oldest kept. */
  window: call
    .input(z.object({ viewId: ViewId, from: z.int().nonnegative(), count: z.int().min(1).max(2000) }))
    .output(z.object({ from: z.int().nonnegative(), matching: z.int().nonnegative(), rows: z.array(LogRow) })),
  /** The place of the next or previous error, counted from `from`; null where there is none. */
  findError: call
    .input(z.object({ viewId: ViewId, from: z.int().nonnegative(), direction: z.enum(['next', 'previous']) }))
    .output(z.object({ at: z.int().nonnegative().nullable() })),
  /** How many rows pass, in equal stretches of time, and how many of them are errors. */
  histogram: call
    .input(
      z.object({
        viewId: ViewId,
        buckets: z.int().min(1).max(500),
        /** All the time of the rows that pass, where it is left out. */
        range: z.object({ from: z.number(), to: z.number() }).optional(),
      }),
    )
    .output(Histogram),
  /** The place of the first row that passes at or after a time. */
  placeOf: call.input(z.object({ viewId: ViewId, at: z.number() })).output(z.object({ at: z.int().nonnegative() })),
  /** Looks through all that is kept on disk, newest first; tells what it has found while it goes on. */
  search: call
    .input(
      z.object({
        sources: z.array(z.string()).max(1000),
        filter: LogFilter,
        limit: z.int().min(1).max(1000).default(200),
        buckets: z.int().min(1).max(500).default(60),
      }),
    )
    .output(streamOf(LogFound)),
  /** Looks on the servers themselves, in files, what was rotated from them, and journals: only lines with the word come. Keeps nothing. */
  searchServers: call
    .input(
      z.object({
        sources: z.array(z.string()).max(1000),
        filter: LogFilter,
        limit: z.int().min(1).max(1000).default(500),
      }),
    )
    .output(streamOf(LogThere)),
  settings: call.output(LogSettings.extend({ keptBytes: z.int().nonnegative() })),
  saveSettings: call.input(LogSettings).output(z.void()),
  /** All rows that pass in a view, oldest first, masked as they are shown: the bytes of a file, in parts. */
  export: call
    .input(z.object({ viewId: ViewId, format: z.enum(['jsonl', 'text']), gzip: z.boolean() }))
    .output(streamOf(ExportPart)),
  /** Kinds of errors that were not there in the hour before, most frequent first. */
  newSince: call.input(z.object({ since: Since, sources: z.array(z.string()).max(1000) })).output(NewSince),
  sets: {
    list: call.output(z.array(LogSet)),
    save: call.input(LogSet).output(z.void()),
    remove: call.input(byId).output(z.void()),
  },
  bookmarks: {
    list: call.output(z.array(LogBookmark)),
    save: call.input(LogBookmark).output(z.void()),
    remove: call.input(byId).output(z.void()),
  },
  alerts: {
    list: call.output(z.array(LogAlertView)),
    /** `webhook`: null leaves what is kept, '' removes it. It is posted to, and kept in the vault: its address may hold a token. */
    save: call.input(LogAlert.extend({ webhook: z.string().max(2000).nullable() })).output(z.void()),
    remove: call.input(byId).output(z.void()),
  },
  follow: call.input(z.object({ viewId: ViewId })).output(streamOf(LogBatch)),
  ack: call.input(z.object({ viewId: ViewId, batch: z.int().positive() })).output(z.void()),
  close: call.input(z.object({ viewId: ViewId })).output(z.void()),
}
