import { expect, test } from 'vitest'
import { ProblemError } from '../../src/shared/domain/problem'
import type { Run } from '../../src/shared/domain/run'
import { ScriptedWorld, type Fault } from '../support/scripted'
import {
  digestOf,
  guardOf,
  makeWorkspace,
  never,
  openEngine,
  rest,
  temporaryFolder,
  type Engine,
  type Workspace,
} from '../support/workspace'

const rounds = Number(process.env['SLIPWAY_SOAK_ROUNDS'] ?? 150)
const firstSeed = Number(process.env['SLIPWAY_SEED'] ?? 20_261_121)

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const places = ['start', 'switch', 'retire', 'undo switch', 'undo start', 'release-command']
const faults: Fault[] = [{ kind: 'fail' }, { kind: 'lost-before' }, { kind: 'lost-after' }]

/** What each host of production serves. */
const serving = (world: ScriptedWorld, space: Workspace) =>
  space.connectionIds.map((id) =>
    world
      .host(space.production.targets[0]!.id, id)
      .instances.filter((one) => one.serving)
      .map((one) => String(one.artifact))
      .toSorted(),
  )

/** What must hold of a run that is over, whatever went wrong on the way. */
function wrongWith(run: Run, before: string[][], after: string[][], wanted: string): string[] {
  const wrong: string[] = []
  const all = new Set(after.flat())
  if (after.some((host) => host.length === 0)) wrong.push(`${run.outcome}, and a host serves nothing`)
  const named = run.outcome === 'failed' || run.outcome === 'unknown' || run.problem?.code === 'mixed-fleet'
  if (all.size > 1 && !named) wrong.push(`two versions serve and the run says ${run.outcome}`)
  if (run.outcome === 'succeeded' && !run.problem && after.some((host) => host.length !== 1 || host[0] !== wanted))
    wrong.push(`succeeded, and hosts serve ${JSON.stringify(after)}`)
  if (run.outcome === 'reverted' && JSON.stringify(after) !== JSON.stringify(before))
    wrong.push(`reverted from ${JSON.stringify(before)}, and hosts serve ${JSON.stringify(after)}`)
  return wrong
}

/** One promote under a random fault and perhaps a kill, until it is over. */
async function round(seed: number): Promise<string[]> {
  const random = generator(seed)
  const pick = <T>(all: readonly T[]) => all[Math.floor(random() * all.length)] as T
  const folder = temporaryFolder()
  const world = new ScriptedWorld()
  let engine: Engine = openEngine({ dataDir: folder.path, world })
  try {
    const onFailure = pick([{ rule: 'revert' as const }, { rule: 'go-on' as const, quorum: 2 }])
    const space = await makeWorkspace(engine, { hosts: 3, onFailure, ...(random() < 0.3 ? { releaseCommand: ['migrate'] } : {}) })
    const start = async (kind: 'deploy', placementId: typeof space.production.id, releaseId: typeof space.v1.id) => {
      const plan = await engine.planner.plan({ kind, placementId, releaseId }, never)
      return engine.runs.start(guardOf(plan), never)
    }
    await rest(engine, (await start('deploy', space.production.id, space.v1.id)).id)
    const before = serving(world, space)
    world.effects.length = 0
    const host = random() < 0.5 ? ` ${pick(space.connectionIds)}` : ''
    if (random() < 0.8) world.faults.set(`${pick(places)}${host}`, { fault: pick(faults), times: 1 + Math.floor(random() * 2) })
    if (random() < 0.25) world.sick.set(digestOf('v2'), { goodProbes: Math.floor(random() * 8) })
    const killAfter = random() < 0.5 ? 1 + Math.floor(random() * 9) : Infinity
    const change = world.change.bind(world)
    const stuck = new Promise<'stuck'>((resolve) => {
      world.change = async (...given) => {
        await change(...given)
        if (world.effects.length < killAfter) return
        resolve('stuck')
        await new Promise(() => {})
      }
    })
    const run = await start('deploy', space.production.id, space.v2.id)
    const rested = await Promise.race([rest(engine, run.id), stuck])
    world.change = change
    if (rested === 'stuck') {
      await engine.die()
      engine = openEngine({ dataDir: folder.path, world })
      await engine.reconcile()
    }
    let last = engine.ports.journal.run(run.id)!
    for (let tries = 0; last.state !== 'ended' && tries < 5; tries += 1) {
      await engine.runs.answer(run.id, tries > 2 ? 'leave' : pick(last.answers))
      last = await rest(engine, run.id)
      while (engine.runs.isLive(run.id)) last = await rest(engine, run.id)
    }
    const wrong =
      last.state === 'ended'
        ? wrongWith(last, before, serving(world, space), String(digestOf('v2')))
        : [`it rests ${last.state} after five answers`]
    const started = world.effects.filter((one) => one.startsWith('start '))
    const removed = world.effects.filter((one) => one.startsWith('remove ')).length
    if (started.length - new Set(started).size > removed) wrong.push('an instance was started twice')
    if (world.effects.filter((one) => one.startsWith('run ')).length > 1) wrong.push('the release command ran twice')
    const raw = engine.storage.raw.prepare('SELECT count(*) FROM locks').pluck().get()
    if (last.state === 'ended' && raw !== 0) wrong.push('a lock was left')
    return wrong.map((words) => `seed ${seed}: ${words}`)
  } catch (error) {
    return [`seed ${seed}: ${error instanceof ProblemError ? error.problem.message : String(error)}`]
  } finally {
    await engine.close().catch(() => {})
    folder.remove()
  }
}

test(
  'D1 D5 D6 whatever fails and whenever it is killed, no run ends saying what is not so',
  async () => {
    const wrong: string[] = []
    for (let index = 0; index < rounds; index += 1) wrong.push(...(await round(firstSeed + index)))
    expect(wrong).toEqual([])
  },
  60 * 60_000,
)
