import type { Browser } from 'playwright-core'
import { setTimeout as sleep } from 'node:timers/promises'
import { demoHouse } from '../house'
import { cpuWhile, memoryMiB } from '../measure'
import { below, row, type Row } from '../report'

const settleMs = 5_000
const spanMs = 30_000

/** What the app costs while nobody does anything. */
export async function idle(browser: Browser): Promise<Row[]> {
  const house = await demoHouse()
  const { address } = await house.start()
  await sleep(settleMs)
  const pids = { main: house.pid, supervisor: house.supervisorPid() }
  const alone = await cpuWhile(pids, () => sleep(spanMs))
  const page = await (await browser.newContext()).newPage()
  await page.goto(address)
  await page.getByRole('article', { name: 'Shop in Production' }).waitFor()
  await sleep(settleMs)
  const watched = await cpuWhile(pids, () => sleep(spanMs))
  const memory = memoryMiB(house.pid)
  await page.context().close()
  await house.remove()
  return [
    row('idle, no page open, main', alone.percent['main'] ?? NaN, '% of a core', below(1, '%')),
    row('idle, no page open, supervisor', alone.percent['supervisor'] ?? NaN, '% of a core'),
    row('idle, a Fleet open on the demo, main', watched.percent['main'] ?? NaN, '% of a core', below(1, '%')),
    row('idle, a Fleet open on the demo, supervisor', watched.percent['supervisor'] ?? NaN, '% of a core'),
    row('idle, memory of main', memory, 'MiB'),
  ]
}
