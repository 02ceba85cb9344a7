import type { Browser, Page } from 'playwright-core'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LogSource } from '../../../src/shared/domain/log'
import { House, type Client } from '../house'
import { cpuWhile, memoryMiB, share } from '../measure'
import { against, atLeast, atMost, row, type Row } from '../report'
import { loudApp } from './loud'
import { watchDrawing } from './drawing'

const keptWanted = 1_000_000
const fillRate = 60_000
const measuredRate = 20_000
const spanMs = 10_000
const windowMs = 250
const filter = { text: '', level: null, sources: null }

type Loud = Awaited<ReturnType<typeof loudApp>>

/** Prints fast until so many lines are kept. Answers lines a second, taken in over the whole way. */
async function fill(client: Client, viewId: string, loud: Loud): Promise<number> {
  const begun = performance.now()
  const kept = async () => (await client.logs.window({ viewId, from: 0, count: 1 })).matching
  loud.setRate(fillRate)
  while ((await kept()) < keptWanted) await sleep(250)
  const perSecond = ((await kept()) / (performance.now() - begun)) * 1000
  loud.setRate(0)
  await sleep(1000)
  return perSecond
}

async function openLogs(browser: Browser, house: House, loud: Loud): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1360, height: 860 } })).newPage()
  await page.goto(await house.freshAddress())
  await page.getByRole('link', { name: 'Logs' }).waitFor()
  await page.evaluate((hash) => (location.hash = hash), `#/logs/${loud.placementId}`)
  await page.getByText('lines/s').waitFor()
  return page
}

/** How late lines reach a client, in milliseconds after they were written. */
async function lateness(client: Client, sources: readonly LogSource[]): Promise<number[]> {
  const { viewId } = await client.logs.open({ sources: sources.map((one) => one.id), filter })
  const late: number[] = []
  const begun = Date.now()
  for await (const batch of await client.logs.follow({ viewId })) {
    const now = Date.now()
    for (const one of batch.rows) if (one.kind === 'line' && one.at > begun) late.push(now - one.at)
    void client.logs.ack({ viewId, batch: batch.batch })
    if (now - begun > spanMs) break
  }
  await client.logs.close({ viewId })
  return late
}

/** Of the lines that are kept of one source: numbers that are missing up to the last one written, and numbers that are there twice. */
async function wrongNumbers(
  client: Client,
  source: LogSource,
  written: number,
): Promise<{ missing: number; twice: number; lines: number }> {
  const { viewId } = await client.logs.open({ sources: [source.id], filter })
  const numbers: number[] = []
  for (let from = 0; ;) {
    const part = await client.logs.window({ viewId, from, count: 2000 })
    for (const one of part.rows) {
      const number = one.kind === 'line' ? / n=(\d+)$/.exec(one.text)?.[1] : undefined
      if (number !== undefined) numbers.push(Number(number))
    }
    from += part.rows.length
    if (part.rows.length === 0 || from >= part.matching) break
  }
  await client.logs.close({ viewId })
  const distinct = new Set(numbers)
  const first = numbers.reduce((least, one) => Math.min(least, one), Infinity)
  return { missing: written - first - distinct.size, twice: numbers.length - distinct.size, lines: numbers.length }
}

/** What one page costs that follows the logs at full rate. */
async function following(browser: Browser, house: House, loud: Loud, done: () => Promise<unknown>) {
  const page = await openLogs(browser, house, loud)
  await done()
  const atRest = await watchDrawing(page, spanMs / 2)
  loud.setRate(measuredRate)
  await sleep(4000)
  const { value: drawing, percent } = await cpuWhile({ main: house.pid, supervisor: house.supervisorPid() }, () =>
    watchDrawing(page, spanMs),
  )
  const memory = memoryMiB(house.pid)
  await page.context().close()
  return { drawing, atRest, percent, memory }
}

/** The log view at full rate, from programs that print to Chromium, with a million lines kept. */
export async function logView(browser: Browser): Promise<Row[]> {
  const house = new House()
  await house.start()
  const client = await house.client()
  const { keptBytes: _, ...settings } = await client.logs.settings()
  await client.logs.saveSettings({ ...settings, windowMs })
  const loud = await loudApp(house, client)
  const sources = await client.logs.sources({ placementId: loud.placementId })
  const { viewId } = await client.logs.open({ sources: sources.map((one) => one.id), filter })
  const filled = await fill(client, viewId, loud)
  const { drawing, atRest, percent, memory } = await following(browser, house, loud, () => client.logs.close({ viewId }))
  const late = await lateness(client, sources)
  loud.setRate(0)
  // A view that nobody follows keeps the tails going until all is taken.
  const last = await client.logs.open({ sources: sources.map((one) => one.id), filter })
  await sleep(3000)
  const written = loud.written()
  const wrong = await Promise.all(
    sources.map((source) => wrongNumbers(client, source, written[['one', 'two'].indexOf(source.name)] ?? NaN)),
  )
  await client.logs.close(last)
  await house.remove()
  const sum = (part: 'missing' | 'twice' | 'lines') => wrong.reduce((total, one) => total + one[part], 0)
  return [
    row('logs, lines taken in while filling', filled, 'lines/s'),
    row('logs, lines kept', sum('lines'), 'lines', atLeast(keptWanted, 'lines')),
    row('logs, lines missing among them', sum('missing'), 'lines', atMost(0, 'lines')),
    row('logs, lines there twice', sum('twice'), 'lines', atMost(0, 'lines')),
    row('logs at 20k lines/s, rate that the page tells', drawing.rate, 'lines/s', atLeast(19_000, 'lines/s')),
    against('logs at 20k lines/s, frames', drawing.fps, 'the same page at rest', atRest.fps, '/s', atLeast(58, '/s')),
    row('logs at 20k lines/s, frames without rows', drawing.blank + atRest.blank, '', atMost(0, '')),
    row('logs at 20k lines/s, longest task of the page', drawing.longestTaskMs, 'ms', atMost(50, 'ms')),
    row('logs at 20k lines/s, tasks over 50 ms', drawing.longTasks, `in ${spanMs / 1000} s`, atMost(0, `in ${spanMs / 1000} s`)),
    row('logs at 20k lines/s, written to on screen, p50', drawing.lateMs.p50, 'ms'),
    row('logs at 20k lines/s, written to on screen, p99', drawing.lateMs.p99, 'ms', atMost(windowMs + 150, 'ms')),
    row('logs at 20k lines/s, written to the client, p50', share(late, 0.5), 'ms'),
    row('logs at 20k lines/s, written to the client, p99', share(late, 0.99), 'ms'),
    row('logs at 20k lines/s, the page’s thread', drawing.threadPercent, '% of a core'),
    row('logs at 20k lines/s, all threads of the page', drawing.cpuPercent, '% of a core'),
    row('logs at 20k lines/s, main', percent['main'] ?? NaN, '% of a core'),
    row('logs at 20k lines/s, supervisor', percent['supervisor'] ?? NaN, '% of a core'),
    row('logs, memory of the page’s scripts', drawing.heapMiB, 'MiB'),
    row('logs, memory of main with all kept', memory, 'MiB'),
  ]
}
