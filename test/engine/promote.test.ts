import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Run } from '../../src/shared/domain/run'
import { ProblemError } from '../../src/shared/domain/problem'
import { ScriptedWorld } from '../support/scripted'
import {
  deploy,
  digestOf,
  guardOf,
  makeWorkspace,
  never,
  openEngine,
  quickClock,
  rest,
  temporaryFolder,
  type Engine,
  type Workspace,
  type WorkspaceOptions,
} from '../support/workspace'

let folder: ReturnType<typeof temporaryFolder>
let world: ScriptedWorld
let clock: ReturnType<typeof quickClock>
let engine: Engine
let space: Workspace

beforeEach(() => {
  folder = temporaryFolder()
  world = new ScriptedWorld()
  clock = quickClock()
  engine = openEngine({ dataDir: folder.path, world, clock })
})
afterEach(async () => {
  await engine.close()
  folder.remove()
})

async function withBothRunning(options: WorkspaceOptions = {}) {
  space = await makeWorkspace(engine, options)
  expect((await deploy(engine, space.production, space.v1)).outcome).toBe('succeeded')
  expect((await deploy(engine, space.staging, space.v2)).outcome).toBe('succeeded')
  world.effects.length = 0
}

const promotePlan = () => engine.planner.plan({ kind: 'promote', from: space.staging.id, to: space.production.id }, never)
const promote = async () => {
  const plan = await promotePlan()
  const run = await engine.runs.start(guardOf(plan, { typedName: plan.needs.typedName ?? undefined }), never)
  return rest(engine, run.id)
}
const running = (placement = space.production) =>
  space.connectionIds.map((id) =>
    world
      .host(placement.targets[0]!.id, id)
      .instances.filter((one) => one.serving)
      .map((one) => one.artifact),
  )
const codeOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  return error instanceof ProblemError ? error.problem.code : error
}

