import { z } from 'zod'
import { Name, RunId, Time } from './ids'
import { Level, LogFilter } from './log'

const Id = z.uuid()
const SourceIds = z.array(z.string()).max(1000)

/** Sources and a filter under a name. */
export const LogSet = z.object({ id: Id, name: Name, sources: SourceIds, filter: LogFilter })
export type LogSet = z.infer<typeof LogSet>

/** A line that somebody wants to find again; its text is kept, masked as it was shown. */
export const LogBookmark = z.object({
  id: Id,
  source: z.string().max(1200),
  at: Time,
  text: z.string().max(2000),
  note: z.string().max(500),
})
export type LogBookmark = z.infer<typeof LogBookmark>

/** Tells when so many lines pass a filter within so many seconds, while the app runs. */
export const LogAlert = z.object({
  id: Id,
  name: Name,
  sources: SourceIds.min(1, 'Choose a source'),
  filter: LogFilter,
  threshold: z.int().min(1).max(1_000_000),
  windowSeconds: z.int().min(1).max(86_400),
  /** A notification of the desktop. */
  desktop: z.boolean(),
  enabled: z.boolean(),
})
export type LogAlert = z.infer<typeof LogAlert>

/** A rule as it is shown: of its webhook, only which host it goes to. */
export const LogAlertView = LogAlert.extend({
  webhookHost: z.string().nullable(),
  firedAt: Time.nullable(),
  /** It is not watched yet: the secrets are locked, and what its sources need to be reached may be among them. */
  waits: z.boolean(),
  /** Why the webhook was not reached the last time. */
  problem: z.string().nullable(),
})
export type LogAlertView = z.infer<typeof LogAlertView>

/** An error that was not seen before a deploy: its text without what differs each time. */
export const NewError = z.object({
  signature: z.string(),
  count: z.int().positive(),
  /** How it was said first. */
  at: Time,
  source: z.string(),
  instance: z.string(),
  level: Level.nullable(),
  text: z.string(),
})
export type NewError = z.infer<typeof NewError>

/** What is new since a moment. `known`: how many kinds of errors there were in the hour before. */
export const NewSince = z.object({
  at: Time,
  errors: z.array(NewError),
  known: z.int().nonnegative(),
  looked: z.int().nonnegative(),
})
export type NewSince = z.infer<typeof NewSince>

/** The moment that is asked about: a deploy, or a time. */
export const Since = z.union([z.object({ runId: RunId }), z.object({ at: Time })])
