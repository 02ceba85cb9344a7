import Database from 'better-sqlite3'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStorage } from '../../../src/main/storage/database'
import { createJournal } from '../../../src/main/storage/journal'
import { Topic } from '../../../src/main/topic'
import { realClock } from '../../support/local'
import { AppId, EnvironmentId, InstallationId, PlacementId, PlanId, RunId, StepId, newId } from '../../../src/shared/domain/ids'
import type { Run, RunEventBody } from '../../../src/shared/domain/run'
import { median } from '../measure'
import { against, type Row } from '../report'

const appends = 1000
const rounds = 5

/** A run with the steps of a promote to three servers. */
function freshRun(): Run {
  const phases = ['transfer', 'start', 'healthy', 'switch', 'bake', 'retire'] as const
  const steps = phases.flatMap((phase) => [1, 2, 3].map((host) => ({ id: StepId.parse(`${phase}-${host}`), phase })))
  return {
    v: 1,
    id: newId(RunId),
    installationId: newId(InstallationId),
    actor: { name: 'ana', machine: 'laptop' },
    planId: newId(PlanId),
    kind: 'promote',
    title: 'Promote shop v2 to production',
    appId: newId(AppId),
    environmentId: newId(EnvironmentId),
    placementId: newId(PlacementId),
    releaseId: null,
    fromReleaseId: null,
    startedAt: 1,
    endedAt: null,
    state: 'running',
    outcome: null,
    phase: null,
    steps: steps.map((step) => ({
      ...step,
      state: 'waiting',
      startedAt: null,
      endedAt: null,
      words: '',
      done: null,
      total: null,
      problem: null,
      open: [],
    })),
    problem: null,
    truths: [],
    answers: [],
    askedUntil: null,
    stopping: null,
    capsuleId: null,
    fence: 1,
    reason: null,
    holdAfter: false,
    seq: 0,
  }
}

const body = (count: number): RunEventBody => ({
  type: 'step-progress',
  stepId: StepId.parse('healthy-1'),
  words: `${count} of 3 healthy`,
  done: null,
  total: null,
})

function perSecond(work: () => void): number {
  const begun = performance.now()
  work()
  return (appends / (performance.now() - begun)) * 1000
}

/** Durable appends of the journal beside bare inserts of the same bytes, alternated on one disk. */
export async function journal(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sw-b-'))
  mkdirSync(join(folder, 'ours'))
  const storage = openStorage(join(folder, 'ours'), Date.now())
  const ours = createJournal(storage.raw, realClock, () => {}, new Topic())
  const bare = new Database(join(folder, 'bare.db'))
  bare.pragma('journal_mode = WAL')
  bare.pragma('synchronous = FULL')
  bare.exec('CREATE TABLE events (run TEXT, seq INTEGER, at INTEGER, body TEXT, state TEXT)')
  const insert = bare.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?)')
  const run = freshRun()
  ours.begin(run)
  const state = JSON.stringify(run)
  const rates = { ours: [] as number[], bare: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    rates.ours.push(
      perSecond(() => {
        for (let count = 0; count < appends; count++) ours.append(run.id, body(count))
      }),
    )
    rates.bare.push(
      perSecond(() => {
        for (let count = 0; count < appends; count++) insert.run(run.id, count, Date.now(), JSON.stringify(body(count)), state)
      }),
    )
  }
  await storage.close()
  bare.close()
  rmSync(folder, { recursive: true, force: true })
  return [
    against('journal, durable appends', median(rates.ours), 'better-sqlite3, the same bytes, WAL FULL', median(rates.bare), '/s'),
  ]
}
