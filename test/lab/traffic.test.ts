import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import type { Bad } from '../support/image'
import { rest } from './fleet'
import { keepAsking } from './load'
import { labPlaces } from './places'
import { hostsOf, leave, openShop, type Host, type Shop } from './shop'

let hosts: Host[]
let shop: Shop
const enough = 10_000

afterEach(async () => {
  await shop?.close()
  await leave(hosts)
})

/** When each step of a run began and ended, by the engine's own journal. */
async function stepTimes(runId: Parameters<Shop['client']['runs']['get']>[0]['runId']) {
  const { run, plan } = await shop.client.runs.get({ runId })
  return run.steps.map((step) => ({ ...step, connectionId: plan.steps.find((one) => one.id === step.id)!.connectionId }))
}

describe.each([
  { proxy: 'nginx', port: 80 },
  { proxy: 'haproxy', port: 81 },
])('through $proxy', ({ proxy, port }) => {
  test(`D7 of ${enough} requests none fails while three servers are brought over and back`, { timeout: 300_000 }, async () => {
    hosts = hostsOf(labPlaces().hosts)
    shop = await openShop(hosts, { settings: { proxy } })
    await shop.policy({ rule: 'revert' })
    const v2 = await shop.release({ version: 'v2' })
    const clients = keepAsking(
      hosts.map((host) => host.place),
      { port, clients: 2 },
    )
    const run = await shop.deployed(v2)
    expect(run.outcome).toBe('succeeded')
    const { placementId } = shop
    const back = await shop.client.plans.rollBack({ placementId, releaseId: shop.found })
    const returned = await rest(
      shop.client,
      (
        await shop.client.runs.start({
          planId: back.id,
          fingerprint: back.fingerprint,
          ...(back.needs.typedName ? { typedName: back.needs.typedName } : {}),
        })
      ).id,
    )
    expect(returned.outcome).toBe('succeeded')
    while (clients.asked < enough) await sleep(50)
    const { asked, failed, again, by } = await clients.stop()
    console.log(`D7 ${proxy}: ${asked} requests, ${failed.length} failed, ${again} sent again; ${JSON.stringify([...by])}`)
    expect(failed).toEqual([])
    expect([...by.keys()].toSorted()).toEqual(['v1', 'v2'])
    // None of those that were replaced stands by any more.
    for (const { acts } of hosts) expect(acts.sh('cat /etc/nginx/conf.d/shop_web.conf')).not.toMatch(/(?<!:1 )backup/)
  })

  test('D7 a canary gets its share of the traffic, and all of it afterwards', { timeout: 120_000 }, async () => {
    hosts = hostsOf(labPlaces().hosts.slice(0, 1))
    shop = await openShop(hosts, { settings: { proxy } })
    await shop.policy({ rule: 'revert' }, { strategy: { kind: 'canary', percent: 25, minutes: 0.1 } })
    const v2 = await shop.release({ version: 'v2' })
    const clients = keepAsking(
      hosts.map((host) => host.place),
      { port, clients: 4 },
    )
    let share: ReturnType<typeof clients.take> | null = null
    shop.at((name) => {
      if (name.includes('switch web on') && name.includes(':canary:') && name.endsWith('after')) clients.take()
      if (name.includes('switch web on') && name.includes(':switch:') && name.endsWith('before')) share = clients.take()
    })
    const run = await shop.deployed(v2)
    expect(run.outcome).toBe('succeeded')
    clients.take()
    await sleep(500)
    const after = await clients.stop()
    const { by, failed } = share!
    const part = (by.get('v2') ?? 0) / ((by.get('v1') ?? 0) + (by.get('v2') ?? 0))
    console.log(`D7 ${proxy}: canary of 25 % got ${(part * 100).toFixed(1)} % of ${share!.asked} requests`)
    expect(failed).toEqual([])
    expect(part).toBeGreaterThan(0.2)
    expect(part).toBeLessThan(0.3)
    expect([...after.by.keys()]).toEqual(['v2'])
  })
})