describe('a promote', () => {
  test('brings to production exactly what runs in staging', async () => {
    await withBothRunning({ hosts: 3 })
    const run = await promote()
    expect(run.outcome).toBe('succeeded')
    expect(running()).toEqual([[digestOf('v2')], [digestOf('v2')], [digestOf('v2')]])
  })

  test('passes every phase on all hosts before any host enters the next', async () => {
    await withBothRunning({ hosts: 3 })
    await promote()
    const order = world.effects.map((effect) => effect.split(' ')[0])
    expect(order).toEqual([
      ...Array<string>(3).fill('start'),
      ...Array<string>(3).fill('switch'),
      ...Array<string>(3).fill('stop'),
    ])
  })

  test('D5 a second run of the same promote has nothing to do and changes nothing', async () => {
    await withBothRunning()
    await promote()
    world.effects.length = 0
    const plan = await promotePlan()
    expect(plan.steps).toEqual([])
    expect((await promote()).outcome).toBe('succeeded')
    expect(world.effects).toEqual([])
  })

  test('D8 a plan is refused when staging runs something else than it showed', async () => {
    await withBothRunning()
    const plan = await promotePlan()
    const v3 = await space.release(3)
    await deploy(engine, space.staging, v3)
    expect(await codeOf(engine.runs.start(guardOf(plan), never))).toBe('plan-stale')
    expect(running()).toEqual([[digestOf('v1')]])
  })

  test('D8 equal worlds give equal fingerprints, and the run has the one that was shown', async () => {
    await withBothRunning()
    const [one, other] = [await promotePlan(), await promotePlan()]
    expect(one.fingerprint).toBe(other.fingerprint)
    expect(await codeOf(engine.runs.start({ ...guardOf(one), fingerprint: '0'.repeat(64) }, never))).toBe('plan-other')
  })

  test('D11 a thousand starts of one plan make one run', async () => {
    await withBothRunning()
    const plan = await promotePlan()
    const runs = await Promise.all(Array.from({ length: 1000 }, () => engine.runs.start(guardOf(plan), never)))
    expect(new Set(runs.map((run) => run.id)).size).toBe(1)
    await rest(engine, runs[0]!.id)
    const again = await engine.runs.start(guardOf(plan), never)
    expect(again.id).toBe(runs[0]!.id)
    expect(world.effects.filter((effect) => effect.startsWith('start '))).toHaveLength(1)
  })

  test('D11 a protected environment wants its name typed', async () => {
    await withBothRunning({ protectedProduction: true })
    const plan = await promotePlan()
    expect(plan.needs.typedName).toBe('production')
    expect(await codeOf(engine.runs.start(guardOf(plan), never))).toBe('name-differs')
    expect(await codeOf(engine.runs.start(guardOf(plan, { typedName: 'Production' }), never))).toBe('name-differs')
    expect(running()).toEqual([[digestOf('v1')]])
  })

  test('D10 another identity behind the connection blocks the plan', async () => {
    await withBothRunning()
    world.identity.set(space.connectionIds[0]!, 'a stranger')
    const plan = await promotePlan()
    expect(plan.checks.find((check) => check.id === 'identity')?.outcome).toBe('block')
    expect(await codeOf(engine.runs.start(guardOf(plan), never))).toBe('plan-blocked')
  })

  test('a plan older than thirty minutes does not start', async () => {
    await withBothRunning()
    const plan = await promotePlan()
    clock.move(31 * 60_000)
    expect(await codeOf(engine.runs.start(guardOf(plan), never))).toBe('plan-expired')
  })

  test('a freeze wants a reason, and the reason is in the audit', async () => {
    await withBothRunning()
    const environment = (await engine.ports.records.environments.get(space.production.environmentId))!
    const now = engine.ports.clock.now()
    await engine.ports.records.environments.put({
      ...environment,
      freezeWindows: [{ kind: 'once', from: now - 1, to: now + 1e9, reason: 'holidays' }],
    })
    const plan = await promotePlan()
    expect(plan.needs.reason).toBe(true)
    expect(await codeOf(engine.runs.start(guardOf(plan), never))).toBe('reason-missing')
    const run = await engine.runs.start(guardOf(plan, { reason: 'the tax rate changed' }), never)
    await rest(engine, run.id)
    const started = engine.storage.raw
      .prepare("SELECT body FROM audit WHERE body LIKE '%run.started%' ORDER BY seq DESC")
      .pluck()
      .get()
    expect(String(started)).toContain('the tax rate changed')
  })

  test('the release command runs once, before anything starts, and its failure stops the run there', async () => {
    await withBothRunning({ hosts: 3, releaseCommand: ['migrate', 'up'] })
    await promote()
    expect(world.effects[0]).toMatch(/^run migrate up/)
    expect(world.effects.filter((effect) => effect.startsWith('run '))).toHaveLength(1)
    await deploy(engine, space.staging, await space.release(3))
    world.effects.length = 0
    world.faults.set('release-command', { fault: { kind: 'fail' }, times: 1 })
    const run = await promote()
    expect(run.outcome).toBe('reverted')
    expect(world.effects).toEqual([])
    expect(running()).toEqual([[digestOf('v2')], [digestOf('v2')], [digestOf('v2')]])
  })
})

