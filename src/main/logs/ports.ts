import type { EnvironmentId, PlacementId, ReleaseId, RunId } from '../../shared/domain/ids'
import type { LogSettings, LogSource } from '../../shared/domain/log'
import type { Clock } from '../ports'
import type { Limits } from './kept'
import type { SearchThere } from './search-there'
import type { ResumeFrom, SourcePiece } from './source'
import type { LogRedactor } from './timeline'

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

/** Who calls: views belong to one client and end with it. */
export interface LogCaller {
  clientId: string
  gone: AbortSignal
}
