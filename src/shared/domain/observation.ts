import { z } from 'zod'
import { Digest } from './artifact'
import { ConnectionId, SettingsRevisionId, TargetId, Time } from './ids'
import { Problem } from './problem'

export const Health = z.enum(['healthy', 'unhealthy', 'starting', 'unknown'])
export type Health = z.infer<typeof Health>

/** One running copy of a service. */
export const Instance = z.object({
  /** The provider's own name for it. */
  id: z.string().max(300),
  connectionId: ConnectionId,
  /** The name of the host, where there are several. */
  host: z.string().max(255).optional(),
  artifact: Digest.nullable(),
  settingsRevisionId: SettingsRevisionId.nullable(),
  /** Whether it gets traffic (or, without a route, does the work). */
  serving: z.boolean(),
  health: Health,
  /** The reason for the health, in the provider's words. */
  detail: z.string(),
  startedAt: Time.nullable(),
  healthySince: Time.nullable(),
  restarts: z.int().nonnegative().nullable(),
  memoryBytes: z.int().nonnegative().nullable(),
  cpuPercent: z.number().nonnegative().nullable(),
  latencyMs: z.number().nonnegative().nullable(),
})
export type Instance = z.infer<typeof Instance>

export const Tone = z.enum(['plain', 'ok', 'warn', 'bad', 'unknown'])
export type Tone = z.infer<typeof Tone>

/** One line of a card: a label and what is so, in the provider's own names. */
export const Fact = z.object({
  label: z.string(),
  value: z.string(),
  tone: Tone,
  /** `http:` on loopback or `https:` only. */
  href: z.string().optional(),
  /** Shown in the mono face: a digest, a path, a command. */
  mono: z.boolean().optional(),
})
export type Fact = z.infer<typeof Fact>

/** The facts that answer the five questions of the environment page. */
export const Facts = z.object({
  stored: z.array(Fact),
  runs: z.array(Fact),
  reach: z.array(Fact),
  address: z.array(Fact),
  health: z.array(Fact),
})
export type Facts = z.infer<typeof Facts>

/** Counts over equal spans, oldest first. `at` is the start of the first span. A null span is one nobody watched. */
export const Series = z.object({
  name: z.string(),
  unit: z.string(),
  at: Time,
  spanMs: z.int().positive(),
  points: z.array(z.number().nullable()),
})
export type Series = z.infer<typeof Series>

/** The last look at a target. Shown at once, dimmed when old. */
export const Observation = z.object({
  v: z.literal(1),
  targetId: TargetId,
  observedAt: Time,
  state: z.enum(['seen', 'unreachable']),
  problem: Problem.nullable(),
  /** By connection: who answered. Compared with what is pinned. */
  identities: z.record(z.string(), z.string()),
  desired: z.int().nonnegative(),
  instances: z.array(Instance),
  /** Artifacts that lie on any connection of the target: from there the others get them. Empty where the app's own store is the only place. */
  present: z.array(Digest).default([]),
  facts: Facts,
  series: z.array(Series),
})
export type Observation = z.infer<typeof Observation>

/** The artifact that serves, where all serving instances agree; null where none serves or they differ. */
export function servingArtifact(observation: Observation): Digest | null {
  const digests = new Set(observation.instances.filter((instance) => instance.serving).map((instance) => instance.artifact))
  return digests.size === 1 ? ([...digests][0] ?? null) : null
}
