import type { LogFilter } from '../../shared/domain/log'
import { fieldOf } from './parse/fields'
import { rankOf } from './parse/level'
import { patternOf } from './pattern'

/** What a filter asks of a line apart from its source: the same for what is in memory and on disk. */
export interface LineTest {
  /** In lower case; '' where no text is certain to be in what passes. */
  literal: string
  /** Whether a line that holds the literal passes without a look at its text. */
  literalIsAll: boolean
  /** The least rank of levels, and whether lines without a level pass. */
  floor: number
  unmarkedPass: boolean
  range: { from: number; to: number } | null
  /** Whether lines that go on with another are left out. */
  heads: boolean
  text(text: string): boolean
}

/** Reads a filter once, for many lines. Throws `pattern-wrong`. */
export function lineTest(filter: LogFilter): LineTest {
  const wanted = patternOf(filter.text, filter.regex)
  const unwanted = patternOf(filter.exclude, filter.regex)
  const floor = filter.level === null ? 0 : rankOf(filter.level)
  const fields = filter.fields.map(({ key, value, exclude }) => ({ key, value: value.toLowerCase(), exclude }))
  // Quotes and breaks are written otherwise within an object, so only plain values are looked for as they stand.
  const sure = fields.find(({ value, exclude }) => !exclude && /^[\w.:/ -]{2,}$/.test(value))?.value ?? ''
  const literal = wanted?.literal || sure
  const fieldsPass = (text: string) =>
    fields.every(({ key, value, exclude }) => (fieldOf(text, key)?.toLowerCase() === value) !== exclude)
  const text = (line: string) =>
    (wanted === null || wanted.test(line)) &&
    (unwanted === null || !unwanted.test(line)) &&
    (fields.length === 0 || fieldsPass(line))
  return {
    literal,
    literalIsAll: unwanted === null && fields.length === 0 && (wanted === null || wanted.whole),
    floor,
    unmarkedPass: floor <= rankOf('info'),
    range: filter.range,
    heads: filter.folded && wanted === null && fields.length === 0,
    text,
  }
}

/** Whether a filter asks anything of the text. */
export const asksText = (test: LineTest): boolean => test.literal !== '' || !test.literalIsAll
