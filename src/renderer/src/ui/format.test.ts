import { expect, test } from 'vitest'
import { ago, count, duration, figure, span } from './format'

test('ages are told in their greatest unit', () => {
  expect([span(500), span(12 * 60_000), span(3 * 3_600_000), span(86_400_000), span(2 * 86_400_000)]).toEqual([
    'now',
    '12 min',
    '3 h',
    '1 day',
    '2 days',
  ])
  expect(ago(0)).toBe('just now')
  expect(ago(12_000)).toBe('12 s ago')
})

test('durations are told to the second', () => {
  expect([duration(400), duration(48_000), duration(242_000), duration(3_720_000)]).toEqual([
    '0.4 s',
    '48 s',
    '4 min 02 s',
    '1 h 02 min',
  ])
})

test('counts agree with their nouns', () => {
  expect([count(1, 'release'), count(1240, 'line')]).toEqual(['1 release', '1,240 lines'])
  expect([figure(1284), figure(0.0213), figure(41)]).toEqual(['1,284', '0.021', '41'])
})
