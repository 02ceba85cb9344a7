import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ReleaseId } from '../../src/shared/domain/ids'
import type { Run } from '../../src/shared/domain/run'
import { rest } from './fleet'
import { labPlaces } from './places'
import { hostsOf, leave, openShop, type Host, type Shop } from './shop'

let hosts: Host[]
let shop: Shop
let next: ReleaseId

/** In how many ways a new version fails on one host, and when that begins: at once, or at a point of the run. */
const ways = {
  'cannot boot': ({ acts }: Host) => acts.tell('boot'),
  'is never healthy': ({ acts }: Host) => acts.tell('unhealthy'),
  'has a full disk': ({ acts }: Host) => {
    acts.sh('docker rmi -f $(docker images -q slipway/artifact) 2>/dev/null || true')
    acts.fill(true)
  },
  'refuses the switch': (host: Host) =>
    shop.at(once(`switch web on ${host.place.name} before`, () => host.acts.breakNginx(true))),
  'is lost at the start': (host: Host) => shop.at(once(`start shop-production-web-`, () => host.acts.lose('reset'), host)),
}
type Way = keyof typeof ways

/** The first time that the engine is at this point. */
function once(point: string, act: () => void, host?: Host) {
  let done = false
  return (name: string) => {
    if (done || !name.includes(point) || (host && !name.includes(`on ${host.place.name} before`))) return
    done = true
    act()
  }
}

function mend() {
  shop.at(() => {})
  for (const { acts } of hosts) {
    acts.heal()
    acts.tell('')
    acts.fill(false)
    acts.breakNginx(false)
  }
}

/** What each host answers, in their order. */
const versions = () => hosts.map((host) => host.acts.sh('curl -s -H "Host: shop.test" http://127.0.0.1/ || true').trim())
const running = () => hosts.map((host) => host.acts.sh(`docker ps --format '{{.Names}}'`).trim().split('\n'))

/** A lost host is not known to have failed: the run waits, is healed, and is told to go back. */
async function backFrom(way: Way, run: Run): Promise<Run> {
  if (way !== 'is lost at the start') return run
  expect(run.state).toBe('interrupted')
  expect(run.outcome).toBeNull()
  expect(run.truths.map((one) => one.state)).toEqual(['unknown'])
  mend()
  return shop.answered(run, 'revert')
}

beforeAll(async () => {
  hosts = hostsOf(labPlaces().hosts)
  for (const { acts } of hosts) acts.tell('')
  shop = await openShop(hosts, {
    settings: { volumes: ['/srv/told:/told:ro'] },
    app: { timings: { healthyTimeout: 3500, linkPatience: 1000 } },
  })
  mend()
  next = await shop.release({ version: 'v2', bad: 'as-told' })
}, 120_000)
afterEach(async () => {
  mend()
  // One case that fails must not make all the others fail.
  if (versions().some((version) => version !== 'v1')) await shop.deployed(shop.found)
}, 60_000)
afterAll(async () => {
  await shop?.close()
  await leave(hosts)
})

describe('where a failure reverts', () => {
  beforeAll(() => shop.policy({ rule: 'revert' }))

  for (const k of [0, 1, 2])
    for (const way of Object.keys(ways) as Way[])
      test(`D6 all three are as before when server ${k + 1} ${way}, and the run says so`, async () => {
        const before = running()
        ways[way](hosts[k]!)
        const { run: begun } = await shop.begin(next)
        const run = await backFrom(way, await rest(shop.client, begun.id))
        expect(run.outcome).toBe('reverted')
        // Where a person chose the way back, there is nothing to explain.
        expect(run.problem?.message ?? '').toContain(way === 'is lost at the start' ? '' : `web-${k + 1}`)
        expect(run.truths.map((one) => one.state)).toEqual(['old'])
        expect(versions()).toEqual(['v1', 'v1', 'v1'])
        expect(running()).toEqual(before)
      })
})

describe('where a failure goes on with two of three', () => {
  beforeAll(() => shop.policy({ rule: 'go-on', quorum: 2 }))

  for (const way of ['cannot boot', 'is never healthy', 'has a full disk', 'refuses the switch'] as const)
    test(`D6 the run names who runs what when server 2 ${way}`, async () => {
      ways[way](hosts[1]!)
      const run = await shop.deployed(next)
      expect(run.outcome).toBe('succeeded')
      expect(run.truths.map((one) => one.state)).toEqual(['both'])
      expect(run.problem?.code).toBe('mixed-fleet')
      for (const host of ['web-1', 'web-2', 'web-3']) expect(run.problem?.message).toContain(host)
      expect(run.problem?.message).toMatch(/old .*web-2.*; new .*web-1.*web-3/)
      expect(versions()).toEqual(['v2', 'v1', 'v2'])
    })

  test('D6 a server that is lost is not gone on without: the run waits, and all three are new once it is back', async () => {
    ways['is lost at the start'](hosts[1]!)
    const { run: begun } = await shop.begin(next)
    const run = await rest(shop.client, begun.id)
    expect([run.state, run.outcome]).toEqual(['interrupted', null])
    expect(run.truths.map((one) => one.state)).toEqual(['unknown'])
    mend()
    expect(versions()).toEqual(['v1', 'v1', 'v1'])
    const over = await shop.answered(run, 'finish')
    expect(over.outcome).toBe('succeeded')
    expect(versions()).toEqual(['v2', 'v2', 'v2'])
  })

  test('D6 with two of three lost the quorum is not there, and all go back', async () => {
    for (const host of hosts.slice(1)) ways['cannot boot'](host)
    const run = await shop.deployed(next)
    expect(run.outcome).toBe('reverted')
    expect(versions()).toEqual(['v1', 'v1', 'v1'])
  })
})

describe('where a failure asks', () => {
  beforeAll(() => shop.policy({ rule: 'ask' }))

  test('D6 it waits, and goes back when that is the answer', async () => {
    ways['is never healthy'](hosts[2]!)
    const run = await shop.deployed(next)
    expect(run.state).toBe('asking')
    expect(run.problem?.message).toContain('web-3')
    expect(versions()).toEqual(['v1', 'v1', 'v1'])
    const over = await shop.answered(run, 'revert')
    expect(over.outcome).toBe('reverted')
    expect(versions()).toEqual(['v1', 'v1', 'v1'])
  })

  test('D6 it waits, and all three are new when the server was mended meanwhile', async () => {
    ways['is never healthy'](hosts[2]!)
    const run = await shop.deployed(next)
    expect(run.state).toBe('asking')
    mend()
    const over = await shop.answered(run, 'retry')
    expect(over.outcome).toBe('succeeded')
    expect(over.truths.map((one) => one.state)).toEqual(['new'])
    expect(versions()).toEqual(['v2', 'v2', 'v2'])
  })
})
