import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Run } from '../../src/shared/domain/run'
import { ScriptedWorld } from '../support/scripted'
import {
  deploy,
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

let folder: ReturnType<typeof temporaryFolder>
let world: ScriptedWorld
let engine: Engine
let space: Workspace

beforeEach(() => {
  folder = temporaryFolder()
  world = new ScriptedWorld()
  engine = openEngine({ dataDir: folder.path, world })
})
afterEach(async () => {
  await engine.close()
  folder.remove()
})

const running = () =>
  space.connectionIds.map((id) =>
    world
      .host(space.production.targets[0]!.id, id)
      .instances.filter((one) => one.serving)
      .map((one) => one.artifact),
  )

async function ended(runId: Run['id']) {
  for (;;) {
    const run = await rest(engine, runId)
    if (run.state === 'ended') return run
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** Starts a promote to three hosts and leaves it, as a kill would, when the world has made so many effects. */
async function leftAfter(effects: number) {
  space = await makeWorkspace(engine, { hosts: 3 })
  await deploy(engine, space.production, space.v1)
  await deploy(engine, space.staging, space.v2)
  world.effects.length = 0
  const change = world.change.bind(world)
  world.change = async (...given) => {
    await change(...given)
    if (world.effects.length >= effects) await new Promise(() => {})
  }
  const plan = await engine.planner.plan({ kind: 'promote', from: space.staging.id, to: space.production.id }, never)
  const run = await engine.runs.start(guardOf(plan), never)
  while (world.effects.length < effects) await new Promise((resolve) => setTimeout(resolve, 2))
  await engine.die()
  world.change = change
  return run
}

/** A new owner of the same folder. */
async function reopened() {
  engine = openEngine({ dataDir: folder.path, world })
  return engine.reconcile()
}

test.each([1, 4, 6, 8])(
  'D1 a run that was left after %i effects is found with what is true, and can be finished',
  async (effects) => {
    const run = await leftAfter(effects)
    const found = await reopened()
    expect(found.map((one) => one.id)).toEqual([run.id])
    const state = engine.ports.journal.run(run.id)!
    expect(state.state).toBe('interrupted')
    const serving = running().map((host) => host[0])
    const old = serving.filter((one) => one === digestOf('v1')).length
    expect(state.truths[0]!.state).toBe(old === 3 ? 'old' : old === 0 ? 'new' : 'both')
    await engine.runs.answer(run.id, 'finish')
    expect((await ended(run.id)).outcome).toBe('succeeded')
    expect(running()).toEqual([[digestOf('v2')], [digestOf('v2')], [digestOf('v2')]])
    expect(world.effects.filter((one) => one.startsWith('start '))).toHaveLength(3)
  },
)

test.each([2, 5])('D1 a run that was left after %i effects can be taken back', async (effects) => {
  const run = await leftAfter(effects)
  await reopened()
  await engine.runs.answer(run.id, 'revert')
  expect((await ended(run.id)).outcome).toBe('reverted')
  expect(running()).toEqual([[digestOf('v1')], [digestOf('v1')], [digestOf('v1')]])
  expect([...world.hosts.values()].every((host) => host.instances.every((one) => one.serving))).toBe(true)
})

test('D1 once old instances are going, no way back is offered within the run', async () => {
  const run = await leftAfter(8)
  await reopened()
  expect(engine.ports.journal.run(run.id)?.answers).toEqual(['finish', 'leave'])
  await expect(engine.runs.answer(run.id, 'revert')).rejects.toMatchObject({ problem: { code: 'answer-unfit' } })
})

test('a run that nobody answers keeps others out, and says who is in the way', async () => {
  await leftAfter(4)
  await reopened()
  const plan = await engine.planner.plan({ kind: 'deploy', placementId: space.production.id, releaseId: space.v2.id }, never)
  const lock = plan.checks.find((check) => check.id === 'lock')
  expect(lock?.outcome).toBe('block')
  expect(lock?.fix?.kind).toBe('open-run')
})

test('a stop at the safe point rests before the next phase and can be finished', async () => {
  space = await makeWorkspace(engine, { hosts: 3 })
  await deploy(engine, space.production, space.v1)
  await deploy(engine, space.staging, space.v2)
  const plan = await engine.planner.plan({ kind: 'promote', from: space.staging.id, to: space.production.id }, never)
  const run = await engine.runs.start(guardOf(plan), never)
  engine.runs.stop(run.id, 'safe-point')
  const rested = await rest(engine, run.id)
  expect(rested.state).toBe('interrupted')
  expect(rested.answers).toEqual(['finish', 'revert', 'leave'])
  await engine.runs.answer(run.id, 'finish')
  expect((await ended(run.id)).outcome).toBe('succeeded')
})

test('a stop with a way back ends reverted, by choice and without a hold', async () => {
  space = await makeWorkspace(engine, { hosts: 3 })
  await deploy(engine, space.production, space.v1)
  await deploy(engine, space.staging, space.v2)
  const plan = await engine.planner.plan({ kind: 'promote', from: space.staging.id, to: space.production.id }, never)
  const run = await engine.runs.start(guardOf(plan), never)
  engine.runs.stop(run.id, 'revert')
  expect((await ended(run.id)).outcome).toBe('reverted')
  expect((await engine.ports.records.placements.get(space.production.id))?.hold).toBeNull()
})

test('nothing new starts while the app closes', async () => {
  space = await makeWorkspace(engine)
  const plan = await engine.planner.plan({ kind: 'deploy', placementId: space.staging.id, releaseId: space.v1.id }, never)
  await engine.runs.close('wait')
  await expect(engine.runs.start(guardOf(plan), never)).rejects.toMatchObject({ problem: { code: 'app-closing' } })
})
