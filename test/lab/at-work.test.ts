import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ServiceId } from '../../src/shared/domain/ids'
import { rest, start, type Client } from './fleet'
import { keepAsking } from './load'
import { labPlaces } from './places'
import { hostsOf, leave, openShop, type Shop } from './shop'

const hosts = hostsOf(labPlaces().hosts.slice(0, 2))
let shop: Shop
let serviceId: ServiceId

beforeAll(async () => {
  shop = await openShop(hosts)
  await shop.policy({ rule: 'revert' })
  expect((await shop.deployed(await shop.release({ version: 'v2' }))).outcome).toBe('succeeded')
  serviceId = (await shop.client.apps.list())[0]!.services[0]!.id
}, 120_000)
afterAll(async () => {
  await shop?.close()
  await leave(hosts)
}, 60_000)

type Change = Parameters<Client['plans']['change']>[0]['change']

/** Makes a change, and asks both servers all the while: what came of it, and of those who asked. */
async function changed(change: Change) {
  await shop.idle()
  const { client, placementId } = shop
  const asking = keepAsking(
    hosts.map(({ place }) => place),
    { port: 80, clients: 2 },
  )
  const plan = await client.plans.change({ placementId, change })
  const run = await rest(client, (await start(client, plan)).id)
  const answers = asking.take()
  await asking.stop()
  return { outcome: run.outcome, answers }
}

const running = () =>
  hosts.map(({ acts }) =>
    acts.sh('docker ps -q --no-trunc --filter label=slipway.service=web').trim().split('\n').filter(Boolean),
  )
const servers = () =>
  hosts.map(({ acts }) => acts.sh('grep -o "server 127[^;]*" /etc/nginx/conf.d/shop_web.conf').trim().split('\n').length)

test('D7 more instances on every server, and fewer again, while nobody who asks is failed', async () => {
  const more = await changed({ kind: 'scale', serviceId, instances: 3 })
  expect([more.outcome, more.answers.failed]).toEqual(['succeeded', []])
  expect(running().map((one) => one.length)).toEqual([3, 3])
  expect(servers()).toEqual([3, 3])
  const fewer = await changed({ kind: 'scale', serviceId, instances: 1 })
  expect([fewer.outcome, fewer.answers.failed]).toEqual(['succeeded', []])
  expect(running().map((one) => one.length)).toEqual([1, 1])
  expect(servers()).toEqual([1, 1])
}, 120_000)

test('D7 a restart puts new ones beside the old, and nobody who asks is failed', async () => {
  const before = running().flat()
  const { outcome, answers } = await changed({ kind: 'restart' })
  expect([outcome, answers.failed]).toEqual(['succeeded', []])
  expect(answers.asked).toBeGreaterThan(50)
  expect(running().flat()).toHaveLength(2)
  expect(
    running()
      .flat()
      .filter((id) => before.includes(id)),
  ).toEqual([])
}, 120_000)

test('what is stopped answers nobody, and what is started again is the same release', async () => {
  expect((await changed({ kind: 'stop' })).outcome).toBe('succeeded')
  expect(running()).toEqual([[], []])
  expect((await changed({ kind: 'start' })).outcome).toBe('succeeded')
  expect(hosts.map(({ acts }) => acts.sh('curl -s -H "Host: shop.test" http://127.0.0.1/').trim())).toEqual(['v2', 'v2'])
}, 120_000)

test('a one-off command runs once in the image that serves, gives its code, and is gone', async () => {
  await shop.idle()
  const { client, placementId, connections } = shop
  const before = hosts.map(({ acts }) => acts.sh('docker ps -aq'))
  const command = ['sh', '-c', 'echo "hello from $SLIPWAY_RELEASE"; exit 7']
  const what = { kind: 'once' as const, command, connectionId: connections[0]! }
  let said = ''
  let code: number | null = null
  for await (const event of await client.terminals.open({
    placementId,
    serviceId,
    what,
    typedName: 'production',
    columns: 80,
    rows: 24,
  })) {
    if (event.kind === 'bytes') said += Buffer.from(event.bytes, 'base64').toString()
    if (event.kind === 'ended') ({ code } = event)
  }
  expect([said.trim(), code]).toEqual(['hello from v2', 7])
  expect(hosts.map(({ acts }) => acts.sh('docker ps -aq'))).toEqual(before)
}, 60_000)
