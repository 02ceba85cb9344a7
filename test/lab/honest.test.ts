import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { rest, start } from './fleet'
import { labPlaces } from './places'
import { hostsOf, leave, openShop, type Host, type Shop } from './shop'

let hosts: Host[] = []
let shop: Shop | null = null
let door: Awaited<ReturnType<typeof openDoor>> | null = null

afterEach(async () => {
  await shop?.close()
  shop = null
  await door?.close()
  door = null
  await leave(hosts)
}, 60_000)

/** All that a run could change on these hosts: containers and since when they run, images, the proxy's file, the locks. */
const stateOf = (some: readonly Host[]) =>
  some.map((host) =>
    host.acts.sh(
      [
        `docker ps -aq --no-trunc | sort | xargs -r docker inspect --format '{{.Name}} {{.Id}} {{.State.StartedAt}} {{.State.FinishedAt}}'`,
        'docker images -q --no-trunc | sort',
        `stat -c '%y' /etc/nginx/conf.d/shop_web.conf; cat /etc/nginx/conf.d/shop_web.conf; find /var/lib/slipway -name '*lock*' -type f 2>/dev/null | sort`,
      ].join('; '),
    ),
  )

test('D5 a deploy that is finished and asked for again has no step, and changes nothing on any of three servers', async () => {
  hosts = hostsOf(labPlaces().hosts)
  shop = await openShop(hosts)
  await shop.policy({ rule: 'revert' })
  const next = await shop.release({ version: 'v2' })
  const first = await shop.begin(next)
  expect((await rest(shop.client, first.run.id)).outcome).toBe('succeeded')
  await shop.idle()
  const before = stateOf(hosts)

  // The same plan once more is the same run.
  expect((await start(shop.client, first.plan)).id).toBe(first.run.id)
  const again = await shop.begin(next)
  expect(again.plan.steps).toEqual([])
  expect(again.plan.checks.map((check) => check.message)).toContain('Nothing changes: production already runs this')
  expect((await rest(shop.client, again.run.id)).outcome).toBe('succeeded')
  await shop.idle()
  expect(stateOf(hosts)).toEqual(before)
})

test('D9 where the old image was pruned everywhere, going back to it is off and says why', async () => {
  hosts = hostsOf(labPlaces().hosts.slice(0, 2))
  shop = await openShop(hosts)
  await shop.policy({ rule: 'revert' })
  const run = await shop.deployed(await shop.release({ version: 'v2' }))
  expect(run.outcome).toBe('succeeded')
  await shop.idle()
  const { placementId, found, client } = shop
  const offered = async () => {
    await client.placements.refresh({ placementId })
    for await (const view of await client.placements.watch({ placementId }))
      return view.releases.find((row) => row.release.id === found)!.cannotRollBack
    throw new Error('no view')
  }
  const prune = (host: Host) => host.acts.sh('docker container prune -f; docker rmi -f shop/web:v1; docker image prune -f')
  const [one, two] = hosts as [Host, Host]

  expect(await offered()).toBeNull()
  const early = await client.plans.rollBack({ placementId, releaseId: found })
  prune(one)
  // The other one has it still, and gives it.
  expect(await offered()).toBeNull()
  const withOne = await client.plans.rollBack({ placementId, releaseId: found })
  expect(withOne.checks.filter((check) => check.outcome === 'block')).toEqual([])
  prune(two)
  expect(await offered()).toBe('The artifact of v1 is nowhere any more: neither in the store nor on a host.')

  const before = stateOf(hosts)
  const plan = await client.plans.rollBack({ placementId, releaseId: found })
  const blocks = plan.checks.filter((check) => check.outcome === 'block')
  expect(blocks.map((check) => check.message)).toEqual(['The artifact of web is nowhere any more'])
  expect(blocks[0]!.detail).toContain('Make the release again from its source')
  await expect(start(client, plan)).rejects.toThrow(/nowhere any more/)
  // Nor does a plan that was made while it was there.
  await expect(start(client, early)).rejects.toThrow(/nowhere any more/)
  expect(stateOf(hosts)).toEqual(before)
})

