import { z } from 'zod'
import { ConnectionId, EnvironmentId, PlacementId, ReleaseId, RunId, ServiceId, TargetId, Time } from './ids'
import { Problem } from './problem'

export const Level = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
export type Level = z.infer<typeof Level>

// oxlint-disable-next-line no-control-regex -- naming control characters is the point of this rule
const noControl = /^[^\u0000-\u001f\u007f]*$/

/** What lies on a server itself, apart from any placement. */
export const ServerOrigin = z.discriminatedUnion('kind', [
  /** A container by its name, whichever app it is of. */
  z.object({
    kind: z.literal('container'),
    connectionId: ConnectionId,
    container: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/, 'A container is letters, digits, dots and dashes'),
  }),
  /** A systemd unit; null is the whole journal. */
  z.object({
    kind: z.literal('unit'),
    connectionId: ConnectionId,
    unit: z
      .string()
      .regex(/^[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]{0,254}$/, 'A unit is a name such as nginx.service')
      .nullable(),
  }),
  /** A file, or all that a pattern matches: `/var/log/nginx/*.log`. */
  z.object({
    kind: z.literal('file'),
    connectionId: ConnectionId,
    path: z
      .string()
      .max(1000)
      .startsWith('/', 'Give the path from the root: /var/log/…')
      .regex(noControl, 'A path has no control characters'),
  }),
])
export type ServerOrigin = z.infer<typeof ServerOrigin>

/** Where a source lies: what a provider hands out of a placement, or something on a server. */
export const LogOrigin = z.discriminatedUnion('kind', [z.object({ kind: z.literal('placement') }), ...ServerOrigin.options])
export type LogOrigin = z.infer<typeof LogOrigin>

/** One stream of lines. Of a server's own units and files the ids of a placement are null. */
export const LogSource = z.object({
  /** Stable over restarts and replacements: target and the provider's own name of the stream. */
  id: z.string().max(1200),
  /** Short, for the gutter: `web`, `worker`. */
  name: z.string().max(100),
  origin: LogOrigin,
  targetId: TargetId.nullable(),
  placementId: PlacementId.nullable(),
  environmentId: EnvironmentId.nullable(),
  serviceId: ServiceId.nullable(),
  /** Index into the twelve source colours; stable per source. */
  colour: z.int().min(0).max(11),
})
export type LogSource = z.infer<typeof LogSource>

/** A source that a server offers, and what is known of it: `running`, `1.2 MB`. */
export const OfferedSource = z.object({
  source: LogSource,
  words: z.string(),
  /** When a file was written to last, by its server. */
  writtenAt: Time.nullable(),
})
export type OfferedSource = z.infer<typeof OfferedSource>

/** What of a server can be tailed. What could not be listed has its problem; the rest stands. */
export const LogDiscovery = z.object({
  containers: z.array(OfferedSource),
  units: z.array(OfferedSource),
  files: z.array(OfferedSource),
  problems: z.array(Problem),
})
export type LogDiscovery = z.infer<typeof LogDiscovery>

export const SourceStatus = z.object({
  sourceId: z.string(),
  state: z.enum(['connecting', 'live', 'lagging', 'failed', 'ended']),
  /** Lines a second over the last seconds. */
  rate: z.number().nonnegative(),
  /** How long ago the newest line was written when it came. */
  lagMs: z.int().nonnegative(),
  /** How far its host's clock is ahead of ours, where that was measured. */
  skewMs: z.int().nullable(),
  /** Its host's zone as it is now, where that was measured: milliseconds east of UTC, and its short name. */
  zone: z.object({ eastMs: z.int(), name: z.string().max(20) }).nullable(),
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
    /** It goes on with the line before it of the same instance: a stack trace. */
    part: z.boolean(),
    /** How many lines go on with this one. */
    parts: z.int().nonnegative(),
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

/** A field of a line that is an object or logfmt. `a.b` names a field within a field. */
export const FieldFilter = z.object({ key: z.string().min(1).max(100), value: z.string().max(500), exclude: z.boolean() })
export type FieldFilter = z.infer<typeof FieldFilter>

/** What to show. All parts must hold. */
export const LogFilter = z.object({
  /** Found anywhere, case ignored. */
  text: z.string().max(500),
  /** Whether `text` and `exclude` are regular expressions (RE2: linear in time, no look-around, no back-references). */
  regex: z.boolean().default(false),
  /** Lines with this are left out. */
  exclude: z.string().max(500).default(''),
  fields: z.array(FieldFilter).max(20).default([]),
  /** At least this level; lines without one are shown unless this is above `info`. */
  level: Level.nullable(),
  /** Ids of sources to show; null shows all that the view has. */
  sources: z.array(z.string()).max(1000).nullable(),
  /** Lines around each that passes. */
  context: z.int().min(0).max(50).default(0),
  /** Milliseconds since 1970, both included. */
  range: z.object({ from: Time, to: Time }).nullable().default(null),
  /** Lines that go on with another are left out, unless they are looked for. */
  folded: z.boolean().default(false),
})
export type LogFilter = z.infer<typeof LogFilter>
/** As clients give it: what is left out has its default. */
export type LogFilterInput = z.input<typeof LogFilter>

export const everything: LogFilter = {
  text: '',
  regex: false,
  exclude: '',
  fields: [],
  level: null,
  sources: null,
  context: 0,
  range: null,
  folded: false,
}

/** How the logs are kept and ordered. */
export const LogSettings = z.object({
  /** How long a line waits for neighbours that were written before it. */
  windowMs: z.int().min(0).max(30_000),
  /** What may be kept on disk, compressed. */
  keepBytes: z.int().min(16 * 1024 * 1024),
  keepDays: z.int().min(1).max(3650),
  /** Whether times are put right by what a host's clock is ahead. */
  correctSkew: z.boolean(),
})
export type LogSettings = z.infer<typeof LogSettings>

export const defaultLogSettings: LogSettings = {
  windowMs: 2000,
  keepBytes: 1024 * 1024 * 1024,
  keepDays: 14,
  correctSkew: false,
}
