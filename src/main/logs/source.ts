import type { Level } from '../../shared/domain/log'
import type { LogPiece, LogRecord } from '../providers/provider'

/** A record, and the level that its source gives it apart from the text (journald's priority). */
export type SourceRecord = LogRecord & { level?: Level | null }

/** What a source says. */
export type SourcePiece =
  | {
      kind: 'records'
      records: SourceRecord[]
      /** Where to go on from behind these, for a source that can be read again from a place rather than from a time. */
      cursor?: string
    }
  | Extract<LogPiece, { kind: 'gap' }>
  /** What was measured of its host: how far its clock is ahead of ours, and its zone: east of UTC, and by its short name. */
  | { kind: 'place'; skewMs: number; zoneMs: number; zoneName: string }

/** From where a source is followed: a time that is included, and the cursor that it gave last, where it gives any. */
export interface ResumeFrom {
  since: number
  cursor: string | null
}
