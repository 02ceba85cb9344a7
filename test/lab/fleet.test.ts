import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PlacementId } from '../../src/shared/domain/ids'
import {
  adopt,
  clean,
  handsOf,
  importServers,
  openFleet,
  releaseOf,
  rest,
  seed,
  served,
  start,
  type Client,
  type Hand,
  type OpenFleet,
} from './fleet'
import { labPlaces } from './places'

const { hosts } = labPlaces()
let hands: Hand[]
let fleet: OpenFleet
let client: Client
let staging: PlacementId
let production: PlacementId
let appId: string

beforeAll(async () => {
  hands = await handsOf(hosts)
})
afterAll(async () => {
  for (const hand of hands ?? []) {
    await clean(hand)
    hand.close()
  }
})

describe('a promote from one server to two others', () => {
  beforeAll(async () => {
    await Promise.all(hands.map((hand) => seed(hand)))
    fleet = await openFleet(hosts)
    client = fleet.client
  })
  afterAll(() => fleet?.close())

  test('the servers are imported, tested hop by hop, and what runs on them becomes two environments', async () => {
    const offered = await client.connections.importable()
    expect(offered.hosts.map((one) => one.alias)).toEqual(hosts.map((one) => one.name))
    const ids = await importServers(
      client,
      hosts.map((one) => one.name),
    )
    const [one, two, three] = hosts.map((host) => ids.get(host.name)!)
    const parts = []
    for await (const part of await client.connections.test({ id: one! })) parts.push(part)
    expect(parts.map((part) => part.outcome)).not.toContain('fail')
    const first = await adopt(client, 'staging', [one!])
    staging = first.placementId
    expect(first.release?.note).toBe('as found')
    const [app] = await client.apps.list()
    appId = app!.id
    const second = await adopt(client, 'production', [two!, three!], app)
    production = second.placementId
    // The same image runs there: it is the same release.
    expect(second.release).toBeNull()
  })

  test('D8 a new image goes to staging, and the same bytes to production, without a registry', async () => {
    const release = await releaseOf(client, appId, staging, { version: 'v2' })
    const plan = await client.plans.deploy({ placementId: staging, releaseId: release })
    expect(plan.checks.filter((check) => check.outcome === 'block')).toEqual([])
    const run = await start(client, plan)
    expect(await rest(client, run.id)).toMatchObject({ outcome: 'succeeded' })
    expect(await served(hands[0]!)).toBe('v2')

    const promote = await client.plans.promote({ from: staging, to: production })
    expect(promote.checks.filter((check) => check.outcome === 'block' || check.outcome === 'unknown')).toEqual([])
    const promoted = await start(client, promote)
    expect(await rest(client, promoted.id)).toMatchObject({ outcome: 'succeeded' })
    expect(await Promise.all(hands.slice(1).map(served))).toEqual(['v2', 'v2'])
  })

  test('D9 production goes back to what it ran before, by a plan of its own', async () => {
    const releases = await client.releases.list({ appId: appId })
    const found = releases.find((one) => one.note === 'as found')!
    const back = await client.plans.rollBack({ placementId: production, releaseId: found.id })
    expect(back.checks.filter((check) => check.outcome === 'block')).toEqual([])
    const run = await start(client, back)
    expect(await rest(client, run.id)).toMatchObject({ outcome: 'succeeded' })
    expect(await Promise.all(hands.slice(1).map(served))).toEqual(['v1', 'v1'])
  })
})
