import { expect, test } from 'vitest'
import { barsPath, bucketAt, moved, spanOf, ticksOf, trimmed } from './history-shape'

test('a deploy long before the lines does not press them into one bar', () => {
  const counts = [...Array.from({ length: 9 }, () => 0), 5]
  expect(trimmed({ counts, errors: counts, from: 1000, step: 10 })).toEqual({ from: 1090, to: 1100 })
  expect(trimmed({ counts: [1, 0, 0, 5], errors: [], from: 0, step: 10 })).toBeNull()
  expect(trimmed({ counts: [0, 0], errors: [], from: 0, step: 10 })).toBeNull()
})

test('a stretch covers its bars whole, in whichever direction it was drawn', () => {
  expect(spanOf({ anchor: 4, head: 2 }, { from: 1000, step: 10 })).toEqual({ from: 1020, to: 1049 })
  expect(spanOf({ anchor: 0, head: 0 }, { from: 1000, step: 10 })).toEqual({ from: 1000, to: 1009 })
})

test('a pointer beyond the ends means the first or last bar', () => {
  expect([bucketAt(-1, 60), bucketAt(0.5, 60), bucketAt(2, 60)]).toEqual([0, 30, 59])
})

test('a single error among a million lines still has a bar that is seen', () => {
  expect(barsPath([0, 1], { counts: [0, 1_000_000] }, 44)).toBe('M1.12 44v-2.0h.76V44z')
})

test('short times are told to the second', () => {
  expect(ticksOf(0, 60_000)[1]).toMatch(/^\d\d:\d\d:15$/)
  expect(ticksOf(0, 3_600_000)[1]).toMatch(/^\d\d:\d\d$/)
})

test('keys begin at the newest bar, move within the ends, and with Shift leave a stretch behind', () => {
  const at = moved(null, -1, false, 60)
  expect(at).toEqual({ anchor: 59, head: 59 })
  expect(moved(at, -10, true, 60)).toEqual({ anchor: 59, head: 49 })
  expect(moved(at, 10, true, 60)).toEqual({ anchor: 59, head: 59 })
})
