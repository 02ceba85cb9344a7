export interface Segment {
  text: string
  /** 0–7, or null for the plain colour. */
  colour: number | null
  bold: boolean
  dim: boolean
}

// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const colours = /\u001b\[([0-9;]*)m/g
// C0 but tab, DEL, C1, bidi controls, zero-width and line separators: whatever could hide or move text.
// oxlint-disable-next-line no-control-regex, no-misleading-character-class -- naming them is the point
const controls = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

function visible(sign: string) {
  const code = sign.codePointAt(0) ?? 0
  if (code < 0x20) return String.fromCodePoint(0x2400 + code)
  if (code === 0x7f) return '\u2421'
  return `\u27e8U+${code.toString(16).toUpperCase().padStart(4, '0')}\u27e9`
}

/** Control characters in a form that does nothing and can be seen. */
export const inert = (text: string) => text.replaceAll(controls, visible)

function afterCodes(style: Omit<Segment, 'text'>, codes: readonly number[]): Omit<Segment, 'text'> {
  let now = style
  for (let i = 0; i < codes.length; i += 1) {
    const code = codes[i] ?? 0
    if (code === 0) now = { colour: null, bold: false, dim: false }
    else if (code === 1) now = { ...now, bold: true }
    else if (code === 2) now = { ...now, dim: true }
    else if (code === 22) now = { ...now, bold: false, dim: false }
    else if (code === 39) now = { ...now, colour: null }
    else if (code >= 30 && code <= 37) now = { ...now, colour: code - 30 }
    else if (code >= 90 && code <= 97) now = { ...now, colour: code - 90 }
    else if (code === 38 || code === 48) i += codes[i + 1] === 5 ? 2 : codes[i + 1] === 2 ? 4 : 0
  }
  return now
}

/** A line in pieces of one style each. Only SGR colours count; everything else that controls is made visible. */
export function segmentsOf(line: string): Segment[] {
  const segments: Segment[] = []
  let style: Omit<Segment, 'text'> = { colour: null, bold: false, dim: false }
  let from = 0
  const add = (text: string) => {
    if (text !== '') segments.push({ ...style, text: inert(text) })
  }
  for (const match of line.matchAll(colours)) {
    add(line.slice(from, match.index))
    style = afterCodes(style, (match[1] ?? '').split(';').map(Number))
    from = match.index + match[0].length
  }
  add(line.slice(from))
  return segments
}

/** The text as shown, without its colours: what copying gives. */
export const shownText = (line: string) =>
  segmentsOf(line)
    .map((segment) => segment.text)
    .join('')
