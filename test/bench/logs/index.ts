import { measurePipeline } from '../../../src/main/logs/pipeline.bench'
import { openChrome } from '../chrome'
import { logView } from '../app/logs'
import type { Row } from '../report'
import { openSite, type Site } from '../ssh/site'
import { search } from './search'
import { burst, latency, memory, quiet } from './servers'

const onSite: Record<string, (site: Site) => Promise<Row[]>> = { burst, latency, memory, quiet }

async function view(): Promise<Row[]> {
  const browser = await openChrome()
  try {
    return await logView(browser)
  } finally {
    await browser.close()
  }
}

const alone: Record<string, () => Promise<Row[]>> = {
  pipeline: () => measurePipeline({ redact: (text) => text }),
  search,
  view,
}

/** Measures the logs, or one part of them. More lines to search: SLIPWAY_BENCH_LINES=10000000; a longer while: SLIPWAY_BENCH_MINUTES=10. */
export async function logs(part: string | null, say: (words: string) => void): Promise<Row[]> {
  const names = [...Object.keys(alone), ...Object.keys(onSite)]
  if (part !== null && !names.includes(part)) throw new Error(`No such part: ${part}. There is: ${names.join(', ')}.`)
  const wanted = (name: string) => part === null || part === name
  const rows: Row[] = []
  for (const [name, measure] of Object.entries(alone)) {
    if (!wanted(name)) continue
    say(`Measuring ${name}…`)
    rows.push(...(await measure()))
  }
  if (!Object.keys(onSite).some(wanted)) return rows
  const site = await openSite()
  try {
    for (const [name, measure] of Object.entries(onSite)) {
      if (!wanted(name)) continue
      say(`Measuring ${name}…`)
      rows.push(...(await measure(site)))
    }
  } finally {
    await site.close()
  }
  return rows
}
