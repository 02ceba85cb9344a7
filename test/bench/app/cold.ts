import type { Browser } from 'playwright-core'
import type { House } from '../house'

/** Milliseconds from the start of the process. */
export interface Opened {
  addressMs: number
  usableMs: number
}

/** The driver looks at a page every half second: the page itself notes when it first painted what is waited for. */
function notePainted(selector: string) {
  const look = () => {
    if (!document.querySelector(selector)) {
      requestAnimationFrame(look)
      return
    }
    // The frame that begins now shows it; the next one begins when that was drawn.
    requestAnimationFrame(() => document.documentElement.setAttribute('data-painted', String(Date.now())))
  }
  document.addEventListener('DOMContentLoaded', look)
}

/** From the start of the process to the painted page, in a browser that knows nothing yet. */
export async function openCold(house: House, browser: Browser, usable: string): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 } })
  const page = await context.newPage()
  await page.addInitScript(notePainted, usable)
  const begun = Date.now()
  const { address, addressMs } = await house.start()
  await page.goto(address, { waitUntil: 'commit' })
  const painted = await page.waitForFunction(() => document.documentElement.getAttribute('data-painted'))
  const usableMs = Number(await painted.jsonValue()) - begun
  await context.close()
  await house.stop()
  return { addressMs, usableMs }
}
