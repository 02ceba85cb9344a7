import { expect, test } from 'vitest'
import type { LogRow } from '../../../../shared/domain/log'
import { appended, emptyBuffer, heldRows, joined, neighbour, rowAt, type Buffer } from './buffer'

const line = (seq: number, late = false): LogRow => ({
  kind: 'line',
  seq,
  at: seq,
  source: 's',
  instance: 'i',
  level: null,
  text: `line ${seq}`,
  late,
  part: false,
  parts: 0,
  cut: 0,
})
const lines = (from: number, count: number) => Array.from({ length: count }, (_, i) => line(from + i))
const holding = (from: number, count: number, matching: number): Buffer => ({
  base: from,
  rows: lines(from, count),
  matching,
  exact: true,
})

test('following keeps the newest rows, each at its own place', () => {
  const buffer = appended(holding(0, heldRows, heldRows), lines(heldRows, 500), heldRows + 500, 0)
  expect(buffer.rows).toHaveLength(heldRows)
  expect(rowAt(buffer, heldRows + 499)).toMatchObject({ seq: heldRows + 499 })
  expect(rowAt(buffer, 499)).toBeUndefined()
})

test('a late line is put in its place by time', () => {
  const buffer = appended(appended(emptyBuffer, [line(1), line(5)], 2, 0), [line(3, true)], 3, 0)
  expect(buffer.rows.map((row) => row.at)).toEqual([1, 3, 5])
})

test('after rows that the page was too slow for, none is shown at a wrong place', () => {
  const buffer = appended(holding(0, 10, 10), lines(100, 5), 105, 90)
  expect(buffer).toMatchObject({ base: 100, matching: 105 })
  expect(rowAt(buffer, 50)).toBeUndefined()
})

test('scrolling back joins older rows in front, and none twice', () => {
  const buffer = joined(holding(100, 50, 150), { from: 80, rows: lines(80, 40), matching: 150 })
  expect(buffer.rows.map((row) => row.seq)).toEqual(lines(80, 70).map((row) => row.seq))
})

test('a jump far away replaces what is held', () => {
  expect(joined(holding(1000, 50, 2000), { from: 10, rows: lines(10, 20), matching: 2000 })).toMatchObject({ base: 10 })
})

test('stepping from an opened line goes over gaps to the next line, and stays at the ends', () => {
  const gap: LogRow = { kind: 'gap', seq: 2, at: 2, source: 's', words: 'no data', dropped: 0 }
  const buffer: Buffer = { base: 0, rows: [line(1), gap, line(3)], matching: 3, exact: true }
  const first = neighbour(buffer, null, 0, 0)
  expect(first).toMatchObject({ seq: 1 })
  expect(neighbour(buffer, first, 1, null)).toMatchObject({ seq: 3 })
  expect(neighbour(buffer, first, -1, null)).toMatchObject({ seq: 1 })
  expect(neighbour(buffer, null, 0, null)).toMatchObject({ seq: 3 })
})
