import { app } from './app/index'
import { logs } from './logs/index'
import { table, type Row } from './report'
import { ssh } from './ssh/index'

/** What can be measured, by name. A part may be named after it: `app logs`. */
const areas: Record<string, (part: string | null, say: (words: string) => void) => Promise<Row[]>> = { app, logs, ssh }

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const [area = 'app', part = null] = words
const measure = areas[area]
if (!measure) throw new Error(`No such area: ${area}. There is: ${Object.keys(areas).join(', ')}.`)
const rows = await measure(part, (line) => process.stderr.write(`${line}\n`))
const text = process.argv.includes('--json') ? JSON.stringify({ area, rows }) : table(rows)
process.stdout.write(`${text}\n`, () => process.exit(0))
