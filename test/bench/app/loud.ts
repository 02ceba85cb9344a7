import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PlacementId } from '../../../src/shared/domain/ids'
import type { Client, House } from '../house'

export const services = ['one', 'two']

/** Prints numbered lines of about 120 bytes, as many a second as the file says; leaves the count of them beside it. */
const program = `
import { readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
const [control, name] = process.argv.slice(2)
http.createServer((request, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1')
let [rate, count, due, last] = [0, 0, 0, performance.now()]
setInterval(() => {
  rate = Number(readFileSync(control, 'utf8')) / ${services.length}
  if (rate === 0) writeFileSync(control + '.' + name, String(count))
}, 100)
setInterval(() => {
  const now = performance.now()
  due = Math.min(rate, due + ((now - last) / 1000) * rate)
  last = now
  const stamp = new Date().toISOString()
  let text = ''
  for (; due >= 1; due--) {
    const number = String(count++).padStart(9, '0')
    text += stamp + (count % 500 ? ' INFO  ' : ' WARN  ') + 'GET /api/items/' + number + ' 200 in 12 ms, 4312 bytes, client 10.1.2.3, trace 4bf92f3577b34da6 n=' + number + '\\n'
  }
  if (text) process.stdout.write(text)
}, 5)
`

/** An app whose services print at the rate that they are told, deployed to dev by the app itself. */
export async function loudApp(house: House, client: Client) {
  const folder = join(house.folder, 'loud')
  const control = join(house.folder, 'rate')
  mkdirSync(folder)
  writeFileSync(join(folder, 'loud.mjs'), program)
  writeFileSync(control, '0')
  const service = (slug: string) => ({
    slug,
    folder,
    start: `{node} loud.mjs ${control} ${slug}`,
    build: '',
    healthPath: '/',
    releaseCommand: '',
    route: false,
  })
  const app = await client.apps.create({ slug: 'loud', name: 'Loud', services: services.map(service) })
  const placementId = await firstPlacement(client)
  await client.placements.setPolicy({ placementId, onFailure: { rule: 'revert' }, bakeSeconds: 0 })
  const sources = Object.fromEntries(app.services.map((one) => [one.id, { kind: 'folder' as const, folder, build: '' }]))
  for await (const event of await client.releases.create({ appId: app.id, placementId: null, sources, note: '' })) {
    if (event.kind !== 'made') continue
    const plan = await client.plans.deploy({ placementId, releaseId: event.release.id })
    const run = await client.runs.start({ planId: plan.id, fingerprint: plan.fingerprint })
    for await (const _ of await client.runs.watch({ runId: run.id, after: 0 }));
    const { run: ended } = await client.runs.get({ runId: run.id })
    if (ended.outcome !== 'succeeded') throw new Error(`The loud app did not start: ${ended.problem?.message}`)
  }
  return {
    placementId,
    /** Lines a second, of all services together. */
    setRate: (rate: number) => writeFileSync(control, String(rate)),
    /** Lines that each service wrote. True a moment after the rate was set to 0. */
    written: () => services.map((name) => Number(readFileSync(`${control}.${name}`, 'utf8'))),
  }
}

async function firstPlacement(client: Client): Promise<PlacementId> {
  for await (const update of await client.fleet.watch()) {
    if (update.kind !== 'snapshot') continue
    const [first] = update.fleet.environments
    const cell = update.fleet.cells.find((one) => one.environmentId === first?.id)
    if (cell) return cell.placementId
  }
  throw new Error('The app is nowhere.')
}