describe('a failure', () => {
  test('D7 a version that never becomes healthy gets no traffic, leaves a capsule and a hold', async () => {
    await withBothRunning()
    world.sick.set(digestOf('v2'), { goodProbes: 0 })
    const run = await promote()
    expect(run.outcome).toBe('reverted')
    expect(run.problem?.code).toBe('unhealthy')
    expect(world.effects.some((effect) => effect.startsWith('switch to'))).toBe(false)
    expect(running()).toEqual([[digestOf('v1')]])
    const capsule = await engine.ports.records.capsules.get(run.capsuleId!)
    expect(capsule?.evidence[0]?.lastLines).toEqual(['it began', 'it broke'])
    expect((await engine.ports.records.placements.get(space.production.id))?.hold?.reason).toContain('did not become healthy')
    const next = await promotePlan()
    expect(await codeOf(engine.runs.start(guardOf(next), never))).toBe('plan-blocked')
  })

  test('D7 a version that breaks while it bakes gives the traffic back', async () => {
    await withBothRunning()
    world.sick.set(digestOf('v2'), { goodProbes: 4 })
    const run = await promote()
    expect(run.problem?.code).toBe('gate-failed')
    expect(run.outcome).toBe('reverted')
    expect(running()).toEqual([[digestOf('v1')]])
  })

  test('D6 where the traffic cannot be moved back, the new ones stay, and the run says what is so', async () => {
    await withBothRunning()
    world.sick.set(digestOf('v2'), { goodProbes: 4 })
    world.faults.set('undo switch', { fault: { kind: 'fail' }, times: 1 })
    const run = await promote()
    expect(run.outcome).toBe('failed')
    expect(run.problem?.code).toBe('undo-incomplete')
    expect(running()).toEqual([[digestOf('v2')]])
  })

  test.each(['start', 'switch'] as const)('D6 one host of three that fails at %s takes all three back', async (phase) => {
    await withBothRunning({ hosts: 3 })
    world.faults.set(`${phase} ${space.connectionIds[1]}`, { fault: { kind: 'fail' }, times: 1 })
    const run = await promote()
    expect(run.outcome).toBe('reverted')
    expect(running()).toEqual([[digestOf('v1')], [digestOf('v1')], [digestOf('v1')]])
  })

  test('D6 with a quorum the others go on, and the run names the mixed fleet', async () => {
    await withBothRunning({ hosts: 3, onFailure: { rule: 'go-on', quorum: 2 } })
    world.faults.set(`start ${space.connectionIds[1]}`, { fault: { kind: 'fail' }, times: 1 })
    const run = await promote()
    expect(run.outcome).toBe('succeeded')
    expect(run.problem?.code).toBe('mixed-fleet')
    expect(running()).toEqual([[digestOf('v2')], [digestOf('v1')], [digestOf('v2')]])
  })

  async function asked(askTimeout: number) {
    await withBothRunning({ onFailure: { rule: 'ask' } })
    engine.ports.timings.askTimeout = askTimeout
    world.faults.set('switch', { fault: { kind: 'fail' }, times: 1 })
    const run = await engine.runs.start(guardOf(await promotePlan()), never)
    return rest(engine, run.id)
  }
  async function ended(runId: Run['id']) {
    for (;;) {
      const run = await rest(engine, runId)
      if (run.state === 'ended') return run
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }

  test('the rule "ask" waits for an answer, and retry goes on', async () => {
    const asking = await asked(1e9)
    expect(asking.state).toBe('asking')
    expect(asking.answers).toEqual(['retry', 'revert'])
    await engine.runs.answer(asking.id, 'retry')
    expect((await ended(asking.id)).outcome).toBe('succeeded')
    expect(running()).toEqual([[digestOf('v2')]])
  })

  test('the rule "ask" takes back when told to', async () => {
    const asking = await asked(1e9)
    await engine.runs.answer(asking.id, 'revert')
    expect((await ended(asking.id)).outcome).toBe('reverted')
    expect(running()).toEqual([[digestOf('v1')]])
  })

  test('the rule "ask" takes back by itself when nobody answers', async () => {
    const run = await asked(60_000)
    expect((await ended(run.id)).outcome).toBe('reverted')
    expect(running()).toEqual([[digestOf('v1')]])
  })

  test('D9 a chosen roll back ends on hold with its reason, and roll back stays allowed', async () => {
    await withBothRunning()
    await promote()
    const plan = await engine.planner.plan({ kind: 'roll-back', placementId: space.production.id, releaseId: space.v1.id }, never)
    const run = await engine.runs.start(guardOf(plan), never)
    expect((await rest(engine, run.id)).outcome).toBe('succeeded')
    expect(running()).toEqual([[digestOf('v1')]])
    const placement = await engine.ports.records.placements.get(space.production.id)
    expect(placement?.hold?.reason).toContain('v1')
    const further = await engine.planner.plan(
      { kind: 'roll-back', placementId: space.production.id, releaseId: space.v2.id },
      never,
    )
    expect(further.checks.find((check) => check.id === 'hold')?.outcome).toBe('pass')
  })

  test('D9 a release whose artifact is gone cannot be planned as a way back', async () => {
    await withBothRunning()
    await promote()
    engine.forget(digestOf('v1'))
    const back = { kind: 'roll-back', placementId: space.production.id, releaseId: space.v1.id } as const
    const onHosts = await engine.planner.plan(back, never)
    expect(onHosts.checks.find((check) => check.id === 'artifact')?.outcome).toBe('pass')
    for (const host of world.hosts.values()) host.has.delete(digestOf('v1'))
    const plan = await engine.planner.plan(back, never)
    expect(plan.checks.find((check) => check.id === 'artifact')?.outcome).toBe('block')
  })
})

describe('a lost link', () => {
  test.each(['lost-before', 'lost-after'] as const)(
    'D4 an effect that is %s is read back and the run goes on without doing it twice',
    async (kind) => {
      await withBothRunning()
      world.faults.set('start', { fault: { kind }, times: 1 })
      const run = await promote()
      expect(run.outcome).toBe('succeeded')
      expect(world.effects.filter((effect) => effect.startsWith('start '))).toHaveLength(1)
      expect(running()).toEqual([[digestOf('v2')]])
    },
  )

  test('D4 a host that is lost before it takes in a byte keeps the others from nothing, and gets it afterwards', async () => {
    space = await makeWorkspace(engine, { hosts: 3 })
    world.faults.set(`transfer ${space.connectionIds[1]}`, { fault: { kind: 'lost-before' }, times: 1 })
    expect((await deploy(engine, space.production, space.v1)).outcome).toBe('succeeded')
    expect(running()).toEqual([[digestOf('v1')], [digestOf('v1')], [digestOf('v1')]])
  })

  test('D4 a host that is lost while it becomes healthy is not called sick: nothing is taken back, and it goes on', async () => {
    await withBothRunning()
    const connection = space.connectionIds[0]!
    const plan = await promotePlan()
    const change = world.change.bind(world)
    world.change = async (...given) => {
      await change(...given)
      if (given[0] === 'start') world.unreachable.add(connection)
    }
    const rested = await rest(engine, (await engine.runs.start(guardOf(plan), never)).id)
    expect([rested.state, rested.outcome]).toEqual(['interrupted', null])
    expect(rested.truths[0]?.state).toBe('unknown')
    world.unreachable.clear()
    world.change = change
    await engine.runs.answer(rested.id, 'finish')
    let last = rested
    while (last.state !== 'ended') last = await rest(engine, rested.id)
    expect(last.outcome).toBe('succeeded')
    expect(world.effects.filter((effect) => effect.startsWith('start '))).toHaveLength(1)
  })

  test('D4 a link that stays lost is unknown: neither success nor failure, and the run waits for a person', async () => {
    await withBothRunning()
    const connection = space.connectionIds[0]!
    world.faults.set('switch', { fault: { kind: 'lost-after' }, times: 1 })
    const plan = await promotePlan()
    const change = world.change.bind(world)
    world.change = async (...given) => {
      await change(...given).finally(() => {
        if (given[0] === 'switch') world.unreachable.add(connection)
      })
    }
    const run = await engine.runs.start(guardOf(plan), never)
    const rested = await rest(engine, run.id)
    expect(rested.state).toBe('interrupted')
    expect(rested.truths[0]?.state).toBe('unknown')
    expect(rested.outcome).toBeNull()
    world.unreachable.clear()
    await engine.runs.answer(run.id, 'finish')
    let last = rested
    while (last.state !== 'ended') last = await rest(engine, run.id)
    expect(last.outcome).toBe('succeeded')
    expect(running()).toEqual([[digestOf('v2')]])
  })
})

test('every effect of a run has an intent and an outcome on disk', async () => {
  await withBothRunning({ hosts: 2 })
  const run = await promote()
  const events = engine.ports.journal.events(run.id, 0).map((event) => event.body)
  const intended = events.filter((body) => body.type === 'effect-intended').length
  const settled = events.filter((body) => body.type === 'effect-settled' && body.outcome === 'done').length
  expect(intended).toBe(settled)
  expect(intended).toBeGreaterThanOrEqual(6)
})
