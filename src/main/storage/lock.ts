import type { Database } from 'better-sqlite3'
import { Actor, RunId, type PlacementId } from '../../shared/domain/ids'
import type { Clock, Lock, Self } from '../ports'
import { orFull } from './full'

interface Row {
  run_id: string
  actor: string
  since: number
  fence: number
}

/** The workspace's own lock: a row a placement. Each holder gets a greater fence, so that a woken old one is refused. */
export function createLock(raw: Database, clock: Clock, self: Self): Lock {
  const select = raw.prepare('SELECT run_id, actor, since, fence FROM locks WHERE placement_id = ?')
  const nextFence = raw
    .prepare(
      'INSERT INTO fences (placement_id, fence) VALUES (?, 1) ON CONFLICT (placement_id) DO UPDATE SET fence = fence + 1 RETURNING fence',
    )
    .pluck()
  const insert = raw.prepare('INSERT INTO locks (placement_id, run_id, actor, since, beat, fence) VALUES (?, ?, ?, ?, ?, ?)')
  const holder = (placementId: PlacementId) => {
    const row = select.get(placementId) as Row | undefined
    return row
      ? { runId: RunId.parse(row.run_id), actor: Actor.parse(JSON.parse(row.actor)), since: row.since, fence: row.fence }
      : null
  }
  const acquire = raw.transaction((placementId: PlacementId, runId: RunId) => {
    const held = holder(placementId)
    if (held && held.runId !== runId) return { heldBy: held }
    if (held) return { fence: held.fence }
    const fence = Number(nextFence.get(placementId))
    insert.run(placementId, runId, JSON.stringify(self.actor), clock.now(), clock.now(), fence)
    return { fence }
  }).immediate
  return {
    holder,
    acquire: (placement, run) => orFull(raw.name, () => acquire(placement, run)),
    beat: (placementId, runId) =>
      raw.prepare('UPDATE locks SET beat = ? WHERE placement_id = ? AND run_id = ?').run(clock.now(), placementId, runId)
        .changes === 1,
    keepOnly(runIds) {
      const kept = new Set<string>(runIds)
      const rows = raw.prepare('SELECT placement_id, run_id FROM locks').all() as { placement_id: string; run_id: string }[]
      for (const row of rows)
        if (!kept.has(row.run_id)) raw.prepare('DELETE FROM locks WHERE placement_id = ?').run(row.placement_id)
    },
    release(placementId, runId) {
      raw.prepare('DELETE FROM locks WHERE placement_id = ? AND run_id = ?').run(placementId, runId)
    },
  }
}
