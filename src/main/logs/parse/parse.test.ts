import { expect, test } from 'vitest'
import { fieldOf, pairsOf } from './fields'
import { goesOn, type Fold } from './fold'
import { timeIn } from './time'

const near = Date.UTC(2026, 10, 21, 4, 21)
const at = Date.UTC(2026, 10, 21, 4, 20, 31)
const plus2 = 2 * 3_600_000

test.each([
  ['RFC 3339', '2026-11-21T04:20:31.250Z x', at + 250],
  ['RFC 3339 with a zone', '2026-11-21 06:20:31.250 +0200 x', at + 250],
  ['syslog', 'Nov 21 04:20:31 web-1 sshd[12]: x', at],
  ['syslog with a priority', '<34>Nov 21 04:20:31 web-1 su: x', at],
  ['syslog with a one-digit day', 'Nov  1 04:20:31 web-1 su: x', Date.UTC(2026, 10, 1, 4, 20, 31)],
  ['nginx access', '10.0.0.1 - - [21/Nov/2026:06:20:31 +0200] "GET / HTTP/1.1" 200 5', at],
  ['nginx error', '2026/11/21 04:20:31 [error] 7#7: x', at],
  ['Apache error', '[Sat Nov 21 04:20:31.250999 2026] [core:error] x', at + 250],
  ['Go', '2026/11/21 04:20:31.250000 x', at + 250],
  ['klog', 'E1121 04:20:31.250000 7 main.go:1] x', at + 250],
  ['Python', '2026-11-21 04:20:31,250 - root - ERROR - x', at + 250],
  ['epoch seconds', `${at / 1000} x`, at],
  ['epoch seconds with a fraction', `${at / 1000}.250 x`, at + 250],
  ['epoch milliseconds', `${at + 250} x`, at + 250],
  ['epoch microseconds', `${at + 250}999 x`, at + 250],
  ['epoch nanoseconds', `[${at + 250}999999] x`, at + 250],
  ['JSON with seconds', `{"ts":${at / 1000}.25,"msg":"x"}`, at + 250],
  ['JSON with nanoseconds', `{"level":"info","ts":${at + 250}000000}`, at + 250],
  ['JSON with text', '{"msg":"x","time":"2026-11-21T04:20:31.250Z"}', at + 250],
  ['logfmt', 'time="2026-11-21T04:20:31Z" level=info msg=x', at],
  ['logfmt, bare', 'ts=2026-11-21T04:20:31.250Z caller=a.go', at + 250],
])('the time of a line of %s is read', (_, text, time) => {
  expect(timeIn(text, near, 0)).toBe(time)
})

test.each([
  '',
  'plain',
  '12345 too short',
  '99999999999999999999 too long',
  '2026-13-41 99:99:99 x',
  'Foo 21 04:20:31 x',
  '[99/Nov/2026:04:20:31 +0000]',
  '{"time":"soon"}',
  '__proto__=1 time=later',
])('"%s" has no time', (text) => expect(timeIn(text, near, 0)).toBeNaN())

test('a local time means what the zone of its host says, and without that the quarter of an hour nearest to when it came', () => {
  expect(timeIn('2026-11-21 06:20:31,000 x', near, plus2)).toBe(at)
  expect(timeIn('2026-11-21 06:20:31,000 x', near)).toBe(at)
  expect(timeIn('Nov 21 09:50:31 x', near)).toBe(at)
})

test('a stamp without a year is of the year that is nearest', () => {
  const newYear = Date.UTC(2027, 0, 1, 0, 0, 5)
  expect(timeIn('Dec 31 23:59:58 x', newYear, 0)).toBe(Date.UTC(2026, 11, 31, 23, 59, 58))
})

/** Which lines go on with the one before. */
function parts(lines: readonly string[]): boolean[] {
  let before: Fold = 'none'
  return lines.map((line) => {
    const { part, fold } = goesOn(line, before)
    before = fold
    return part
  })
}

test.each([
  ['Node', ['Error: no', '    at f (/a.js:1:2)', '    at g (/a.js:3:4)', '  code: 1'], 'next'],
  [
    'Python',
    ['Traceback (most recent call last):', '  File "a.py", line 1, in <module>', '    f()', 'ValueError: no'],
    'INFO next',
  ],
  [
    'Java',
    ['java.lang.IllegalStateException: no', '\tat a.B.c(B.java:1)', 'Caused by: java.io.IOException: x', '\t... 12 more'],
    'next',
  ],
  [
    'Go',
    [
      'panic: no',
      '',
      'goroutine 1 [running]:',
      'main.f(...)',
      '\t/a/b.go:7 +0x1d',
      'main.main()',
      '\t/a/b.go:3',
      'exit status 2',
    ],
    'next',
  ],
])('the stack trace of %s is one thing with its first line', (_, trace, next) => {
  expect(parts(trace)).toEqual(trace.map((_line, place) => place > 0))
  expect(parts([...trace, next]).at(-1)).toBe(false)
})

test('lines that only stand under each other are not a stack trace', () => {
  expect(parts(['one', 'two', '', 'at the end', 'ValueError: alone', 'f(x)'])).toEqual([false, false, false, false, false, false])
})

test('fields of an object are found by name, also within another, and never beyond it', () => {
  const line = '{"status":500,"user":{"id":"7","a.b":1},"x.y":"z"}'
  expect(
    ['status', 'user.id', 'user.a.b', 'x.y', 'none', 'user.none', '__proto__', 'constructor'].map((key) => fieldOf(line, key)),
  ).toEqual(['500', '7', '1', 'z', null, null, null, null])
})

test('fields of logfmt are found, quoted ones too', () => {
  expect(pairsOf('level=info msg="a \\"b\\" c" dur=1.5ms empty= url=/x?y=1')).toEqual([
    { key: 'level', value: 'info' },
    { key: 'msg', value: 'a "b" c' },
    { key: 'dur', value: '1.5ms' },
    { key: 'empty', value: '' },
    { key: 'url', value: '/x?y=1' },
  ])
  expect(fieldOf('no fields here', 'level')).toBeNull()
})

test('a broken object has no fields, and a hostile one is only text', () => {
  expect(fieldOf('{"a":', 'a')).toBeNull()
  expect(fieldOf(`{${'"a":{'.repeat(5000)}`, 'a')).toBeNull()
})
