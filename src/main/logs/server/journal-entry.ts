import { Level } from '../../../shared/domain/log'
import type { SourceRecord } from '../source'

/** An entry of the journal: its lines, where it stands, and the units that it speaks of. */
export interface JournalEntry {
  cursor: JournalPlace
  units: ReadonlySet<string>
  records: SourceRecord[]
}

/** A place in the journal. `log` and `number` say the order where the same journal wrote both, else the time does. */
export interface JournalPlace {
  text: string
  log: string
  number: bigint
  time: bigint
}

const longest = 64 * 1024
const levels: readonly Level[] = ['fatal', 'fatal', 'fatal', 'error', 'warn', 'info', 'info', 'debug']

const hex = (digits: string | undefined) => (digits && /^[0-9a-f]{1,16}$/.test(digits) ? BigInt(`0x${digits}`) : 0n)

/** Reads journald's cursor: `s=…;i=…;b=…;m=…;t=…;x=…`. */
export function placeOf(text: string): JournalPlace {
  const parts = new Map(text.split(';').map((part) => [part.slice(0, 1), part.slice(2)]))
  return { text, log: parts.get('s') ?? '', number: hex(parts.get('i')), time: hex(parts.get('t')) }
}

/** Whether `a` comes after `b`. */
export const isAfter = (a: JournalPlace, b: JournalPlace) => (a.log === b.log ? a.number > b.number : a.time > b.time)

/** Text as journald gives it: a string, bytes where it is no UTF-8, several where a field is there twice. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value
  if (!Array.isArray(value)) return null
  if (value.every((one) => typeof one === 'number')) return Buffer.from(value).toString('utf8')
  return value.map((one) => textOf(one) ?? '').join(' ')
}

const unitFields = ['_SYSTEMD_UNIT', 'UNIT', 'OBJECT_SYSTEMD_UNIT', 'COREDUMP_UNIT'] as const

/** What of the entries is asked for. */
export const wantedFields = ['MESSAGE', 'PRIORITY', 'SYSLOG_IDENTIFIER', '_PID', '_COMM', ...unitFields].join(',')

function lineOf(text: string): Pick<SourceRecord, 'text' | 'cut'> {
  if (text.length * 3 <= longest) return { text, cut: 0 }
  const bytes = Buffer.from(text)
  const cut = Math.max(0, bytes.length - longest)
  return { text: cut > 0 ? bytes.toString('utf8', 0, longest) : text, cut }
}

/** An entry from a line of `journalctl -o json`; null where it is none. */
export function entryOf(line: string): JournalEntry | null {
  let read: Record<string, unknown>
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null) return null
    read = { ...value }
  } catch {
    return null
  }
  const [cursor, micros] = [read['__CURSOR'], Number(read['__REALTIME_TIMESTAMP'])]
  if (typeof cursor !== 'string' || !Number.isFinite(micros)) return null
  const units = new Set(unitFields.flatMap((name) => textOf(read[name]) ?? []))
  const named = textOf(read['SYSLOG_IDENTIFIER']) ?? textOf(read['_COMM']) ?? [...units][0] ?? 'journal'
  const pid = textOf(read['_PID'])
  const instance = `${named}${pid ? `[${pid}]` : ''}`.slice(0, 200)
  const level = levels[Number(read['PRIORITY'] ?? NaN)] ?? null
  const at = Math.floor(micros / 1000)
  const lines = (textOf(read['MESSAGE']) ?? '').replace(/\n+$/, '').split('\n')
  const records = lines.map((text) => ({ at, instance, level, ...lineOf(text) }))
  return { cursor: placeOf(cursor), units, records }
}
