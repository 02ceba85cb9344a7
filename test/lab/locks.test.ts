import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ReleaseId } from '../../src/shared/domain/ids'
import { bundle } from '../support/built'
import { deployer, type Built } from './child'
import { importServers, openFleet, releaseOf, rest, start, type OpenFleet } from './fleet'
import { labPlaces } from './places'
import { adoptShop, hostsOf, leave, openShop, type Host, type Shop } from './shop'

let built: Built
let hosts: Host[]
let shop: Shop
let next: ReleaseId
/** Somebody else's installation, who adopted the same containers. */
let other: { fleet: OpenFleet; placementId: Shop['placementId']; next: ReleaseId }

async function openOther(): Promise<typeof other> {
  const places = hosts.map((host) => host.place)
  const fleet = await openFleet(places)
  const ids = await importServers(
    fleet.client,
    // In another order than ours: it must not matter.
    places.map((place) => place.name).toReversed(),
  )
  const connections = places.map((place) => ids.get(place.name)!).toReversed()
  const { placementId, release } = await adoptShop(fleet.client, connections)
  await fleet.client.placements.setPolicy({ placementId, onFailure: { rule: 'revert' }, bakeSeconds: 1 })
  return { fleet, placementId, next: await releaseOf(fleet.client, release!.appId, placementId, { version: 'v2' }) }
}

/** Nobody has heard of the holder for so long, by the servers' own clocks. */
const silence = (seconds: number) =>
  hosts.map((host) =>
    host.acts.sh(
      `for f in /var/lib/slipway/locks/*.beat; do echo $(($(date +%s) - ${seconds})) > "$f"; done; ls /var/lib/slipway/locks/*.beat`,
    ),
  )

/** All that a run could change: which containers there are, since when they run, and where nginx leads. */
const state = () =>
  hosts.map((host) =>
    host.acts.sh(
      `docker ps -aq --no-trunc | sort | xargs -r docker inspect --format '{{.Name}} {{.Id}} {{.State.StartedAt}} {{.State.FinishedAt}}'; stat -c '%y' /etc/nginx/conf.d/shop_web.conf; cat /etc/nginx/conf.d/shop_web.conf`,
    ),
  )

beforeAll(async () => {
  built = await bundle({ deployer: 'test/lab/deployer.ts', supervisor: 'src/main/supervisor/main.ts' })
}, 60_000)
afterAll(() => built?.remove())
beforeEach(async () => {
  hosts = hostsOf(labPlaces().hosts)
  shop = await openShop(hosts)
  await shop.policy({ rule: 'revert' })
  next = await shop.release({ version: 'v2' })
  other = await openOther()
}, 120_000)
afterEach(async () => {
  await shop?.close()
  await other?.fleet.close()
  await leave(hosts)
}, 60_000)

const child = (more: object) =>
  deployer(built, { dataDir: shop.fleet.dataDir, home: shop.fleet.home, placementId: shop.placementId, releaseId: next, ...more })

test('D2 of two installations that start at once exactly one runs, and the other is told who holds it and since when', async () => {
  const [ours, theirs] = await Promise.all([
    shop.plan(next),
    other.fleet.client.plans.deploy({ placementId: other.placementId, releaseId: other.next }),
  ])
  const settled = await Promise.allSettled([start(shop.client, ours), start(other.fleet.client, theirs)])
  const won = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value.id] : []))
  const refused = settled.filter((one) => one.status === 'rejected').map((one) => String(one.reason))
  expect(won.length).toBe(1)
  expect(refused).toEqual([
    // At the guard, or a moment later at the lock itself.
    expect.stringMatching(
      /(Another run holds this placement: .+ on .+, since|held by another run \(.+ on .+, since) \d{4}-\d\d-\d\d \d\d:\d\d.* UTC/,
    ),
  ])
  const client = settled[0].status === 'fulfilled' ? shop.client : other.fleet.client
  expect((await rest(client, won[0]!)).outcome).toBe('succeeded')
  for (const host of hosts) expect(host.acts.sh(`docker ps --format '{{.Names}}'`).trim().split('\n')).toHaveLength(1)
})

test('D3 the lock of a killed installation is shown, is not taken while it may live, and is taken by a visible act after 75 s', async () => {
  await shop.fleet.app.close('leave')
  const holder = child({ task: 'deploy', at: { name: 'start shop-production-web-', signal: 'SIGKILL' } })
  expect((await holder.ended).signal).toBe('SIGKILL')
  const { client } = other.fleet
  const request = { placementId: other.placementId, releaseId: other.next }

  const held = (await client.plans.deploy(request)).checks.filter((check) => check.id.startsWith('server-lock'))
  expect(held.map((check) => [check.outcome, check.fix])).toEqual(hosts.map(() => ['block', null]))
  expect(held[0]!.detail).toMatch(/ on .+, since .+ UTC by the server’s clock$/)
  expect(await client.placements.reclaimLock({ placementId: other.placementId })).toEqual({ whose: [] })

  silence(80)
  const dead = (await client.plans.deploy(request)).checks.filter((check) => check.id.startsWith('server-lock'))
  expect(dead.map((check) => check.fix?.kind)).toEqual(hosts.map(() => 'reclaim-lock'))
  expect(dead[0]!.detail).toMatch(/ on .+, since .+ UTC by the server’s clock, last heard of .+ UTC$/)
  const { whose } = await client.placements.reclaimLock({ placementId: other.placementId })
  expect(whose).toHaveLength(hosts.length)
  const plan = await client.plans.deploy(request)
  expect(plan.checks.filter((check) => check.outcome === 'block')).toEqual([])
  expect((await rest(client, (await start(client, plan)).id)).outcome).toBe('succeeded')
}, 180_000)

test.each(['start shop-production-web-', 'switch web on web-2'])(
  'D2 a holder that slept until its lock was taken away changes nothing more after it wakes at “%s”',
  async (name) => {
    await shop.fleet.app.close('leave')
    const holder = child({ task: 'deploy', at: { name, signal: 'SIGSTOP' } })
    try {
      await holder.line('at')
      silence(80)
      const { client } = other.fleet
      const { whose } = await client.placements.reclaimLock({ placementId: other.placementId })
      expect(whose).toHaveLength(hosts.length)
      const plan = await client.plans.deploy({ placementId: other.placementId, releaseId: other.next })
      expect((await rest(client, (await start(client, plan)).id)).outcome).toBe('succeeded')
      const before = state()
      holder.wake()
      const said = await holder.ended
      expect(said.lines.at(-1)).toMatchObject({ state: 'interrupted', outcome: null })
      expect(state()).toEqual(before)
    } finally {
      holder.kill()
    }
  },
  180_000,
)
