import type { App } from '../shared/domain/app'
import type { Artifact, Digest } from '../shared/domain/artifact'
import type { Connection } from '../shared/domain/connection'
import type { Environment } from '../shared/domain/environment'
import type { Actor, ConnectionId, InstallationId, PlacementId, PlanId, RunId, SecretId } from '../shared/domain/ids'
import type { Observation } from '../shared/domain/observation'
import type { Placement, Target } from '../shared/domain/placement'
import type { Plan } from '../shared/domain/plan'
import type { Problem } from '../shared/domain/problem'
import type { Release } from '../shared/domain/release'
import type { Capsule, OutputLine, Run, RunEvent, RunEventBody } from '../shared/domain/run'
import type { SettingsRevision } from '../shared/domain/settings'
import type { Session } from './providers/provider'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Time, so that tests can bring their own. `sleep` ends early, by throwing, when the signal aborts. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Called before and after every journal append and every remote effect. Does nothing outside crash tests. */
export type CrashPoint = (name: string) => void

/** A text that cannot be printed by accident: `toString`, `toJSON` and `inspect` answer `[secret]`. */
export interface SecretText {
  reveal(): string
}

/** The only way to make a remote effect: intent durable → crash point → work → crash point → outcome durable. */
export interface Effects {
  /** `handle` must let the provider find out later what became of it. Throws what `work` throws. */
  do<T>(effect: string, handle: Json, work: () => Promise<T>): Promise<T>
}

/** Reads and writes one noun. */
export interface Repository<T> {
  get(id: string): Promise<T | null>
  /** All of a parent, or all there are, in their order. */
  list(parent?: string): Promise<T[]>
  put(record: T): Promise<void>
  remove(id: string): Promise<void>
}

/** A registry of images that has a connection. */
export interface KnownRegistry {
  connectionId: ConnectionId
  name: string
  host: string
  /** What an Engine tells it; null where anybody may read. Throws a problem of the vault. */
  signIn(): Promise<{ user: string; password: SecretText } | null>
}

/** The registries that have a connection. */
export interface Registries {
  /** The one that a reference of an image names; null where no connection leads there. */
  of(reference: string): Promise<KnownRegistry | null>
}

/** What the workspace remembers. Parents: placements by app, releases by app, settings by placement, plans by placement. */
export interface Records {
  environments: Repository<Environment>
  apps: Repository<App>
  placements: Repository<Placement>
  connections: Repository<Connection>
  releases: Repository<Release>
  artifacts: Repository<Artifact>
  settings: Repository<SettingsRevision>
  plans: Repository<Plan>
  capsules: Repository<Capsule>
  observations: Repository<Observation>
}

/** Append-only. `append` is durable when it returns; its sequence number orders everything. */
export interface Journal {
  /** Stores a new run. Answers the run that already has this plan, where there is one. */
  begin(run: Run): { run: Run; fresh: boolean }
  append(runId: RunId, body: RunEventBody): RunEvent
  events(runId: RunId, after: number): RunEvent[]
  run(runId: RunId): Run | null
  byPlan(planId: PlanId): Run | null
  unfinished(): Run[]
  /** Newest first. */
  list(placementId: PlacementId | null, limit: number): Run[]
}

/** The hash-chained record of acts. Durable when `record` returns. */
export interface Audit {
  record(action: string, subject: Record<string, Json>, reason?: string | null, actor?: Actor): void
}

/** One writer a placement. Each new holder gets a greater fence. */
export interface Lock {
  acquire(placementId: PlacementId, runId: RunId): { fence: number } | { heldBy: { runId: RunId; actor: Actor; since: number } }
  beat(placementId: PlacementId, runId: RunId): boolean
  release(placementId: PlacementId, runId: RunId): void
  /** Drops what a former owner of this data folder held for runs that are not among these. */
  keepOnly(runIds: readonly RunId[]): void
  holder(placementId: PlacementId): { runId: RunId; actor: Actor; since: number; fence: number } | null
}

/** Replaces known secrets in text. Whatever is kept or shown passes it. */
export interface Redactor {
  redact(text: string): string
  /** Whether the secrets that this target's output might hold are known to the redactor now. */
  ready(secretIds: readonly SecretId[]): boolean
}

/** Live output of runs, a file each. */
export interface Outputs {
  append(runId: RunId, lines: readonly OutputLine[]): void
}

/** Opens the way to a target and keeps it open while it is used. The one reader of the vault besides the secrets port. */
export interface Sessions {
  of(target: Target): Promise<Session>
  /** Who answers on a connection now, or the problem in the way. */
  identity(connectionId: ConnectionId): Promise<{ identity: string } | { problem: Problem }>
}

/** Resolves a revision of settings to the variables of a process. Null where there is none. */
export interface SettingsValues {
  variables(revision: SettingsRevision | null): Promise<Record<string, string | SecretText>>
}

/** Artifacts by content. */
export interface ArtifactStore {
  has(digest: Digest): boolean
  get(digest: Digest): Artifact | null
  /** The stored bytes, checked against the digest while they are read: throws at the end where they differ. */
  read(digest: Digest, signal?: AbortSignal): AsyncIterable<Uint8Array>
}

/** Who this installation is. */
export interface Self {
  installationId: InstallationId
  actor: Actor
}
