import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ReleaseId } from '../../src/shared/domain/ids'
import type { Run } from '../../src/shared/domain/run'
import { rest } from './fleet'
import type { Loss } from './acts'
import { labPlaces } from './places'
import { hostsOf, leave, openShop, type Host, type Shop } from './shop'

let hosts: Host[]
let shop: Shop
let releases: ReleaseId[]
let round = 0

beforeAll(async () => {
  hosts = hostsOf(labPlaces().hosts)
  shop = await openShop(hosts, { app: { timings: { linkPatience: 10_000, healthyTimeout: 8000 } } })
  await shop.policy({ rule: 'revert' })
  releases = [await shop.release({ version: 'v2' }), await shop.release({ version: 'v3' })]
}, 120_000)
afterEach(() => {
  shop?.at(() => {})
  for (const { acts } of hosts) acts.heal()
})
afterAll(async () => {
  await shop?.close()
  await leave(hosts)
})

/** The version that every host answers, and how many containers it runs: what was done once, and only once. */
const now = () =>
  hosts.map(({ acts }) =>
    acts.sh(`curl -s -H "Host: shop.test" http://127.0.0.1/ | tr '\\n' ' '; docker ps -q | wc -l`).replaceAll(/\s+/g, ' ').trim(),
  )

/** What the run did on each host, by the servers: containers that carry its name, running or not. */
const madeBy = (run: Run) =>
  hosts.map(({ acts }) => Number(acts.sh(`docker ps -aq --filter label=slipway.run=${run.id} | wc -l`)))

/** The host that is lost, where the engine is then, and how much later: in the middle of what it does there, for one. */
interface Moment {
  host: number
  point: RegExp
  later: number
}

/** Deploys the next version, and loses a host at a moment of it. Answers when it is lost. */
async function deployLosing({ host, point, later }: Moment, how: Loss): Promise<Run> {
  const seen = { met: false, lost: false }
  const lose = () => {
    hosts[host]!.acts.lose(how)
    seen.lost = true
  }
  shop.at((name) => {
    if (seen.met || !point.test(name)) return
    seen.met = true
    if (later > 0) setTimeout(lose, later)
    else lose()
  })
  round += 1
  const { run } = await shop.begin(releases[round % 2]!)
  while (!seen.lost) {
    const { state } = (await shop.client.runs.get({ runId: run.id })).run
    if (!seen.met && state !== 'running') throw new Error(`the run never came to ${point.source}`)
    await sleep(20)
  }
  return run
}
const wanted = () => hosts.map(() => `v${2 + (round % 2)} 1`)

const moments: Moment[] = [
  { host: 1, point: /bring .* before$/, later: 0 },
  { host: 0, point: /start .* on web-1 before$/, later: 0 },
  { host: 0, point: /start .* on web-1 before$/, later: 150 },
  { host: 0, point: /start .* on web-1 after$/, later: 0 },
  { host: 1, point: /switch web on web-2 before$/, later: 0 },
  { host: 1, point: /switch web on web-2 before$/, later: 150 },
  { host: 1, point: /switch web on web-2 after$/, later: 0 },
  { host: 2, point: /stop .* on web-3 before$/, later: 0 },
  { host: 2, point: /stop .* on web-3 before$/, later: 150 },
  { host: 2, point: /stop .* on web-3 after$/, later: 0 },
]

test(
  'D4 a link that is cut at any step and comes back is neither failure nor success: the run goes on, and does nothing twice',
  { timeout: 600_000 },
  async () => {
    const wrong: string[] = []
    for (const moment of moments) {
      const where = `${moment.point.source} + ${moment.later} ms`
      const begun = await deployLosing(moment, 'reset')
      await sleep(1500)
      const meanwhile = (await shop.client.runs.get({ runId: begun.id })).run
      if (meanwhile.state === 'ended') wrong.push(`${where}: ended ${meanwhile.outcome} while the host was lost`)
      hosts[moment.host]!.acts.heal()
      const run = await rest(shop.client, begun.id)
      if (run.outcome !== 'succeeded') wrong.push(`${where}: ${run.state} ${run.outcome} ${run.problem?.message}`)
      if (now().join() !== wanted().join()) wrong.push(`${where}: ${now().join()}, wanted ${wanted().join()}`)
      if (madeBy(run).join() !== '1,1,1') wrong.push(`${where}: made ${madeBy(run).join()} containers`)
    }
    console.log(`D4: ${moments.length} cuts by reset`)
    expect(wrong).toEqual([])
  },
)

test(
  'D4 a host that is lost while its new containers become healthy is not called sick: the run waits for it',
  { timeout: 180_000 },
  async () => {
    const begun = await deployLosing({ host: 0, point: /start .* on web-1 after$/, later: 0 }, 'reset')
    const run = await rest(shop.client, begun.id)
    expect([run.state, run.outcome]).toEqual(['interrupted', null])
    expect(run.truths.map((one) => one.state)).toEqual(['unknown'])
    hosts[0]!.acts.heal()
    const over = await shop.answered(run, 'finish')
    expect(over.outcome).toBe('succeeded')
    expect(now()).toEqual(wanted())
    expect(madeBy(over)).toEqual([1, 1, 1])
  },
)

test(
  'D4 a host that falls silent is unknown in the end, and nothing is said of it until it answers',
  { timeout: 180_000 },
  async () => {
    const begun = await deployLosing({ host: 1, point: /switch web on web-2 before$/, later: 0 }, 'drop')
    const lostAt = Date.now()
    const run = await rest(shop.client, begun.id)
    console.log(`D4: a silent host was given up after ${Math.round((Date.now() - lostAt) / 1000)} s`)
    expect([run.state, run.outcome]).toEqual(['interrupted', null])
    expect(run.truths.map((one) => one.state)).toEqual(['unknown'])
    expect(run.answers).toEqual(['finish', 'revert', 'leave'])
    hosts[1]!.acts.heal()
    const over = await shop.answered(run, 'finish')
    expect(over.outcome).toBe('succeeded')
    expect(now()).toEqual(wanted())
    expect(madeBy(over)).toEqual([1, 1, 1])
  },
)
