import type { Browser } from 'playwright-core'
import { openStorage } from '../../../src/main/storage/database'
import { own } from '../../../src/main/storage/owner'
import { createRecords, type Records } from '../../../src/main/storage/records'
import { Topic } from '../../../src/main/topic'
import type { App } from '../../../src/shared/domain/app'
import { AppId, PlacementId, ReleaseId, ServiceId, TargetId, newId } from '../../../src/shared/domain/ids'
import { demoHouse, type House } from '../house'
import { median } from '../measure'
import { below, row, type Row } from '../report'
import { openCold, type Opened } from './cold'

const apps = 100
const rounds = 3

/** Another app like this one, with its releases, its placements and what was last seen of them. */
async function copyApp(records: Records, app: App, number: number): Promise<void> {
  const services = new Map(app.services.map((service) => [service.id, newId(ServiceId)]))
  const appId = newId(AppId)
  const slug = `${app.slug}-${String(number).padStart(3, '0')}`
  await records.apps.put({
    ...app,
    id: appId,
    slug,
    name: slug,
    services: app.services.map((one) => ({ ...one, id: services.get(one.id) ?? one.id })),
  })
  for (const release of await records.releases.list(app.id)) {
    const artifacts = Object.fromEntries([...services].map(([from, to]) => [to, release.artifacts[from]!]))
    await records.releases.put({ ...release, id: newId(ReleaseId), appId, artifacts })
  }
  for (const placement of await records.placements.list(app.id)) {
    const placementId = newId(PlacementId)
    const targets = placement.targets.map((target) => ({
      ...target,
      id: newId(TargetId),
      placementId,
      serviceId: services.get(target.serviceId) ?? target.serviceId,
    }))
    await records.placements.put({ ...placement, id: placementId, appId, targets })
    for (const [index, target] of placement.targets.entries()) {
      const seen = await records.observations.get(target.id)
      if (seen) await records.observations.put({ ...seen, targetId: targets[index]!.id })
    }
  }
}

/** The demo's app a hundred times, as last seen: two hundred services in three environments. */
async function largeHouse(): Promise<House> {
  const house = await demoHouse()
  const owner = own(house.dataDir)
  const storage = openStorage(house.dataDir, Date.now())
  const records = createRecords(storage, new Topic())
  const [app] = await records.apps.list()
  storage.raw.exec('BEGIN')
  for (let number = 2; number <= apps; number++) await copyApp(records, app!, number)
  storage.raw.exec('COMMIT')
  await storage.close()
  owner.release()
  return house
}

/** From a client's question to the first snapshot, and until every card was looked at anew. */
async function watched(house: House): Promise<{ snapshotMs: number; liveMs: number }> {
  await house.start()
  const client = await house.client()
  const [asked, since] = [performance.now(), Date.now()]
  let snapshotMs = NaN
  const waiting = new Set<string>()
  for await (const update of await client.fleet.watch()) {
    const cells = update.kind === 'snapshot' ? update.fleet.cells : update.cells
    if (Number.isNaN(snapshotMs)) {
      snapshotMs = performance.now() - asked
      for (const cell of cells) waiting.add(cell.placementId)
    }
    for (const cell of cells) if ((cell.observedAt ?? 0) >= since) waiting.delete(cell.placementId)
    if (waiting.size === 0) break
  }
  const liveMs = performance.now() - asked
  await house.stop()
  return { snapshotMs, liveMs }
}

/** A Fleet of two hundred services from what is stored. */
export async function largeFleet(browser: Browser): Promise<Row[]> {
  const house = await largeHouse()
  const opened: Opened[] = []
  const seen: Awaited<ReturnType<typeof watched>>[] = []
  for (let round = 0; round < rounds; round++) {
    seen.push(await watched(house))
    opened.push(await openCold(house, browser, `article[aria-label="shop-${apps} in Production"]`))
  }
  await house.remove()
  return [
    row('Fleet of 200 services, first snapshot', median(seen.map((one) => one.snapshotMs)), 'ms', below(1000, 'ms')),
    row('Fleet of 200 services, every card looked at', median(seen.map((one) => one.liveMs)), 'ms', below(5000, 'ms')),
    row('start to the Fleet of 200 services, painted', median(opened.map((one) => one.usableMs)), 'ms'),
  ]
}
