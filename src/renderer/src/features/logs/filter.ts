import { everything, type FieldFilter, type LogFilter } from '../../../../shared/domain/log'
import { dateTime, stamp } from '../../ui/format'

/** The filter of a page that was just opened: stack traces stand as one row. */
export const opening: LogFilter = { ...everything, folded: true }

/** A part of the filter as a chip: what it says, and the change that takes it away. */
export interface Chip {
  key: string
  words: string
  without: Partial<LogFilter>
}

const fieldWords = ({ key, value, exclude }: FieldFilter) => `${exclude ? 'not ' : ''}${key}=${value}`

const day = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' })

/** `21 Nov 14:02:11 – 14:05:00`, with both days where they are two. */
export function rangeWords({ from, to }: { from: number; to: number }): string {
  const oneDay = new Date(from).toDateString() === new Date(to).toDateString()
  return oneDay
    ? `${day.format(from)} ${stamp(from).slice(0, 8)} – ${stamp(to).slice(0, 8)}`
    : `${dateTime(from)} – ${dateTime(to)}`
}

/** What narrows the view beyond the boxes that show it themselves. */
export function chipsOf(filter: LogFilter): Chip[] {
  const { exclude, fields } = filter
  return [
    ...(exclude === '' ? [] : [{ key: 'exclude', words: `without “${exclude}”`, without: { exclude: '' } }]),
    ...fields.map((field, index) => ({
      key: `${index} ${fieldWords(field)}`,
      words: fieldWords(field),
      without: { fields: fields.filter((_, i) => i !== index) },
    })),
  ]
}

/** Whether fewer than all rows are asked for. */
export const narrows = ({ text, exclude, fields, level, range }: LogFilter) =>
  text !== '' || exclude !== '' || fields.length > 0 || level !== null || range !== null

const clause = /^(-?)([A-Za-z_@][\w.@/-]{0,99})=(.{0,500})$/

/**
 * What Enter makes of the typed text: `status=504` becomes a field, `-status=504` one that is left out,
 * `-word` a word that is left out, `/a+b/` an expression; null where it stays text.
 */
export function clauseIn(typed: string, filter: LogFilter): Partial<LogFilter> | null {
  const [, minus, key, value] = clause.exec(typed.trim()) ?? []
  if (key !== undefined && value !== undefined && value !== '') {
    if (filter.fields.length >= 20) return null
    return { text: '', fields: [...filter.fields, { key, value: value.replaceAll(/^"|"$/g, ''), exclude: minus === '-' }] }
  }
  const word = typed.trim()
  if (/^\/.+\/$/.test(word)) return { text: word.slice(1, -1), regex: true }
  if (/^-\S/.test(word) && !filter.regex) return { text: '', exclude: word.slice(1) }
  return null
}

/**
 * What marks the finds in drawn lines; null where nothing is marked. Expressions that repeat a group or more than two things
 * are not marked: here, unlike where lines are filtered, they could take for ever.
 */
export function finder({ text, regex }: Pick<LogFilter, 'text' | 'regex'>): RegExp | null {
  if (text === '') return null
  if (!regex) return new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'gi')
  const plain = text.replaceAll(/\\./g, '')
  if (/\)[*+{?]/.test(plain) || (plain.match(/[*+{]/g) ?? []).length > 2) return null
  try {
    return new RegExp(text, 'gi')
  } catch {
    return null
  }
}

/** The stretches of a text in turn: what is between the finds at even places, the finds at odd ones. */
export function pieces(text: string, find: RegExp | null): string[] {
  if (!find) return [text]
  const parts: string[] = []
  let from = 0
  for (const match of text.matchAll(find)) {
    if (match[0] === '') continue
    parts.push(text.slice(from, match.index), match[0])
    from = match.index + match[0].length
    if (parts.length >= 40) break
  }
  return [...parts, text.slice(from)]
}
