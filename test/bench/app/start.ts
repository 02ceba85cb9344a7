import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { openCold, type Opened } from './cold'
import { demoHouse, House } from '../house'
import { median } from '../measure'
import { below, row, type Row } from '../report'

const rounds = 5

const fleetCard = 'article[aria-label="Shop in Production"]'
const demoButton = 'section[aria-label="Try the demo"] button'

/** How long a cold start takes, with the demo's data and on an empty folder. */
export async function startUp(browser: Browser): Promise<Row[]> {
  const withDemo: Opened[] = []
  const empty: Opened[] = []
  const demo = await demoHouse()
  for (let round = 0; round < rounds; round++) {
    withDemo.push(await openCold(demo, browser, fleetCard))
    const fresh = new House()
    empty.push(await openCold(fresh, browser, demoButton))
    await fresh.remove()
  }
  await demo.remove()
  const of = (all: readonly Opened[], part: keyof Opened) => median(all.map((one) => one[part]))
  return [
    row('start to the Fleet with the demo, signed in', of(withDemo, 'usableMs'), 'ms', below(1500, 'ms')),
    row('of it, until the address is printed', of(withDemo, 'addressMs'), 'ms'),
    row('start to the welcome page, empty folder', of(empty, 'usableMs'), 'ms', below(1500, 'ms')),
    row('of it, until the address is printed (empty)', of(empty, 'addressMs'), 'ms'),
  ]
}

/** What the first page loads, by the browser's own requests. */
export async function firstPage(browser: Browser): Promise<Row[]> {
  const demo = await demoHouse()
  const { address } = await demo.start()
  const page = await (await browser.newContext()).newPage()
  const bodies: Promise<{ kind: string; bytes: number; gzipped: number }>[] = []
  page.on('response', (response) => {
    const kind = /\.(js|css|woff2)$/.exec(new URL(response.url()).pathname)?.[1]
    if (kind)
      bodies.push(response.body().then((body) => ({ kind, bytes: body.length, gzipped: gzipSync(body, { level: 9 }).length })))
  })
  await page.goto(address)
  await page.locator(fleetCard).waitFor()
  await page.waitForLoadState('networkidle')
  const loaded = await Promise.all(bodies)
  await page.context().close()
  await demo.remove()
  const sum = (kinds: readonly string[], part: 'bytes' | 'gzipped') =>
    loaded.filter((one) => kinds.includes(one.kind)).reduce((total, one) => total + one[part], 0) / 1000
  return [
    row('first page, JS and CSS, gzipped', sum(['js', 'css'], 'gzipped'), 'kB', below(350, 'kB')),
    row('of it, JS', sum(['js'], 'gzipped'), 'kB'),
    row('of it, CSS', sum(['css'], 'gzipped'), 'kB'),
    row('first page, fonts', sum(['woff2'], 'bytes'), 'kB'),
    row('requests for JS and CSS', loaded.filter((one) => one.kind !== 'woff2').length, ''),
  ]
}
