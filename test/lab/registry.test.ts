import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RegistryForm } from '../../src/shared/api/connections'
import { ConnectionId, type ReleaseId } from '../../src/shared/domain/ids'
import { testImage } from '../support/image'
import { registryUser, startRegistry, type TestRegistry } from '../support/registry'
import { actedOn } from './acts'
import { rest, start } from './fleet'
import { labHost } from './host'
import { labPlaces } from './places'
import { hostsOf, leave, openShop, type Host, type Shop } from './shop'

const { user, password } = registryUser
const hosts = hostsOf(labPlaces().hosts)
const [first, ...others] = hosts as [Host, Host, Host]
let registry: TestRegistry
let shop: Shop
let registryId: ConnectionId

/** A registry on the side of the hosts' network where this machine is, whose certificate their Engines trust. */
beforeAll(async () => {
  registry = await startRegistry(first.place.host.replace(/\.\d+$/, '.1'))
  for (const { acts } of hosts)
    acts.sh(
      `mkdir -p /etc/docker/certs.d/${registry.host} && cat > /etc/docker/certs.d/${registry.host}/ca.crt`,
      Buffer.from(registry.ca!),
    )
  shop = await openShop(hosts)
  await shop.policy({ rule: 'revert' })
  await shop.client.vault.create({ home: 'session' })
}, 120_000)
afterAll(async () => {
  await shop?.close()
  await leave(hosts)
  for (const { acts } of hosts) acts.sh('rm -rf /etc/docker/certs.d')
  await registry?.stop()
}, 60_000)

/** Pushes as a build server would: none of the hosts has it after. */
async function pushed(version: string): Promise<{ reference: string; digest: string }> {
  const { digest, archive } = await testImage({ version })
  const reference = `${registry.host}/shop/web:${version}`
  // Not by what waits for it: the door of the registry is in this process.
  const { sh } = labHost(actedOn(first.place))
  await sh('docker load -q', archive)
  await sh(`docker login -u ${user} --password-stdin ${registry.host} 2>/dev/null`, Buffer.from(password))
  await sh(`docker tag ${digest} ${reference} && docker push -q ${reference} && docker rmi -f ${digest}`)
  await sh(`docker logout ${registry.host} && rm -rf /root/.docker`)
  return { reference, digest }
}

const form = (more: Partial<RegistryForm> = {}): RegistryForm => ({
  name: 'Images of the shop',
  host: registry.host,
  user,
  password,
  ...more,
})

async function releaseFrom(reference: string): Promise<ReleaseId> {
  const [app] = await shop.client.apps.list()
  const sources = { [app!.services[0]!.id]: { kind: 'image' as const, connectionId: shop.connections[0]!, reference } }
  for await (const event of await shop.client.releases.create({
    appId: app!.id,
    placementId: shop.placementId,
    sources,
    note: '',
  }))
    if (event.kind === 'made') return event.release.id
  throw new Error('no release was made')
}

const has = ({ acts }: Host, digest: string) => acts.sh('docker images -q --no-trunc').includes(digest)
const gaveTo = ({ place }: Host) =>
  registry.asked.some((line) => line.startsWith(`${place.host} GET`) && line.includes('/blobs/'))
const shown = async (releaseId: ReleaseId) => (await shop.plan(releaseId)).checks.filter((check) => check.outcome !== 'pass')

/** What would betray the password: files where programs leave such things, and argument lists. */
const betrayed = ({ acts }: Host) => {
  acts.sh('cat > /run/canary-words', Buffer.from(password))
  return acts.sh(
    'grep -rlsaF -D skip -f /run/canary-words /root /home /tmp /etc /var/lib/slipway /var/log /proc/[0-9]*/cmdline 2>/dev/null || true; rm /run/canary-words',
  )
}

