import { expect, test } from 'vitest'
import { newId, SecretId } from '../../shared/domain/ids'
import { SecretRedactor } from './redaction'

function knowing(...secrets: (string | [field: string, text: string])[]) {
  const redactor = new SecretRedactor()
  for (const secret of secrets) {
    const [field, text] = typeof secret === 'string' ? ['TOKEN', secret] : secret
    redactor.learn(newId(SecretId), text, field)
  }
  return redactor
}

// Forty canaries of many makes.
const canaries = [
  ...Array.from({ length: 20 }, (_, index) => `cAnary-${index}-${(index * 7919 + 104729).toString(36)}`),
  ...Array.from({ length: 8 }, (_, index) => `p@ss "word'${index} $HOME \`id\` & <tag> /path?x=1`),
  ...Array.from({ length: 6 }, (_, index) => `пароль-秘密-${index}-émoji😀`),
  ...Array.from(
    { length: 4 },
    (_, index) =>
      `-----BEGIN KEY-----\nMIIEvQIBADANBgkq${index}hkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIB${index}AQC7VJTUt9Us8cKj\n-----END KEY-----\n`,
  ),
  'back\\slash\\and\ttab-canary',
  'a+b/c==d%20e',
]

const forms: Record<string, (text: string) => string> = {
  raw: (text) => text,
  base64: (text) => Buffer.from(text).toString('base64'),
  'base64 within a longer text': (text) => Buffer.from(`user:${text}`).toString('base64'),
  'base64 with one byte before': (text) => Buffer.from(`x${text}y`).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  URL: (text) => encodeURIComponent(text),
  'form URL': (text) => new URLSearchParams({ text }).toString().slice(5),
  JSON: (text) => JSON.stringify(text).slice(1, -1),
  'JSON in JSON': (text) => JSON.stringify(JSON.stringify(text)).slice(3, -3),
  'shell, single quotes': (text) => text.replaceAll("'", `'\\''`),
  'shell, double quotes': (text) => text.replace(/[\\"$`]/g, '\\$&'),
  hex: (text) => Buffer.from(text).toString('hex'),
}

test.each(Object.entries(forms))('C1 forty canaries are masked in form: %s', (_, form) => {
  const redactor = knowing(...canaries)
  for (const canary of canaries) {
    const shown = form(canary)
    const masked = redactor.redact(`before ${shown} after`)
    // The first and last signs of base64 are shared with the neighbours: the middle must be gone.
    expect(masked, canary).not.toContain(shown.slice(4, -4))
    expect(masked, canary).toMatch(/^before .{0,8}\[secret\].{0,8} after$/)
  }
})

test('C1 each line of a secret with several lines is masked by itself', () => {
  const [key] = canaries.filter((canary) => canary.startsWith('-----'))
  const redactor = knowing(key as string)
  for (const line of (key as string).split('\n').filter((each) => each && !each.startsWith('-'))) {
    expect(redactor.redact(`key: ${line}`)).toBe('key: [secret]')
  }
})

test('C1 canaries are masked across the borders of chunks, wherever they fall', () => {
  const redactor = knowing(...canaries)
  for (const canary of canaries) {
    const bytes = Buffer.from(`start ${canary} middle ${JSON.stringify(canary)} end`)
    for (let border = 1; border < bytes.length; border++) {
      const stream = redactor.stream()
      const masked = Buffer.concat([
        stream.push(bytes.subarray(0, border)),
        stream.push(bytes.subarray(border)),
        stream.end(),
      ]).toString()
      expect(masked).toMatch(/^start \[secret\]\n? middle "\[secret\](\\n)?" end$/)
    }
  }
})

test('C1 a border within a longer secret does not let its end through', () => {
  const stream = knowing('canary', 'canary-and-more').stream()
  const parts = ['x canary-an', 'd-more y canary-a', ' z'].map((part) => stream.push(Buffer.from(part)))
  expect(Buffer.concat([...parts, stream.end()]).toString()).toBe('x [secret] y [secret]-a z')
})

test('C1 a canary that comes byte by byte is masked, and other text passes whole', () => {
  const redactor = knowing('canary-one', 'canary-two-long')
  const stream = redactor.stream()
  const text = 'can canary canary-on canary-one canary-two-lon canary-two-long can'
  const parts = [...Buffer.from(text)].map((byte) => stream.push(Buffer.from([byte])))
  expect(Buffer.concat([...parts, stream.end()]).toString()).toBe('can canary canary-on [secret] canary-two-lon [secret] can')
})

test('C1 the beginning of a canary at the end of a cut line is masked', () => {
  expect(knowing('canary-long-secret').redactCut('a line that ends in canary-lo')).toBe('a line that ends in [secret]')
})

test('a short or common secret is masked beside its field only, so that logs stay readable', () => {
  const redactor = knowing(['settings:DB_USER', 'admin'], ['DB_PASSWORD', 'password'], ['PIN', '1234'], ['FLAG', 'true'])
  const plain = 'admin logged in at 12:34:12 with password reset = true, 1234 rows'
  expect(redactor.redact(plain)).toBe(plain)
  expect(redactor.redact('connect DB_USER=admin DB_PASSWORD="password" ok')).toBe(
    'connect DB_USER=[secret] DB_PASSWORD="[secret]" ok',
  )
  expect(redactor.redact('{"PIN":"1234","password": "password"}')).toBe('{"PIN":"[secret]","password": "[secret]"}')
})

test('of two secrets, one within the other, the longer is masked whole', () => {
  expect(knowing('canary', 'canary-and-more').redact('x canary-and-more y canary z')).toBe('x [secret] y [secret] z')
})

test('text without secrets comes back as it was, broken signs included', () => {
  const redactor = knowing('canary-one')
  for (const text of ['', 'plain', 'half \ud83d', '\u0000\u001b[31mred', 'ä'.repeat(9000)])
    expect(redactor.redact(text)).toBe(text)
})

test('it says whether it knows the secrets that an output may hold', () => {
  const redactor = new SecretRedactor()
  const [known, other] = [newId(SecretId), newId(SecretId)]
  redactor.learn(known, 'canary-known', 'TOKEN')
  expect([redactor.ready([]), redactor.ready([known]), redactor.ready([known, other])]).toEqual([true, true, false])
})