test('D7 a rolling deploy watches each server at work before it touches the next', { timeout: 120_000 }, async () => {
  hosts = hostsOf(labPlaces().hosts)
  shop = await openShop(hosts)
  await shop.policy({ rule: 'revert' }, { strategy: { kind: 'rolling', batch: 1 } })
  const run = await shop.deployed(await shop.release({ version: 'v2' }))
  expect(run.outcome).toBe('succeeded')
  const steps = await stepTimes(run.id)
  const at = (phase: string, i: number) => steps.find((one) => one.phase === phase && one.connectionId === shop.connections[i])!
  for (const i of [1, 2]) expect(at('start', i).startedAt).toBeGreaterThanOrEqual(at('bake', i - 1).endedAt!)
})

describe('a version that is not well', () => {
  /** What is wrong with it, and how long it must be watched until that shows. */
  const cases: { bad: Bad; bakeSeconds: number; traffic: boolean }[] = [
    { bad: 'boot', bakeSeconds: 1, traffic: false },
    { bad: 'unhealthy', bakeSeconds: 1, traffic: false },
    { bad: 'flapping', bakeSeconds: 1, traffic: false },
    { bad: 'wrong-version', bakeSeconds: 1, traffic: false },
    { bad: 'slow', bakeSeconds: 1, traffic: false },
    { bad: 'redirect', bakeSeconds: 1, traffic: false },
    // It is well when it is asked, and ends a little later: with traffic on it.
    { bad: 'crash', bakeSeconds: 8, traffic: true },
  ]

  test('D7 gets no traffic, or loses it while it is watched, and what served goes on', { timeout: 300_000 }, async () => {
    hosts = hostsOf(labPlaces().hosts.slice(0, 1))
    shop = await openShop(hosts, { settings: { versionHeader: 'X-Version' }, app: { timings: { healthyTimeout: 4000 } } })
    const found: string[] = []
    for (const [i, { bad, bakeSeconds, traffic }] of cases.entries()) {
      await shop.policy({ rule: 'revert' }, { bakeSeconds })
      const release = await shop.release({ version: `v${i + 2}`, bad })
      const clients = keepAsking(
        hosts.map((host) => host.place),
        { port: 80, clients: 2 },
      )
      const run = await shop.deployed(release)
      const { asked, failed, by } = await clients.stop()
      console.log(`D7 ${bad}: ${asked} requests, ${failed.length} failed, ${JSON.stringify([...by])}: ${run.problem?.message}`)
      if (run.outcome !== 'reverted') found.push(`${bad} ended ${run.outcome}`)
      if (!traffic && (failed.length > 0 || [...by.keys()].join() !== 'v1'))
        found.push(`${bad}: ${failed.slice(0, 3).join(', ')} ${[...by.keys()].join()}`)
      const now = keepAsking(
        hosts.map((host) => host.place),
        { port: 80, clients: 1 },
      )
      while (now.asked < 20) await sleep(20)
      const after = await now.stop()
      if (after.failed.length > 0 || [...after.by.keys()].join() !== 'v1')
        found.push(`${bad}: ${[...after.by.keys()].join()} serves at the end`)
    }
    expect(found).toEqual([])
  })
})

test(
  'D7 a version that ends once it serves fails hardly anybody: the old ones stand by until it has been watched',
  { timeout: 120_000 },
  async () => {
    hosts = hostsOf(labPlaces().hosts.slice(0, 1))
    shop = await openShop(hosts)
    await shop.policy({ rule: 'revert' }, { bakeSeconds: 8 })
    const release = await shop.release({ version: 'v2', bad: 'crash' })
    const clients = keepAsking(
      hosts.map((host) => host.place),
      { port: 80, clients: 2 },
    )
    const run = await shop.deployed(release)
    const { asked, failed, by } = await clients.stop()
    const kinds = Object.entries(Object.groupBy(failed, (one) => one)).map(([kind, all]) => `${all?.length} × ${kind}`)
    console.log(`D7 crash: ${asked} requests, ${failed.length} failed (${kinds.join(', ')}); ${JSON.stringify([...by])}`)
    expect(run.outcome).toBe('reverted')
    expect(by.get('v2')).toBeGreaterThan(0)
    // What has been sent to the one that ends is lost with it, and nginx sends a POST only once.
    expect(failed.filter((one) => one.includes('GET'))).toEqual([])
  },
)