/** A name that leads to one server, and to another when it is told so: those who are in are thrown out. */
async function openDoor(to: string) {
  let leadsTo = to
  const inside = new Set<Socket>()
  const server = createServer((client) => {
    const server = connect(22, leadsTo)
    for (const [from, other] of [
      [client, server],
      [server, client],
    ] as const) {
      inside.add(from)
      from.on('error', () => {})
      from.once('close', () => (inside.delete(from), other.destroy()))
      from.pipe(other)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const out = () => {
    for (const socket of inside) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    lead(host: string) {
      leadsTo = host
      out()
    },
    close: () => new Promise<void>((resolve) => (server.close(() => resolve()), out())),
  }
}

/** A shop on two servers, the second by a name that can come to lead to a third. */
async function openByName() {
  hosts = hostsOf(labPlaces().hosts)
  const [one, two, three] = hosts as [Host, Host, Host]
  door = await openDoor(two.place.host)
  const named = { ...two, place: { ...two.place, host: '127.0.0.1', port: door.port } }
  // What people run on the third is nobody's business here.
  await leave([three])
  shop = await openShop([one, named])
  await shop.policy({ rule: 'revert' })
  return { shop, one, two, three, next: await shop.release({ version: 'v2' }), lead: () => door!.lead(three.place.host) }
}

test('D10 a name that leads to another server after the plan was made stops the run before its first write', async () => {
  const { shop, one, two, three, next, lead } = await openByName()
  const plan = await shop.plan(next)
  const before = stateOf([one, two, three])
  lead()
  await expect(start(shop.client, plan)).rejects.toThrow(/shows another key than is known/)
  const fresh = await shop.plan(next)
  expect(fresh.checks.find((check) => check.outcome === 'block')?.message).toMatch(/shows another key than is known/)
  expect(stateOf([one, two, three])).toEqual(before)
})

test('D10 nor is a server taken for the planned one because somebody has meanwhile trusted its key', async () => {
  const { shop, one, two, three, next } = await openByName()
  const plan = await shop.plan(next)
  const before = stateOf([one, two, three])
  const { client } = shop
  const id = shop.connections[1]!
  const { host, port } = three.place
  await client.connections.update({ ...(await client.connections.form({ id })), id, host, port })
  for await (const part of await client.connections.test({ id }))
    if (part.hostKey) await client.connections.trust({ id, name: part.hostKey.name, fingerprint: part.hostKey.fingerprint })
  await expect(start(client, plan)).rejects.toThrow(/who answers on a connection/)
  const identity = (await shop.plan(next)).checks.find((check) => check.id === 'identity')!
  expect(identity.outcome).toBe('block')
  expect(identity.detail).toMatch(/Pinned ssh:SHA256:\S+, found ssh:SHA256:\S+/)
  expect(stateOf([one, two, three])).toEqual(before)
})

test('D10 a name that comes to lead elsewhere in the middle of a run brings nothing to the other server', async () => {
  const { shop, three, next, lead } = await openByName()
  const before = stateOf([three])
  let led = false
  shop.at((name) => {
    if (led || !/start .* on web-1 before$/.test(name)) return
    led = true
    lead()
  })
  const { run } = await shop.begin(next)
  const rested = await rest(shop.client, run.id)
  expect(led).toBe(true)
  // Nothing can be said of the planned one any more, and the other one is not asked.
  expect([null, 'unknown']).toContain(rested.outcome)
  expect(rested.truths.map((one) => one.state)).toEqual(['unknown'])
  expect(stateOf([three])).toEqual(before)
})

/** What would be an option, a second command or another place if it were ever pasted. */
const hostile = [
  'a; rm -rf /',
  '-v /:/h',
  '--privileged',
  '$(id)',
  '`id`',
  '../../etc/passwd',
  'a\nb',
  'a b',
  "a'b",
  '\u202Ea',
  '',
]

test('names, images and settings that would be more than a word are refused, and no server hears of them', async () => {
  hosts = hostsOf(labPlaces().hosts.slice(0, 1))
  shop = await openShop(hosts)
  const { client, placementId, appId, connections } = shop
  const before = stateOf(hosts)
  const service = (await client.apps.list()).find((app) => app.id === appId)!.services[0]!
  const accepted: string[] = []
  const refused = async (what: string, work: () => Promise<unknown>) =>
    work().then(
      () => void accepted.push(what),
      () => {},
    )
  const settings = { instances: 1, port: 8080, proxy: 'nginx', upstream: 'shop_web', upstreamFile: '', found: 'shop_web' }
  const target = (more: object) => ({
    placementId,
    targetId: null,
    serviceId: service.id,
    provider: 'docker',
    connectionIds: connections,
    settings: { ...settings, ...more } as never,
  })
  for (const word of hostile) {
    await refused(`the app ${word}`, () =>
      client.placements.adopt({
        app: { slug: word, name: 'X' },
        environment: 'dev',
        services: [{ slug: 'web', healthPath: null, route: false, provider: 'docker', connectionIds: connections, settings }],
      }),
    )
    await refused(`the service ${word}`, () =>
      client.placements.adopt({
        app: { slug: 'other', name: 'X' },
        environment: 'dev',
        services: [{ slug: word, healthPath: null, route: false, provider: 'docker', connectionIds: connections, settings }],
      }),
    )
    await refused(`the image ${word}`, async () => {
      const source = { kind: 'image' as const, connectionId: connections[0]!, reference: word }
      const sources = { [service.id]: source }
      for await (const _ of await client.releases.create({ appId, placementId, sources, note: '' }));
    })
    for (const key of ['upstream', 'upstreamFile', 'socket', 'network', 'versionHeader', 'found', 'proxy'] as const)
      // Empty means the usual one.
      if (word !== '') await refused(`${key} ${word}`, () => client.placements.setTarget(target({ [key]: word })))
    if (word !== '') await refused(`volumes ${word}`, () => client.placements.setTarget(target({ volumes: [word] })))
    for (const key of ['instances', 'port', 'publish', 'stopSeconds', 'keep'] as const)
      await refused(`${key} ${word}`, () => client.placements.setTarget(target({ [key]: word })))
    await refused(`the variable ${word}`, () =>
      client.placements.saveSettings({
        placementId,
        serviceId: service.id,
        basedOn: 0,
        values: [{ key: word, value: { kind: 'plain', value: 'x' } }],
      }),
    )
  }
  expect(accepted).toEqual([])
  expect(stateOf(hosts)).toEqual(before)
})
