import { z } from 'zod'
import { EnvironmentId, PlacementId, ReleaseId, RunId, ServiceId, TargetId, Time } from './ids'
import { Problem } from './problem'

export const Level = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
export type Level = z.infer<typeof Level>

/** One stream of lines. */
export const LogSource = z.object({
  /** Stable over restarts and replacements: target and the provider's own name of the stream. */
  id: z.string().max(400),
  /** Short, for the gutter: `web`, `worker`. */
  name: z.string().max(100),
  targetId: TargetId,
  placementId: PlacementId,
  environmentId: EnvironmentId,
  serviceId: ServiceId,
  /** Index into the twelve source colours; stable per source. */
  colour: z.int().min(0).max(11),
})
export type LogSource = z.infer<typeof LogSource>

export const SourceStatus = z.object({
  sourceId: z.string(),
  state: z.enum(['connecting', 'live', 'lagging', 'failed', 'ended']),
  /** Lines a second over the last seconds. */
  rate: z.number().nonnegative(),
  problem: Problem.nullable(),
})
export type SourceStatus = z.infer<typeof SourceStatus>

/** A row of the timeline. `seq` is its place in what is kept; rows are unique by (source, at, seq). */
export const LogRow = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('line'),
    seq: z.int().nonnegative(),
    at: Time,
    source: z.string(),
    /** The instance that wrote it. */
    instance: z.string(),
    level: Level.nullable(),
    text: z.string(),
    /** Put in place after its neighbours were shown. */
    late: z.boolean(),
    /** Bytes cut from its end, where it was longer than 64 KiB. */
    cut: z.int().nonnegative(),
  }),
  z.object({
    kind: z.literal('gap'),
    seq: z.int().nonnegative(),
    at: Time,
    source: z.string().nullable(),
    /** Why nothing is known here, or what was dropped. */
    words: z.string(),
    dropped: z.int().nonnegative(),
  }),
  z.object({
    kind: z.literal('marker'),
    seq: z.int().nonnegative(),
    at: Time,
    runId: RunId,
    releaseId: ReleaseId.nullable(),
    words: z.string(),
  }),
])
export type LogRow = z.infer<typeof LogRow>

/** What to show. All parts must hold. */
export const LogFilter = z.object({
  /** Plain text, found anywhere, case ignored. */
  text: z.string().max(500),
  /** At least this level; lines without one are shown unless this is above `info`. */
  level: Level.nullable(),
  /** Ids of sources to show; null shows all that the view has. */
  sources: z.array(z.string()).max(1000).nullable(),
})
export type LogFilter = z.infer<typeof LogFilter>

export const everything: LogFilter = { text: '', level: null, sources: null }
