import { afterEach, beforeEach, expect, test } from 'vitest'
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

beforeEach(async () => {
  folder = temporaryFolder()
  world = new ScriptedWorld()
  engine = openEngine({ dataDir: folder.path, world })
  space = await makeWorkspace(engine)
  await deploy(engine, space.production, space.v1)
  await deploy(engine, space.staging, space.v2)
  world.effects.length = 0
})
afterEach(async () => {
  await engine.close()
  folder.remove()
})

/** From now on the data file cannot grow: what SQLite answers is what it answers on a full disk. */
function fill() {
  const { raw } = engine.storage
  raw.exec('CREATE TABLE IF NOT EXISTS filler (a BLOB)')
  raw.pragma('wal_checkpoint(TRUNCATE)')
  const pages = Number(raw.pragma('page_count', { simple: true }))
  raw.pragma(`max_page_count = ${pages}`)
  // What is left free inside is taken too.
  try {
    for (;;) raw.prepare('INSERT INTO filler VALUES (zeroblob(400))').run()
  } catch {
    return
  }
}
const makeRoom = () => engine.storage.raw.pragma('max_page_count = 1000000')
const promotePlan = () => engine.planner.plan({ kind: 'promote', from: space.staging.id, to: space.production.id }, never)
const running = () =>
  world
    .host(space.production.targets[0]!.id, space.connectionIds[0]!)
    .instances.filter((one) => one.serving)
    .map((one) => one.artifact)

test('D1 on a full disk nothing starts, and the words say why', async () => {
  const plan = await promotePlan()
  fill()
  await expect(engine.runs.start(guardOf(plan), never)).rejects.toMatchObject({ problem: { code: 'disk-full' } })
  expect(world.effects).toEqual([])
  expect(running()).toEqual([digestOf('v1')])
  makeRoom()
  const run = await engine.runs.start(guardOf(await promotePlan()), never)
  expect((await rest(engine, run.id)).outcome).toBe('succeeded')
})

test('D1 a disk that fills in the middle of a run stops it before its next effect, and it goes on when there is room', async () => {
  const plan = await promotePlan()
  const change = world.change.bind(world)
  world.change = async (...given) => {
    await change(...given)
    world.change = change
    fill()
  }
  const run = await engine.runs.start(guardOf(plan), never)
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(world.effects).toHaveLength(1)
  expect(running()).toEqual([digestOf('v1')])
  makeRoom()
  const rested = await rest(engine, run.id)
  expect(rested.state).toBe('interrupted')
  await engine.runs.answer(run.id, 'finish')
  let last = rested
  while (last.state !== 'ended') last = await rest(engine, run.id)
  expect(last.outcome).toBe('succeeded')
  expect(running()).toEqual([digestOf('v2')])
  expect(world.effects.filter((one) => one.startsWith('start '))).toHaveLength(1)
})
