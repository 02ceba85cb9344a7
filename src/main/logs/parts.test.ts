import { expect, test } from 'vitest'
import { levelOf, levels } from './parse/level'
import { Slots } from './slots'
import { leadingStamp } from './parse/stamp'
import { ownTime, timeIn } from './parse/time'

test.each([
  ['2026-11-21T04:20:31Z x', Date.UTC(2026, 10, 21, 4, 20, 31)],
  ['2026-11-21T04:20:31.125Z x', Date.UTC(2026, 10, 21, 4, 20, 31, 125)],
  ['2026-11-21T04:20:31.125999999+02:00 x', Date.UTC(2026, 10, 21, 2, 20, 31, 125)],
  ['2026-11-21 04:20:31,5-0530 x', Date.UTC(2026, 10, 21, 9, 50, 31, 500)],
  ['[2024-02-29T23:59:59.001Z] x', Date.UTC(2024, 1, 29, 23, 59, 59, 1)],
  ['1969-12-31T23:59:59Z x', -1000],
])('the stamp of "%s" is read', (text, at) => {
  expect(leadingStamp(text)).toBe(at)
})

test.each([
  '',
  'plain',
  '2026-11-21',
  '2026-11-21T04:20:31',
  '2026-13-21T04:20:31Z',
  '2026-11-21T24:20:31Z',
  '2026/11/21 04:20:31Z',
  ' 2026-11-21T04:20:31Z',
])('"%s" has no stamp', (text) => expect(leadingStamp(text)).toBeNaN())

test('a stamp far from the arrival is a date in the text, not the time of the line', () => {
  expect(ownTime('2019-01-01T00:00:00Z backup found', Date.UTC(2026, 10, 21))).toBeNaN()
})

test('a stamp of whole seconds gives way to the arrival within that second', () => {
  const at = Date.UTC(2026, 10, 21, 4, 20, 31)
  expect(ownTime('2026-11-21T04:20:31Z x', at + 400)).toBe(at + 400)
  expect(ownTime('2026-11-21T04:20:31Z x', at + 4000)).toBe(at)
})

test.each([
  ['2026-11-21T04:20:31Z ERROR cannot', 'error'],
  ['[info] started', 'info'],
  ['INFO: no error here', 'info'],
  ['warning: low disk', 'warn'],
  ['{"level":"warn","msg":"ERROR in text"}', 'warn'],
  ['{"time":1,"level":50,"msg":"x"}', 'error'],
  ['ts=1 level=debug msg="x"', 'debug'],
  ['12:00:01 [Fatal] gone', 'fatal'],
  ['GET /error 200', null],
  ['no errors found', null],
  ['Terror in the INFORMATION age', null],
  ['{"message":"error"}', null],
  ['', null],
])('the level of "%s" is %s', (text, level) => {
  expect(levels[levelOf(text)] ?? null).toBe(level)
})

test('rows merge into their places and leave them', () => {
  const slots = new Slots()
  const compare = (a: number, b: number) => a - b
  slots.merge([1, 5, 9], compare)
  slots.merge([0, 4, 6, 12], compare)
  slots.merge([12, 13], compare)
  expect(Array.from(slots.slice(0, 99))).toEqual([0, 1, 4, 5, 6, 9, 12, 12, 13])
  slots.keep((slot) => slot % 2 === 0)
  expect(Array.from(slots.slice(1, 3))).toEqual([4, 6])
})

test('a JSON line has the time that it names, as text or as milliseconds', () => {
  const at = Date.UTC(2026, 10, 21, 4, 20, 31, 250)
  expect(timeIn('{"level":"info","time":"2026-11-21T04:20:31.250Z","msg":"x"}', at)).toBe(at)
  expect(timeIn(`{"time":${at},"level":30}`, at)).toBe(at)
  expect(timeIn('{"@timestamp":"2026-11-21T05:20:31.250+01:00"}', at)).toBe(at)
  expect(timeIn('{"time":"soon"}', at)).toBeNaN()
  expect(timeIn('time 1', at)).toBeNaN()
  expect(ownTime(`{"time":${at}}`, at + 30)).toBe(at)
})
