import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testImage } from '../support/image'
import { sitExam } from './docker-exam'
import { rest, start } from './fleet'
import { labPlaces } from './places'
import { withPodman, withoutPodman } from './podman-host'
import { hostsOf, leave, openShop, type Host, type Shop } from './shop'

const hosts = hostsOf(labPlaces().hosts.slice(0, 2))
const mixed: Host[] = []
beforeAll(() => void mixed.push(withPodman(hosts[0]!), hosts[1]!))
afterAll(async () => {
  withoutPodman(hosts[0]!)
  await leave(hosts)
}, 60_000)

sitExam()

const forwarding = '/etc/ssh/sshd_config.d/forwarding.conf'

describe('a server with Podman, beside one with Docker whose sshd forwards no ports', () => {
  let shop: Shop
  beforeAll(async () => {
    hosts[1]!.acts.sh(`echo 'AllowTcpForwarding no' > ${forwarding}; systemctl reload ssh`)
    shop = await openShop(mixed)
    await shop.policy({ rule: 'revert' })
  }, 120_000)
  afterAll(async () => {
    await shop?.close()
    hosts[1]!.acts.sh(`rm -f ${forwarding}; systemctl reload ssh`)
  })

  /** What runs on each; Podman's own words leave out the kind of a hash. */
  const running = () =>
    mixed
      .map(({ acts }) => acts.sh(`docker inspect --format '{{.Image}}' $(docker ps -q --filter label=slipway.service)`).trim())
      .map((image) => image.replace(/^(?!sha256:)/, 'sha256:'))

  test('both take the same release, by the same identity, and go back', async () => {
    const { digest } = await testImage({ version: 'v2' })
    const release = await shop.release({ version: 'v2' })
    const { run, plan } = await shop.begin(release)
    expect(plan.checks.filter((check) => check.outcome !== 'pass')).toEqual([])
    expect(plan.checks.find((check) => check.message.startsWith('Docker answers'))?.detail).toContain('Podman 4.')
    expect(await rest(shop.client, run.id)).toMatchObject({ outcome: 'succeeded' })
    expect(running()).toEqual([digest, digest])

    const bad = await shop.release({ version: 'v3', bad: 'boot' })
    expect(await shop.deployed(bad)).toMatchObject({ outcome: 'reverted' })
    expect(running()).toEqual([digest, digest])

    const back = await shop.client.plans.rollBack({ placementId: shop.placementId, releaseId: shop.found })
    expect(await rest(shop.client, (await start(shop.client, back)).id)).toMatchObject({ outcome: 'succeeded' })
  }, 120_000)
})
