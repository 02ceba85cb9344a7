import type { Database } from 'better-sqlite3'
import type { RunId } from '../../shared/domain/ids'
import { Run, RunEvent, applyEvent, type RunEventBody } from '../../shared/domain/run'
import type { Clock, CrashPoint, Journal } from '../ports'
import type { Topic } from '../topic'
import { orFull } from './full'

/** The append-only journal of runs. An event and the state that it makes are written in one durable step. */
export function createJournal(raw: Database, clock: Clock, crashPoint: CrashPoint, appended: Topic): Journal {
  const insertRun = raw.prepare('INSERT INTO runs (id, plan_id, placement_id, ended, started_at, body) VALUES (?, ?, ?, 0, ?, ?)')
  const updateRun = raw.prepare('UPDATE runs SET ended = ?, body = ? WHERE id = ?')
  const insertEvent = raw.prepare('INSERT INTO run_events (run_id, seq, at, body) VALUES (?, ?, ?, ?)')
  const oneRun = raw.prepare('SELECT body FROM runs WHERE id = ?').pluck()
  const oneByPlan = raw.prepare('SELECT body FROM runs WHERE plan_id = ?').pluck()
  const read = (text: unknown) => (typeof text === 'string' ? Run.parse(JSON.parse(text)) : null)
  const readAll = (texts: unknown[]) => texts.map((text) => Run.parse(JSON.parse(String(text))))
  // The state of runs that are under way, so that an append need not read it back.
  const live = new Map<RunId, Run>()

  const current = (runId: RunId): Run => {
    const run = live.get(runId) ?? read(oneRun.get(runId))
    if (!run) throw new Error(`no run ${runId}`)
    return run
  }

  return {
    begin(run) {
      const before = read(oneByPlan.get(run.planId))
      if (before) return { run: before, fresh: false }
      orFull(raw.name, () => insertRun.run(run.id, run.planId, run.placementId, run.startedAt, JSON.stringify(run)))
      live.set(run.id, run)
      appended.publish()
      return { run, fresh: true }
    },
    append(runId, body: RunEventBody) {
      crashPoint(`journal ${body.type} before`)
      const before = current(runId)
      const event: RunEvent = { v: 1, runId, seq: before.seq + 1, at: clock.now(), body }
      const after = applyEvent(before, event)
      orFull(raw.name, () =>
        raw.transaction(() => {
          insertEvent.run(runId, event.seq, event.at, JSON.stringify(body))
          updateRun.run(after.state === 'ended' ? 1 : 0, JSON.stringify(after), runId)
        })(),
      )
      if (after.state === 'ended') live.delete(runId)
      else live.set(runId, after)
      crashPoint(`journal ${body.type} after`)
      appended.publish()
      return event
    },
    events: (runId, after) =>
      (
        raw.prepare('SELECT seq, at, body FROM run_events WHERE run_id = ? AND seq > ? ORDER BY seq').all(runId, after) as {
          seq: number
          at: number
          body: string
        }[]
      ).map((row) => RunEvent.parse({ v: 1, runId, seq: row.seq, at: row.at, body: JSON.parse(row.body) })),
    run: (runId) => live.get(runId) ?? read(oneRun.get(runId)),
    byPlan: (planId) => read(oneByPlan.get(planId)),
    unfinished: () => readAll(raw.prepare('SELECT body FROM runs WHERE ended = 0 ORDER BY started_at').pluck().all()),
    list: (placementId, limit) =>
      readAll(
        placementId
          ? raw
              .prepare('SELECT body FROM runs WHERE placement_id = ? ORDER BY started_at DESC, id DESC LIMIT ?')
              .pluck()
              .all(placementId, limit)
          : raw.prepare('SELECT body FROM runs ORDER BY started_at DESC, id DESC LIMIT ?').pluck().all(limit),
      ),
  }
}
