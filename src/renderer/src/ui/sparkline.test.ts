import { expect, test } from 'vitest'
import { shapeOf } from './sparkline'

test('a span that nobody watched is a gap in the line, not a zero', () => {
  const { line, gaps } = shapeOf([1, 2, null, 2, 1], 40, 20)
  expect(line.match(/M/g)).toHaveLength(2)
  expect(gaps).toHaveLength(1)
})

test('a series of zeros is a flat line at the foot', () => {
  expect(shapeOf([0, 0], 10, 20).line).toBe('M0.0 18.0L10.0 18.0')
})
