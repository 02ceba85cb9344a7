/** Shorter ones would be found everywhere, and the log could not be read. */
const leastSigns = 6
const leastCore = 6
const leastLine = 12

// Values that a log says all the time for other reasons.
const common = new Set(
  `admin administrator password passwd secret default postgres mysql mariadb redis mongodb localhost production staging development
  username example changeme welcome letmein qwerty service private public enabled disabled undefined function internal external
  slipway docker server client master worker system normal success failed failure warning unknown 123456 1234567 12345678 123456789
  1234567890 000000 password1 password123 test1234 string number boolean object version release`.split(/\s+/),
)

/** Whether a secret is masked only beside its field's name, because it is short or a common word. */
export const isCommon = (text: string) => text.length < leastSigns || common.has(text.toLowerCase())

const quoted = (text: string) => JSON.stringify(text).slice(1, -1)
const percent = (text: string) => {
  try {
    return encodeURIComponent(text)
  } catch {
    return text
  }
}
const strictPercent = (text: string) =>
  percent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
const lowerPercent = (text: string) => text.replace(/%[0-9A-F]{2}/g, (sign) => sign.toLowerCase())
const backslashed = (text: string) => text.replace(/[^A-Za-z0-9_@%+=:,./\n-]/g, (sign) => `\\${sign}`)

/** What base64 makes of the bytes wherever they begin within a longer text: three alignments, without the signs shared with neighbours. */
function base64Cores(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((shift) => {
    const padded = Buffer.concat([Buffer.alloc(shift), bytes])
    const whole = padded.toString('base64').replace(/=+$/, '')
    const from = Math.ceil((shift * 8) / 6)
    const to = Math.floor((padded.length * 8) / 6)
    const core = whole.slice(from, to)
    return core.length < leastCore ? [] : [core, core.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

function textForms(text: string): string[] {
  const url = strictPercent(text)
  return [
    text,
    percent(text),
    lowerPercent(percent(text)),
    url,
    lowerPercent(url),
    percent(text).replaceAll('%20', '+'),
    url.replaceAll('%20', '+'),
    quoted(text),
    quoted(quoted(text)),
    quoted(text).replaceAll('/', '\\/'),
    text.replaceAll("'", `'\\''`),
    text.replaceAll("'", `'"'"'`),
    text.replace(/[\\"$`]/g, (sign) => `\\${sign}`),
    backslashed(text),
    // As a C-like shell string and as markup.
    text.replace(/['\\]/g, (sign) => `\\${sign}`),
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
  ]
}

/** Every form in which a secret may show: raw, base64, hex, URL, JSON, shell, markup; of one with several lines also each line. */
export function formsOf(text: string): Buffer[] {
  const bytes = Buffer.from(text, 'utf8')
  const lines = text.split(/\r?\n/)
  const perLine =
    lines.length < 2
      ? []
      : lines.map((line) => line.trim()).filter((line) => line.length >= leastLine && !line.startsWith('-----'))
  const forms = [
    ...textForms(text),
    ...(lines.length > 1 ? textForms(text.trimEnd()) : []),
    ...perLine,
    ...base64Cores(bytes),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
  ]
  return [...new Set(forms)].filter((form) => form.length >= 4).map((form) => Buffer.from(form, 'utf8'))
}
