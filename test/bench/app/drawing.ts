import type { CDPSession, Page } from 'playwright-core'
import { share } from '../measure'

/**
 * Runs in the page: counts frames, those without rows, and long tasks. Whenever other lines are on screen it notes how long ago the newest of them was
 * written, and the first of those that came since the last time.
 */
function noteDrawing(spanMs: number): Promise<{ frames: number; blank: number; ms: number; tasks: number[]; late: number[] }> {
  const tasks: number[] = []
  const late: number[] = []
  const observer = new PerformanceObserver((list) => list.getEntries().forEach((entry) => tasks.push(entry.duration)))
  observer.observe({ type: 'longtask', buffered: false })
  let before = NaN
  const noteNewest = () => {
    const shown = [...document.querySelectorAll('[aria-label="Log lines"] time')].at(-1)?.textContent ?? ''
    const [hours, minutes, seconds] = shown.replace('*', '').split(':').map(Number)
    const at = new Date().setHours(hours ?? 0, minutes ?? 0, 0, 0) + (seconds ?? 0) * 1000
    if (at === before) return
    if (!Number.isNaN(before)) late.push(Date.now() - at, Date.now() - before)
    before = at
  }
  let blank = 0
  // A message posted by a frame is told of when that frame was drawn: what is so then is what is seen.
  const drawn = new MessageChannel()
  drawn.port1.onmessage = () => {
    const box = document.querySelector('[aria-label="Log lines"]')?.getBoundingClientRect()
    const stamps = [...document.querySelectorAll('[aria-label="Log lines"] time')].map((one) => one.getBoundingClientRect())
    const seen = stamps.filter((one) => box && one.bottom > box.top && one.top < box.bottom).length
    if (seen < 10) blank += 1
  }
  return new Promise((resolve) => {
    const begun = performance.now()
    let frames = 0
    const frame = () => {
      frames += 1
      drawn.port2.postMessage(null)
      const ms = performance.now() - begun
      noteNewest()
      if (ms < spanMs) {
        requestAnimationFrame(frame)
        return
      }
      observer.disconnect()
      resolve({ frames, blank, ms, tasks, late })
    }
    requestAnimationFrame(frame)
  })
}

const rateIn = (text: string) => Number(/^([\d.,\s]+) lines/.exec(text)?.[1]?.replaceAll(/\D/g, '') ?? NaN)

async function rendererSeconds(page: Page): Promise<number> {
  const session = await page.context().browser()!.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  return processInfo.filter((one) => one.type === 'renderer').reduce((sum, one) => sum + one.cpuTime, 0)
}

/** Processor time that the page's own thread has used, in seconds: unlike a span on the clock it does not grow when others use the machine. */
async function threadSeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics')
  return metrics.find((one) => one.name === 'TaskDuration')?.value ?? NaN
}

/** How smoothly a page of logs draws for a while. */
export async function watchDrawing(page: Page, spanMs: number) {
  const foot = page.getByText('lines/s')
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const before = { thread: await threadSeconds(session), cpu: await rendererSeconds(page), at: performance.now() }
  const seen = await page.evaluate(noteDrawing, spanMs)
  const span = performance.now() - before.at
  const thread = (await threadSeconds(session)) - before.thread
  await session.detach()
  const cpu = (await rendererSeconds(page)) - before.cpu
  const rate = rateIn(await foot.innerText())
  const heap = await page.evaluate(() =>
    'memory' in performance ? (performance.memory as { usedJSHeapSize: number }).usedJSHeapSize : NaN,
  )
  return {
    fps: (seen.frames / seen.ms) * 1000,
    blank: seen.blank,
    longTasks: seen.tasks.length,
    longestTaskMs: seen.tasks.reduce((most, one) => Math.max(most, one), 0),
    lateMs: { p50: share(seen.late, 0.5), p99: share(seen.late, 0.99) },
    rate,
    cpuPercent: ((cpu * 1000) / span) * 100,
    threadPercent: ((thread * 1000) / span) * 100,
    heapMiB: heap / 1024 ** 2,
  }
}