test('C1 every host pulls a release from a registry that wants a password, which stays nowhere', async () => {
  const { reference, digest } = await pushed('v2')
  const made = await shop.client.connections.addRegistry(form({ password: 'wrong' }))
  registryId = ConnectionId.parse(made.id)
  await expect(releaseFrom(reference)).rejects.toMatchObject({ data: { code: 'registry-refused' } })

  await shop.client.connections.updateRegistry({ ...form(), id: registryId })
  const release = await releaseFrom(reference)
  registry.asked.length = 0
  const { run, plan } = await shop.begin(release)
  expect(plan.checks.map((check) => check.message)).toContain(
    `The registry gives the image to the servers on ${others.map(({ place }) => place.name).join(', ')}`,
  )
  expect(plan.steps.filter((step) => step.phase === 'transfer').map((step) => step.title)).toEqual(
    hosts.map(({ place }) => `Pull ${digest.slice(7, 14)} of web on ${place.name} from ${registry.host}`),
  )
  expect((await rest(shop.client, run.id)).outcome).toBe('succeeded')
  expect(hosts.map((host) => has(host, digest))).toEqual([true, true, true])
  expect(others.map(gaveTo)).toEqual([true, true])
  expect(hosts.map(betrayed)).toEqual(['', '', ''])
  const kept = readdirSync(shop.fleet.dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  expect(kept.filter((file) => statSync(file).size < 50_000_000 && readFileSync(file).includes(password))).toEqual([])
})

test('what was adopted is pulled too, by the name that its registry gave it', async () => {
  const { reference, digest } = await pushed('v6')
  const { sh } = labHost(actedOn(first.place))
  await sh(`docker login -u ${user} --password-stdin ${registry.host} 2>/dev/null`, Buffer.from(password))
  await sh(`docker run -d --name two_web ${reference} && docker logout ${registry.host} && rm -rf /root/.docker`)
  others[0].acts.sh('docker run -d --name two_web shop/web:v1')
  const service = (connectionId: ConnectionId) => ({
    slug: 'web',
    healthPath: null,
    route: false,
    provider: 'docker',
    connectionIds: [connectionId],
    settings: { instances: 1, port: null, proxy: 'none', found: 'two_web', stopSeconds: 1 },
  })
  const [here, there] = shop.connections as [ConnectionId, ConnectionId]
  const { client } = shop
  const staging = await client.placements.adopt({
    app: { slug: 'two', name: 'Two' },
    environment: 'staging',
    services: [service(here)],
  })
  const app = (await client.apps.list()).find((one) => one.slug === 'two')!
  const production = await client.placements.adopt({ app: { id: app.id }, environment: 'production', services: [service(there)] })
  const plan = await client.plans.promote({ from: staging.placementId, to: production.placementId })
  expect(plan.steps.filter((step) => step.phase === 'transfer').map((step) => step.title)).toEqual([
    `Pull ${digest.slice(7, 14)} of web on ${others[0].place.name} from ${registry.host}`,
  ])
  expect((await rest(client, (await start(client, plan)).id)).outcome).toBe('succeeded')
  expect(has(others[0], digest)).toBe(true)
})

test('a registry that is busy on some hosts is asked again', async () => {
  const { reference, digest } = await pushed('v3')
  const release = await releaseFrom(reference)
  const { run } = await shop.begin(release)
  const left = registry.refuse(/manifests/, 429, 3)
  expect((await rest(shop.client, run.id)).outcome).toBe('succeeded')
  expect(left()).toBe(0)
  expect(hosts.map((host) => has(host, digest))).toEqual([true, true, true])
})

test('what a registry does not give comes from a host that has it, and the plan says so', async () => {
  const { reference, digest } = await pushed('v4')
  const release = await releaseFrom(reference)
  registry.refuse(/manifests|blobs/, 500, 1000)
  const found = await shown(release)
  expect(found.map((check) => check.message)).toEqual(
    others.map(({ place }) => `${place.name} cannot pull from ${registry.host}; the image is brought from a host that has it`),
  )
  const { run } = await shop.begin(release)
  expect((await rest(shop.client, run.id)).outcome).toBe('succeeded')
  expect(hosts.map((host) => has(host, digest))).toEqual([true, true, true])
  registry.refuse(/./, 200, 0)
}, 120_000)

test('D6 where nobody else has it, a registry that fails is a block; one that fails later ends the run before anything changes', async () => {
  const { reference, digest } = await pushed('v5')
  const release = await releaseFrom(reference)
  first.acts.sh(`docker rmi -f ${digest}`)
  await shop.client.placements.refresh({ placementId: shop.placementId })
  const plan = await shop.plan(release)
  expect(plan.checks.filter((check) => check.outcome !== 'pass')).toEqual([])
  const before = hosts.map(({ acts }) => acts.sh('docker ps -q; cat /etc/nginx/conf.d/shop_web.conf'))

  registry.refuse(/manifests|blobs/, 503, 1000)
  const blocks = (await shown(release)).filter((check) => check.outcome === 'block')
  expect(blocks).toHaveLength(3)
  expect(blocks[0]!.message).toContain(`The registry did not give ${reference.split(':v5')[0]}@sha256:`)
  registry.refuse(/./, 200, 0)

  shop.at((name) => {
    if (name.includes('pull')) registry.refuse(/manifests|blobs/, 503, 1000)
  })
  const run = await start(shop.client, await shop.plan(release))
  const ended = await rest(shop.client, run.id)
  expect(ended).toMatchObject({ state: 'ended', outcome: 'reverted' })
  expect(JSON.stringify(ended)).toContain('registry-busy')
  expect(hosts.map(({ acts }) => acts.sh('docker ps -q; cat /etc/nginx/conf.d/shop_web.conf'))).toEqual(before)
}, 120_000)
