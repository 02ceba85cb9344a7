import type { Browser } from 'playwright-core'
import { openChrome } from '../chrome'
import type { Row } from '../report'
import { largeFleet } from './fleet'
import { idle } from './idle'
import { journal } from './journal'
import { logView } from './logs'
import { promote } from './promote'
import { firstPage, startUp } from './start'

/** The parts of the area, in the order in which they are measured. */
const parts: Record<string, (browser: Browser) => Promise<Row[]>> = {
  start: startUp,
  promote,
  journal,
  size: firstPage,
  logs: logView,
  fleet: largeFleet,
  idle,
}

/** Measures one part of the app, or all of them. */
export async function app(part: string | null, say: (words: string) => void): Promise<Row[]> {
  const wanted = Object.entries(parts).filter(([name]) => part === null || name === part)
  if (wanted.length === 0) throw new Error(`No such part: ${part}. There is: ${Object.keys(parts).join(', ')}.`)
  const browser = await openChrome()
  try {
    const rows: Row[] = []
    for (const [name, measure] of wanted) {
      say(`Measuring ${name}…`)
      rows.push(...(await measure(browser)))
    }
    return rows
  } finally {
    await browser.close()
  }
}
