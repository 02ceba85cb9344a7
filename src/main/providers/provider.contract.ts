import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { phases } from '../../shared/domain/plan'
import { Observation } from '../../shared/domain/observation'
import type { Digest } from '../../shared/domain/artifact'
import type { Effects } from '../ports'
import { countingEffects, never, untilWell, type Placed } from '../../../test/support/local'
import type { Provider } from './provider'

/** What a provider brings to the exam: a place of its own in which nothing runs, and two good artifacts. */
export interface Seat {
  provider: Provider
  open(): Promise<{ place: Placed; one: Digest; two: Digest; close(): Promise<void> }>
}

const refusing: Effects = { do: () => Promise.reject(new Error('refused by the exam')) }

/** The exam that every provider sits, one part per group. A group that is absent is not asked for. */
export function exam(name: string, { provider, open }: Seat) {
  describe(`${name} as a provider`, () => {
    let seat: Awaited<ReturnType<Seat['open']>>
    beforeAll(async () => {
      seat = await open()
    })
    afterAll(() => seat.close())

    test('says who it is, and draws its form with labelled fields', () => {
      expect(provider.kind).toMatch(/^[a-z][a-z0-9-]*$/)
      expect(provider.icon).toContain('<svg')
      expect(provider.accepts.length).toBeGreaterThan(0)
      expect(provider.targetFields.every((field) => field.key !== '' && field.label !== '')).toBe(true)
    })
    planPart(() => seat)
    applyPart(() => seat)
    resumePart(() => seat)
    artifactsPart(() => seat)
    logsPart(() => seat)
  })
}

type Now = () => Awaited<ReturnType<Seat['open']>>

function planPart(seat: Now) {
  test('where nothing runs, observes nothing, in the shape of an observation', async () => {
    const seen = Observation.parse(await seat().place.observe())
    expect(seen).toMatchObject({ state: 'seen', instances: [], desired: 0 })
    expect(Object.keys(seen.identities)).toEqual([seat().place.connectionId])
  })
  test('D8 equal inputs give equal steps, in known phases, with ids of their own and commands in the open', async () => {
    const { place, one } = seat()
    const { change, made } = await place.plan(one)
    const again = await place.session.plan(change, never)
    expect({ ...again, checks: [] }).toEqual({ ...made, checks: [] })
    // What a check adds in words may move between two looks: the free disk, the time.
    const judged = (plan: typeof made) => plan.checks.map(({ id, outcome }) => [id, outcome])
    expect(judged(again)).toEqual(judged(made))
    expect(made.steps.length).toBeGreaterThan(0)
    expect(new Set(made.steps.map((step) => step.id)).size).toBe(made.steps.length)
    expect(made.steps.every((step) => phases.includes(step.phase) && step.phase !== 'transfer' && step.title !== '')).toBe(true)
    expect(made.manner).not.toBe('')
    expect((await place.observe()).instances).toEqual([])
  })
}

