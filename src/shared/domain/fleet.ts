import { z } from 'zod'
import { Environment } from './environment'
import { AppId, EnvironmentId, PlacementId, ReleaseId, RunId, ServiceId, Time } from './ids'
import { Health, Series } from './observation'
import { Hold } from './placement'
import { Problem } from './problem'
import { Distance } from './release'

export const CellRelease = z.object({
  id: ReleaseId,
  alias: z.string(),
  digest: z.string(),
  deployedAt: Time.nullable(),
  by: z.string(),
})

/** A card of the Fleet: one placement, as last seen. */
export const Cell = z.object({
  placementId: PlacementId,
  appId: AppId,
  environmentId: EnvironmentId,
  running: z.enum(['release', 'drifted', 'nothing', 'unknown']),
  release: CellRelease.nullable(),
  health: Health,
  services: z.array(
    z.object({
      serviceId: ServiceId,
      slug: z.string(),
      running: z.int().nonnegative(),
      desired: z.int().nonnegative(),
      health: Health,
      latencyMs: z.number().nullable(),
    }),
  ),
  /** Requests over the last minutes, for the small chart; null where nothing measures them. */
  requests: Series.nullable(),
  /** Times at which a run changed this placement, for the markers. */
  deploys: z.array(Time),
  /** "This computer", "docker · 2 servers". */
  where: z.string(),
  connectionKind: z.string(),
  address: z.string().nullable(),
  hold: Hold.nullable(),
  activeRun: z.object({ id: RunId, state: z.string(), title: z.string() }).nullable(),
  observedAt: Time.nullable(),
  problem: Problem.nullable(),
  settingsNotApplied: z.boolean(),
  mixed: z.boolean(),
})
export type Cell = z.infer<typeof Cell>

/** The space between two cards. */
export const Gap = z.object({
  appId: AppId,
  from: EnvironmentId,
  to: EnvironmentId,
  distance: Distance,
  fromPlacementId: PlacementId.nullable(),
  toPlacementId: PlacementId.nullable(),
})
export type Gap = z.infer<typeof Gap>

export const FleetApp = z.object({
  id: AppId,
  slug: z.string(),
  name: z.string(),
  services: z.array(z.object({ id: ServiceId, slug: z.string() })),
})
export type FleetApp = z.infer<typeof FleetApp>

export const Fleet = z.object({
  environments: z.array(Environment),
  apps: z.array(FleetApp),
  cells: z.array(Cell),
  gaps: z.array(Gap),
  activeRuns: z.int().nonnegative(),
})
export type Fleet = z.infer<typeof Fleet>

/** First a snapshot, then what changed. A patch carries whole cells and gaps, by their keys. */
export const FleetUpdate = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('snapshot'), fleet: Fleet }),
  z.object({ kind: z.literal('patch'), cells: z.array(Cell), gaps: z.array(Gap), activeRuns: z.int().nonnegative() }),
])
export type FleetUpdate = z.infer<typeof FleetUpdate>

const gapKey = (gap: Gap) => `${gap.appId} ${gap.from} ${gap.to}`

function replaced<T>(before: readonly T[], after: readonly T[], key: (one: T) => string): T[] {
  const news = new Map(after.map((one) => [key(one), one]))
  return before.map((one) => news.get(key(one)) ?? one)
}

/** The fleet after one more update. */
export function applyFleetUpdate(fleet: Fleet | null, update: FleetUpdate): Fleet | null {
  if (update.kind === 'snapshot') return update.fleet
  if (!fleet) return null
  return {
    ...fleet,
    cells: replaced(fleet.cells, update.cells, (cell) => cell.placementId),
    gaps: replaced(fleet.gaps, update.gaps, gapKey),
    activeRuns: update.activeRuns,
  }
}
