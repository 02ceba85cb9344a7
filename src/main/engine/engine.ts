import type { Run } from '../../shared/domain/run'
import type { Provider } from '../providers/provider'
import type {
  ArtifactStore,
  Registries,
  Audit,
  Clock,
  CrashPoint,
  Journal,
  Lock,
  Outputs,
  Records,
  Redactor,
  Self,
  Sessions,
  SettingsValues,
} from '../ports'
import type { Topic } from '../topic'

/** Spans that tests shorten. Milliseconds. */
export interface Timings {
  /** How long new instances may take to become healthy. */
  healthyTimeout: number
  /** Between two questions of the gate. */
  probeInterval: number
  /** Good answers in a row before an instance counts as healthy. */
  goodInARow: number
  /** Bad answers in a row before the bake fails. */
  badInARow: number
  /** How long a run that asks waits before it reverts. */
  askTimeout: number
  /** How long a lost link is tried again before the run ends unknown. */
  linkPatience: number
  heartbeat: number
  checkTimeout: number
  /** Upstream counts as proven when it was healthy for so long. */
  upstreamProven: number
}

export const timings: Timings = {
  healthyTimeout: 30_000,
  probeInterval: 500,
  goodInARow: 3,
  badInARow: 2,
  askTimeout: 5 * 60_000,
  linkPatience: 35_000,
  heartbeat: 15_000,
  checkTimeout: 10_000,
  upstreamProven: 60_000,
}

/** All that the engine is given. It opens nothing itself. */
export interface EnginePorts {
  records: Records
  journal: Journal
  audit: Audit
  lock: Lock
  sessions: Sessions
  providers: ReadonlyMap<string, Provider>
  artifacts: ArtifactStore
  registries: Registries
  settings: SettingsValues
  outputs: Outputs
  redactor: Redactor
  clock: Clock
  crashPoint: CrashPoint
  /** Told of errors that are no problems: their details are for the own log, never for the screen. */
  unexpected(doing: string, error: unknown): void
  /** Told of a run that has come to rest: ended, or waiting for a person. */
  rested(run: Run): void
  self: Self
  /** Published when anything that a view shows may have changed. */
  changed: Topic
  timings: Timings
}
