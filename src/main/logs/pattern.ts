import { RE2JS, RE2JSException } from 're2js'
import { problem } from './text'

/** Something to look for in lines, case ignored. */
export interface Pattern {
  /** In lower case: what every line holds that passes; '' where nothing is known of it. */
  literal: string
  /** Whether holding the literal is all that is asked. */
  whole: boolean
  test(text: string): boolean
}

const flat = (text: string) => text.replaceAll(/[\r\n]+/g, ' ')

/** Of text as it stands. */
export function plainPattern(text: string): Pattern {
  const literal = flat(text).toLowerCase()
  return { literal, whole: true, test: (line) => line.toLowerCase().includes(literal) }
}

/** Lines up to here are given to the native engine, where the expression repeats at most one thing: at worst length². */
const shortLine = 512

interface Shape {
  repeats: number
  /** The longest stretch of plain signs that every match holds. */
  literal: string
}

// What the two engines read alike, sign by sign; anything else is left to RE2.
const token =
  /\\([dwsDWSbB]|[.*+?()[\]{}|\\/^$-])|\[(?:\^?)(?:\\[dwsDWS\].*+?\\/-]|[^\]\\[])+\]|\(\?:|[.^$|()]|[*+?]\??|\{(\d{1,3})(?:,(\d{0,3}))?\}\??|[^\\[\](){}*+?|.^$]/gy

/** Reads an expression; null where it holds what is not known here. */
// oxlint-disable-next-line complexity -- one case a kind of sign
function shapeOf(source: string): Shape | null {
  token.lastIndex = 0
  let [repeats, depth, best, run] = [0, 0, '', '']
  let groupRepeats: number[] = []
  let alternatives = false
  const end = () => {
    if (run.length > best.length) best = run
    run = ''
  }
  let read = 0
  for (let found = token.exec(source); found; found = token.exec(source)) {
    const [sign] = found
    read = token.lastIndex
    const first = sign[0] as string
    if (first === '(') {
      end()
      depth += 1
      groupRepeats.push(repeats)
    } else if (first === ')') {
      end()
      depth -= 1
      if (depth < 0) return null
      const inside = repeats - (groupRepeats.pop() ?? 0)
      // What repeats something that repeats is not for the native engine.
      if (/^(?:[*+]|\{)/.test(source.slice(read))) repeats += inside > 0 ? 99 : 1
    } else if (first === '|') {
      end()
      if (depth === 0) alternatives = true
    } else if ('*+?{'.includes(first) && sign !== '{') {
      run = run.slice(0, -1)
      end()
      const most = first === '{' ? Number(found[3] === undefined ? found[2] : found[3] || 999) : first === '?' ? 1 : 999
      if (most > 16) repeats += 1
    } else if (/^\\[^dwsDWSbB]/.test(sign)) {
      if (depth === 0) run += sign[1]
    } else if (sign.length > 1 || '.^$'.includes(first)) {
      end()
    } else if (depth === 0) run += sign
    if (read === source.length) break
  }
  end()
  if (read !== source.length || depth !== 0) return null
  return { repeats, literal: alternatives ? '' : best.toLowerCase() }
}

// oxlint-disable-next-line no-control-regex -- all of ASCII is meant
const ascii = /^[\u0000-\u007f]*$/

/**
 * Of a regular expression, in linear time whatever it and the lines are: RE2 decides. The native engine is asked only where the expression
 * repeats at most one thing and the line is short. Throws `pattern-wrong` with the engine's reason.
 */
export function expression(source: string): Pattern {
  let safe: RE2JS
  try {
    safe = RE2JS.compile(source, RE2JS.CASE_INSENSITIVE)
  } catch (error) {
    throw problem('pattern-wrong', { why: error instanceof RE2JSException ? error.message : 'it cannot be read' }, error)
  }
  const shape = shapeOf(source)
  const linear = (line: string) => safe.matcher(line).find()
  const literal = shape?.literal ?? ''
  if (!shape || shape.repeats > 1 || !ascii.test(source)) return { literal, whole: false, test: linear }
  const native = new RegExp(source, 'i')
  return { literal, whole: false, test: (line) => (line.length <= shortLine ? native.test(line) : linear(line)) }
}

/** Null for an empty text: everything passes. */
export const patternOf = (text: string, regex: boolean): Pattern | null =>
  text === '' ? null : regex ? expression(text) : plainPattern(text)
