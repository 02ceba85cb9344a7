import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ReleaseId } from '../../src/shared/domain/ids'
import { bundle } from '../support/built'
import { deployer, type Built } from './child'
import { labPlaces } from './places'
import { hostsOf, leave, openShop, type Host, type Shop } from './shop'

/** How many of the points are taken, evenly over all; every one of them where this is 0. */
const sample = Number(process.env['SLIPWAY_LAB_CRASHES'] ?? 7)
const seed = Number(process.env['SLIPWAY_SEED'] ?? Math.floor(Math.random() * 1000))

let built: Built
let hosts: Host[]
let shop: Shop
let releases: [ReleaseId, ReleaseId]
let folder: string

beforeAll(async () => {
  built = await bundle({ deployer: 'test/lab/deployer.ts', supervisor: 'src/main/supervisor/main.ts' })
  hosts = hostsOf(labPlaces().hosts)
  shop = await openShop(hosts)
  await shop.policy({ rule: 'revert' })
  releases = [await shop.release({ version: 'v2' }), await shop.release({ version: 'v3' })]
  await shop.fleet.app.close('leave')
  folder = mkdtempSync(join(tmpdir(), 'slw-crash-'))
}, 120_000)
afterAll(async () => {
  built?.remove()
  rmSync(folder, { recursive: true, force: true })
  await shop?.close()
  await leave(hosts)
}, 60_000)

/** One owner after another on a copy of the data folder, as it was before anything was deployed. */
function ownersOf(round: number) {
  const dataDir = join(folder, String(round))
  cpSync(shop.fleet.dataDir, dataDir, { recursive: true })
  const releaseId = releases[round % 2]
  const asked = { dataDir, home: shop.fleet.home, placementId: shop.placementId, releaseId }
  return {
    version: `v${2 + (round % 2)}`,
    run: (more: object) => deployer(built, { ...asked, ...more }).ended,
    over: () => rmSync(dataDir, { recursive: true, force: true }),
  }
}

const versions = () => hosts.map(({ acts }) => acts.sh('curl -s -H "Host: shop.test" http://127.0.0.1/').trim())
const running = () => hosts.map(({ acts }) => Number(acts.sh('docker ps -q | wc -l')))

/** Kills the app at one point, lets the next one take up, and says what was wrong. */
async function killedAt(point: number, round: number): Promise<string[]> {
  const owners = ownersOf(round)
  const answer = round % 3 === 2 ? 'revert' : 'finish'
  const before = versions()
  try {
    const killed = await owners.run({ task: 'deploy', at: { point, signal: 'SIGKILL' } })
    if (killed.exit === 0) return []
    const name = String(killed.lines.find((line) => 'at' in line)?.['at'])
    const wrong = (words: string) => [`point ${point} (${name}), ${answer}: ${words}`]
    if (killed.signal !== 'SIGKILL') return wrong(`it was not killed: ${killed.errors}`)
    const next = await owners.run({ task: 'take-up', answer })
    if (next.exit !== 0) return wrong(`the next one ended with ${next.exit}: ${next.errors}`)
    const [first, last] = next.lines as [{ found: { truths: string[] } | null }, Record<string, unknown> | undefined]
    if (!first.found) {
      // Over, or not yet begun: whole either way, and nothing of its locks is in the way of the next run.
      const again = await owners.run({ task: 'deploy' })
      return again.lines.at(-1)?.['outcome'] === 'succeeded' ? [] : wrong(`nothing was left, then ${JSON.stringify(again.lines)}`)
    }
    if (first.found.truths.includes('unknown')) return wrong('a host that answers was called unknown')
    const went = last?.['answer']
    if (last?.['outcome'] !== (went === 'finish' ? 'succeeded' : 'reverted')) return wrong(JSON.stringify(next.lines))
    const wanted = went === 'finish' ? hosts.map(() => owners.version) : before
    if (versions().join() !== wanted.join()) return wrong(`${versions().join()} serve, wanted ${wanted.join()}`)
    return running().join() === hosts.map(() => 1).join() ? [] : wrong(`${running().join()} containers run`)
  } finally {
    owners.over()
  }
}

test(
  'D1 killed at any point of a deploy to three servers, the next start tells the truth of each and can finish or revert',
  async () => {
    const counted = await ownersOf(0).run({ task: 'count' })
    const points = counted.lines.flatMap((line) => ('point' in line ? [Number(line['point'])] : []))
    expect(counted.lines.at(-1)).toMatchObject({ outcome: 'succeeded' })
    expect(points.length).toBeGreaterThanOrEqual(48)
    const every = sample === 0 ? 1 : points.length / sample
    const taken = points.filter(
      (_, i) => Math.floor((i + (seed % every)) / every) !== Math.floor((i - 1 + (seed % every)) / every),
    )
    const wrong: string[] = []
    for (const [i, point] of taken.entries()) wrong.push(...(await killedAt(point, i + 1)))
    console.log(`D1: ${taken.length} of ${points.length} points, seed ${seed}`)
    expect(wrong).toEqual([])
  },
  120 * 60_000,
)
