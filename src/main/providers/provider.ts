import type { Duplex } from 'node:stream'
import type { ArtifactKind, Digest } from '../../shared/domain/artifact'
import type { App, Service } from '../../shared/domain/app'
import type { Check } from '../../shared/domain/check'
import type { ConnectionKind } from '../../shared/domain/connection'
import type { Discovery, ImageOnHost } from '../../shared/domain/discovery'
import type { Environment } from '../../shared/domain/environment'
import type { ConnectionId, PlanId, RunId } from '../../shared/domain/ids'
import type { Observation } from '../../shared/domain/observation'
import type { Placement, Target } from '../../shared/domain/placement'
import type { PlanKind, Step } from '../../shared/domain/plan'
import type { Release } from '../../shared/domain/release'
import type { Capsule } from '../../shared/domain/run'
import type { Strategy, StrategyKind } from '../../shared/domain/strategy'
import type { SettingsRevision } from '../../shared/domain/settings'
import type { ArtifactStore, Clock, Effects, Json, Registries, SecretText } from '../ports'

/** One field of a form that the renderer draws without knowing the provider. */
export interface Field {
  key: string
  label: string
  kind: 'text' | 'number' | 'command' | 'choice' | 'switch'
  help?: string
  required?: boolean
  choices?: readonly { value: string; label: string }[]
}

/** A way in that is open: who answered, and the handle that its kind gives (its type is the kind's own). */
export interface OpenConnection {
  id: ConnectionId
  kind: ConnectionKind
  identity: string
  handle: unknown
}

export interface ProviderPorts {
  clock: Clock
  artifacts: ArtifactStore
  registries: Registries
}

/** Where a target stands: all that a provider may know of it. */
export interface TargetContext {
  app: App
  environment: Environment
  placement: Placement
  service: Service
  target: Target
}

/** The name of an environment's lock on its servers. Ids differ between installations that adopted the same containers; slugs do not. */
export const lockKey = ({ app, environment }: Pick<TargetContext, 'app' | 'environment'>) => `${app.slug}.${environment.slug}`

/** What the planner asks a provider to plan, for one target. */
export interface Change extends TargetContext {
  kind: PlanKind
  observed: Observation
  /** What is to run; null for a stop. */
  artifact: Digest | null
  /** The registry from which the target's hosts fetch it; `only`: nobody else has it. Null where they get it from here. */
  pull: { locator: string; only: boolean } | null
  release: Release | null
  /** Wanted after the change, on each connection. */
  instances: number
  settings: SettingsRevision | null
  strategy: Strategy
  /** Whether this target is the one that runs the service's release command. */
  releaseCommand: boolean
}

/** What a provider answers. Plain data; nothing was changed. Equal inputs give equal steps, ids included. */
export interface ProviderPlan {
  /** Without `transfer`: the planner adds it. `healthy` and `bake` steps are carried out by the engine through `probe`. */
  steps: Step[]
  checks: Check[]
  /** How the change goes over, in words. */
  manner: string
  /** What a way back does not undo, in words. */
  notUndone: string[]
}

/** What a step may use while it is applied or undone. */
export interface StepContext extends TargetContext {
  planId: PlanId
  runId: RunId
  /** Installation and run: the owner of the locks. */
  owner: string
  /** Of the lock on the step's own connection; of the workspace's row where that has none. */
  fence: number
  release: Release | null
  artifact: Digest | null
  settings: SettingsRevision | null
  /** Resolved at the moment of use; never kept. */
  variables(): Promise<Record<string, string | SecretText>>
}

export type StepEvent =
  | { type: 'progress'; words: string; done: number | null; total: number | null }
  | { type: 'output'; text: string }

/** One answer of one instance to the question whether it is well. `known: false` where the link is lost. */
export interface ProbeAnswer {
  instance: string
  connectionId: ConnectionId
  healthy: boolean
  known: boolean
  words: string
}

/** A terminal in an instance, or a one-off command: bytes both ways. */
export interface OpenTerminal {
  stream: Duplex
  resize(columns: number, rows: number): Promise<void>
  /** null where the link went before the end was known. */
  ended: Promise<{ code: number | null }>
}

/** Told of bytes that came, of so many; null where nobody knows. */
export type Report = (done: number, total: number | null) => void

export type Evidence = Capsule['evidence'][number]

/** A record of a log, as its source wrote it. `cut` counts the bytes left out of a line that was too long. */
export interface LogRecord {
  at: number
  instance: string
  text: string
  cut: number
}

export type LogPiece =
  | { kind: 'records'; records: LogRecord[] }
  /** Nothing is known of this span, or so many lines were lost. */
  | { kind: 'gap'; at: number; words: string; dropped: number }

export interface LogStream {
  /** Stable over restarts and replacements. */
  id: string
  name: string
}

/** The bytes of an artifact on their way to a target. What is optional lets it take less than all of them. */
export interface ArtifactBytes extends AsyncIterable<Uint8Array> {
  /** What it is made of, bottom first, as the host that gives it says. */
  layers?: readonly string[]
  /** The bytes from the first one on, once more, for this target alone. */
  again?(): AsyncIterable<Uint8Array>
  /** The bytes to be looked through beforehand; absent where that costs as much as to bring them. */
  look?(): AsyncIterable<Uint8Array>
  /** What became of them so far, in words for the step. */
  note?(words: string): void
}

