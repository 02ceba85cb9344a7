import type { LogFound, LogThere, ServerLook } from '../../../../shared/api/logs'
import { count, number } from '../../ui/format'

const units = ['B', 'kB', 'MB', 'GB', 'TB']

/** `2.1 GB`: in steps of a thousand, as disks are sold. */
export function bytesWords(bytes: number): string {
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** step
  return `${step === 0 || value >= 100 ? number(Math.round(value)) : value.toFixed(1)} ${units[step]}`
}

const cuts = {
  lines: 'only the newest came: more lines hold the word',
  bytes: 'it was ended: too much came',
  time: 'it was ended after two minutes',
}

/** How far a source was searched on its server, in words that hide nothing. */
export function lookWords(look: ServerLook): string {
  if (look.state === 'waiting') return 'waits'
  // Of a journal the size is not known.
  const read =
    look.readBytes > 0 || look.files > 1
      ? `${count(look.files, 'file')}, ${bytesWords(look.readBytes)} read there`
      : look.files === 1
        ? 'searched there'
        : 'nothing to search there'
  const rest = [
    read,
    `${bytesWords(look.cameBytes)} came`,
    count(look.lines, 'line') + (look.passed < look.lines ? `, ${number(look.passed)} of which pass the whole filter` : ''),
    look.older > 0 ? `${count(look.older, 'file')} ended before that time` : '',
    look.left.length > 0 ? `not readable: ${look.left.join(', ')}` : '',
    look.cut ? cuts[look.cut] : '',
    look.state === 'looking' ? 'still looking' : '',
  ]
  return rest.filter(Boolean).join(' · ')
}

type There = LogThere['lines'][number]

/** Those that are not listed already among what is kept. */
export function notAmong(there: readonly There[], kept: LogFound['lines']): There[] {
  const listed = new Set(kept.map(({ source, text }) => `${source}\n${text}`))
  return there.filter(({ source, text }) => !listed.has(`${source}\n${text}`))
}
