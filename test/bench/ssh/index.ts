import type { Row } from '../report'
import { copies } from './copy'
import { fanOut } from './fan-out'
import { imageToOne } from './image'
import { promoteToThree } from './promote'
import { openSite, type Site } from './site'
import { stream } from './stream'

const onSite: Record<string, (site: Site, say: (words: string) => void) => Promise<Row[]>> = {
  'fan-out': fanOut,
  copy: copies,
  stream,
}
const inLab: Record<string, () => Promise<Row[]>> = { promote: promoteToThree, image: imageToOne }
const parts = [...Object.keys(onSite), ...Object.keys(inLab)]

/** Measures the way to servers and what goes over it, or one part of that. */
export async function ssh(part: string | null, say: (words: string) => void): Promise<Row[]> {
  if (part !== null && !parts.includes(part)) throw new Error(`No such part: ${part}. There is: ${parts.join(', ')}.`)
  const rows: Row[] = []
  const site = await openSite()
  try {
    for (const [name, measure] of Object.entries(onSite)) {
      if (part !== null && part !== name) continue
      say(`Measuring ${name}…`)
      rows.push(...(await measure(site, say)))
    }
  } finally {
    await site.close()
  }
  for (const [name, measure] of Object.entries(inLab)) {
    if (part !== null && part !== name) continue
    say(`Measuring ${name} on hosts of the lab…`)
    rows.push(...(await measure()))
  }
  return rows
}