/** A provider at work on the connections of one target. An absent group means "cannot". */
export interface Session {
  /** Read-only, the basis of everything. Answers `unreachable` with a problem rather than throwing. */
  observe(context: TargetContext, signal: AbortSignal): Promise<Observation>
  plan(change: Change, signal: AbortSignal): Promise<ProviderPlan>
  /** Idempotent: reads back before it writes. Throws a ProblemError where it fails, LinkLost where it cannot know. */
  apply(step: Step, context: StepContext, effects: Effects, signal: AbortSignal): AsyncGenerator<StepEvent>
  /** Takes a step back; does nothing where nothing was done. */
  undo(step: Step, context: StepContext, effects: Effects, signal: AbortSignal): AsyncGenerator<StepEvent>
  /** Whether the instances of a `healthy` or `bake` step are well now. Redirects are not followed. */
  probe(step: Step, context: StepContext, signal: AbortSignal): Promise<ProbeAnswer[]>
  /** What became of an effect whose outcome is not on disk. */
  resume(
    step: Step,
    effect: string,
    handle: Json,
    context: StepContext,
    signal: AbortSignal,
  ): Promise<'done' | 'not-done' | 'unknown'>
  /** Read before any clean-up. */
  evidence(step: Step, context: StepContext, limits: { lines: number; bytes: number }, signal: AbortSignal): Promise<Evidence[]>
  artifacts?: {
    has(digest: Digest, connectionId: ConnectionId, signal: AbortSignal): Promise<boolean>
    /** Stores the bytes of `source` under their digest, whole or not at all. */
    write(digest: Digest, connectionId: ConnectionId, source: ArtifactBytes, signal: AbortSignal): Promise<void>
    /**
     * Lets the host fetch an artifact by itself from a registry, by a locator that cannot change. Throws a problem where it does not
     * get it, or gets another.
     */
    pull?(digest: Digest, locator: string, connectionId: ConnectionId, report: Report, signal: AbortSignal): Promise<void>
    /** Checked against the digest at the end. */
    read?(digest: Digest, connectionId: ConnectionId, signal: AbortSignal): AsyncIterable<Uint8Array>
    /** What an artifact there is made of, bottom first, as `ArtifactBytes` gives it on. */
    layers?(digest: Digest, connectionId: ConnectionId, signal: AbortSignal): Promise<readonly string[]>
  }
  logs?: {
    streams(context: TargetContext, signal: AbortSignal): Promise<LogStream[]>
    /** From `since` (milliseconds, 0 for all there is), then as it comes, until the signal aborts. */
    follow(stream: string, since: number, signal: AbortSignal): AsyncGenerator<LogPiece>
  }
  /** The lock on the connections themselves, where they have one (servers do). Keys are taken sorted, all or none. */
  lock?: {
    /** The key is `lockKey`: what all installations that know this app share. `words` says who and from where. Each connection gives its own fence. */
    acquire(
      key: string,
      owner: string,
      words: string,
      signal: AbortSignal,
    ): Promise<{ fences: Record<string, number> } | { heldBy: string; where: string; since: number }>
    beat(key: string, owner: string, signal: AbortSignal): Promise<boolean>
    release(key: string, owner: string, signal: AbortSignal): Promise<void>
    /** Takes away locks whose holder has not been heard of for 75 s by the server's clock. Answers whose they were. */
    reclaim(key: string, signal: AbortSignal): Promise<string[]>
  }
  /** A shell in a running instance. */
  shell?(
    instance: string,
    context: TargetContext,
    size: { columns: number; rows: number },
    signal: AbortSignal,
  ): Promise<OpenTerminal>
  /** A command once, in an instance of its own of what serves, with the service's settings. It is removed when it ends. */
  runOnce?(
    command: readonly string[],
    context: StepContext,
    connectionId: ConnectionId,
    size: { columns: number; rows: number },
    signal: AbortSignal,
  ): Promise<OpenTerminal>
  close(): Promise<void>
}

export interface Provider {
  kind: string
  name: string
  /** SVG text, drawn by the renderer as an image. */
  icon: string
  connectionKind: ConnectionKind
  accepts: readonly ArtifactKind[]
  /** Ways of bringing hosts over that it can; `all` where it says nothing. */
  strategies?: readonly StrategyKind[]
  /** Whether its sessions can open shells. */
  terminals?: true
  targetFields: readonly Field[]
  /** Parses a target's settings; throws a problem that names the field. */
  parseTarget(settings: Record<string, unknown>): Record<string, Json>
  connect(connections: readonly OpenConnection[], ports: ProviderPorts): Promise<Session>
  /** Images by their names; `null` is the Engine of this computer. An absent group means "cannot". */
  images?: {
    list(where: OpenConnection | null, signal: AbortSignal): Promise<ImageOnHost[]>
    /** Which image a reference means there now; pulled where it is not there. Throws a problem where there is none. */
    resolve(where: OpenConnection | null, reference: string, ports: ProviderPorts, signal: AbortSignal): Promise<ImageOnHost>
    /** The archive of an image. */
    save(where: OpenConnection | null, digest: Digest, signal: AbortSignal): AsyncIterable<Uint8Array>
  }
  /** All containers of a connection, whoever made them, and what they write. An absent group means "has none". */
  containers?: {
    list(connection: OpenConnection, signal: AbortSignal): Promise<{ name: string; words: string }[]>
    /** As `Session.logs.follow`. */
    follow(
      connection: OpenConnection,
      container: string,
      from: { since: number; clock: Clock },
      signal: AbortSignal,
    ): AsyncGenerator<LogPiece>
  }
  /** What runs on a connection, to make environments of. Read-only. What stands in the way is the discovery's problem. */
  discover?(connection: OpenConnection, ports: ProviderPorts, signal: AbortSignal): Promise<Discovery>
}

/** Says that this folder is a provider. */
export const defineProvider = (provider: Provider): Provider => provider