function applyPart(seat: Now) {
  const running = async () => (await seat().place.observe()).instances.filter((one) => one.serving).map((one) => one.artifact)

  test('changes nothing where the door for effects is shut', async () => {
    const { place, one } = seat()
    await place.transfer(one)
    const { made, step } = await place.plan(one)
    const [first] = made.steps.filter((each) => each.phase !== 'healthy' && each.phase !== 'bake')
    await expect(place.carryOut({ ...made, steps: first ? [first] : [] }, step, refusing)).rejects.toThrow('refused by the exam')
    expect((await place.observe()).instances).toEqual([])
  })
  test('D5 carries a change out; each step again, and the whole again, is no effect', async () => {
    const { place, one } = seat()
    const { made, step } = await place.plan(one)
    for (const each of made.steps) {
      await place.carryOut({ ...made, steps: [each] }, step, countingEffects().effects)
      const again = countingEffects()
      await place.carryOut({ ...made, steps: [each] }, step, again.effects)
      expect(again.done).toEqual([])
    }
    const whole = countingEffects()
    await place.carryOut(made, step, whole.effects)
    expect(whole.done).toEqual([])
    expect(await running()).toEqual([one])
  })
  test('plans nothing where everything is as wanted', async () => {
    const { place, one } = seat()
    expect((await place.plan(one)).made.steps).toEqual([])
  })
  test('D9 taken back before it retires the old ones, a change leaves what ran before; twice is as good as once', async () => {
    const { place, one, two } = seat()
    await place.transfer(two)
    const { made, step } = await place.plan(two)
    const steps = made.steps.filter((each) => each.phase !== 'retire')
    await place.carryOut({ ...made, steps }, step, countingEffects().effects)
    expect(await running()).toEqual([two])
    for (const round of [1, 2]) {
      const { effects, done } = countingEffects()
      for (const each of steps.toReversed())
        for await (const event of place.session.undo(each, step, effects, never)) expect(event.type).toMatch(/progress|output/)
      expect(done.length > 0).toBe(round === 1)
    }
    expect(await running()).toEqual([one])
  })
  test('answers for the health of what a step is about, and gives evidence within its limits', async () => {
    const { place, two } = seat()
    const { made, step } = await place.plan(two)
    await place.carryOut(
      { ...made, steps: made.steps.filter((each) => each.phase !== 'retire') },
      step,
      countingEffects().effects,
    )
    const bake = made.steps.find((each) => each.phase === 'bake')
    if (!bake) throw new Error('a deploy has a bake step')
    await untilWell(place.session, bake, step)
    const evidence = await place.session.evidence(bake, step, { lines: 5, bytes: 2000 }, never)
    expect(evidence.length).toBeGreaterThan(0)
    expect(JSON.stringify(evidence.map((each) => each.lastLines)).length).toBeLessThan(4000)
    await place.carryOut(made, step, countingEffects().effects)
    expect(await running()).toEqual([two])
  })
}

function resumePart(seat: Now) {
  test('tells of every effect whether it was done, by its handle', async () => {
    const { place, one } = seat()
    const { made, step } = await place.plan(one)
    for (const each of made.steps.filter(({ phase }) => phase !== 'retire')) {
      const before: string[] = []
      const after: string[] = []
      const asking: Effects = {
        async do(effect, handle, work) {
          before.push(await place.session.resume(each, effect, handle, step, never))
          const result = await work()
          after.push(await place.session.resume(each, effect, handle, step, never))
          return result
        },
      }
      await place.carryOut({ ...made, steps: [each] }, step, asking)
      expect(before.every((word) => word !== 'done')).toBe(true)
      expect(after.every((word) => word === 'done')).toBe(true)
    }
    await place.carryOut(made, step, countingEffects().effects)
  })
}

function artifactsPart(seat: Now) {
  test('D8 takes an artifact whole or not at all: other bytes are refused', async () => {
    const { place, one, two } = seat()
    const { artifacts } = place.session
    // An absent group means "cannot": there is nothing to examine.
    if (!artifacts) return
    const unseen = `sha256:${'ab'.repeat(32)}` as Digest
    await expect(artifacts.write(unseen, place.connectionId, place.artifacts.read(two), never)).rejects.toMatchObject({
      problem: { code: expect.any(String) },
    })
    expect(await artifacts.has(unseen, place.connectionId, never)).toBe(false)
    expect(await artifacts.has(one, place.connectionId, never)).toBe(true)
  })
}

function logsPart(seat: Now) {
  test('names its streams, and a follow ends when it is told to', async () => {
    const { place } = seat()
    const { logs } = place.session
    if (!logs) return
    const [stream] = await logs.streams(place.context, never)
    if (!stream) throw new Error('a target has a stream at least')
    const stop = new AbortController()
    let lines = 0
    for await (const piece of logs.follow(stream.id, 0, stop.signal)) {
      if (piece.kind === 'records') lines += piece.records.length
      if (lines > 0) stop.abort()
    }
    expect(lines).toBeGreaterThan(0)
  })
}
