import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PlacementId } from '../../src/shared/domain/ids'
import {
  adopt,
  clean,
  handsOf,
  importServers,
  openFleet,
  rest,
  seed,
  start,
  type Client,
  type Hand,
  type OpenFleet,
} from './fleet'
import { labPlaces } from './places'

const { hosts } = labPlaces()
const canary = 'yellow-canary-5f19c2-on-both-ends'
const own = [...hosts].slice(0, 1)
let hand: Hand
let fleet: OpenFleet
let client: Client
let staging: PlacementId

beforeAll(async () => {
  ;[hand] = (await handsOf(own)) as [Hand]
  await seed(hand)
  fleet = await openFleet(own)
  client = fleet.client
  const ids = await importServers(
    client,
    own.map((one) => one.name),
  )
  staging = (await adopt(client, 'staging', [...ids.values()])).placementId
}, 120_000)
afterAll(async () => {
  await fleet?.close()
  await clean(hand)
  hand.close()
})

/** The words looked for stand in a file, so that whoever looks does not find itself. */
const wordsFile = '/run/canary-words'
/** Looks at every argument list of a machine again and again for 12 s; tells those that hold the words. */
const watching = [
  'end=$(($(date +%s) + 12))',
  `while [ $(date +%s) -lt $end ]; do for f in $(grep -lsaF -f "$0" /proc/[0-9]*/cmdline); do tr '\\0' ' ' < $f; echo; done; done | sort -u`,
].join('; ')

/** Something that is seen, so that seeing nothing else says something. */
const decoy = ['/bin/sh', '-c', 'sleep 2; :', 'seen-on-purpose']

/** The same on this computer. */
async function watchHere(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'slw-canary-'))
  const file = join(folder, 'words')
  writeFileSync(file, `${canary}\n${decoy[3]}\n`)
  try {
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', watching, file])
    return stdout.split('\n').filter(Boolean)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Files of a folder that hold the canary. */
function holding(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => statSync(file).size < 50_000_000 && readFileSync(file).includes(canary))
}

test('C1 a secret reaches the container, and stands in no argument list and no file, here or on the server', async () => {
  await client.vault.create({ home: 'session' })
  const [shop] = await client.apps.list()
  const service = shop?.services[0]
  if (!service) throw new Error('no service')
  await client.placements.saveSettings({
    placementId: staging,
    serviceId: service.id,
    basedOn: 0,
    values: [{ key: 'TOKEN', value: { kind: 'secret', value: canary } }],
  })
  await hand.sh(`printf '%s\\n' ${canary} ${decoy[3]} > ${wordsFile}`)
  const there = hand.link.run(['/bin/sh', '-c', watching, wordsFile], { root: true }, AbortSignal.timeout(60_000))
  const here = watchHere()
  await Promise.all([hand.link.run(decoy, {}, AbortSignal.timeout(20_000)), promisify(execFile)(decoy[0]!, decoy.slice(1))])
  const plan = await client.plans.change({ placementId: staging, change: { kind: 'apply-settings' } })
  expect(JSON.stringify(plan)).not.toContain(canary)

  const run = await start(client, plan)
  expect(await rest(client, run.id)).toMatchObject({ outcome: 'succeeded' })
  const name = await hand.sh(`docker ps --filter label=slipway.service=web --format '{{.Names}}'`)
  expect(await hand.sh(`docker exec ${name} env | grep TOKEN`)).toBe(`TOKEN=${canary}`)
  const seen = [decoy.join(' ')]
  expect(
    (await there).stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.trim()),
  ).toEqual(seen)
  expect((await here).map((line) => line.trim())).toEqual(seen)
  const files = `grep -rlsaF -D skip -f ${wordsFile} /var/lib/slipway /etc/nginx /tmp /home /root 2>/dev/null || true`
  expect(await hand.sh(files)).toBe('')
  expect(holding(fleet.dataDir)).toEqual([])
})
