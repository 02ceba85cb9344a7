import { expect, test } from 'vitest'
import { shownIn } from './scroll'

test('a list that follows shows its last rows, also before it was ever scrolled', () => {
  expect(shownIn(1_000_000, 600, 0, true)).toEqual({ from: 999_970, to: 1_000_000, first: 999_970, last: 1_000_000 })
})

test('a list of few rows shows them all', () => {
  expect(shownIn(3, 600, 0, true)).toMatchObject({ from: 0, to: 3 })
  expect(shownIn(3, 600, 0, false)).toMatchObject({ first: 0, last: 3 })
})

test('a paused list shows what it was scrolled to, and draws a little beyond', () => {
  expect(shownIn(1000, 600, 2005, false)).toEqual({ from: 100, to: 131, first: 80, last: 151 })
})

test('a paused list that became shorter shows its end', () => {
  expect(shownIn(50, 600, 99_999, false)).toMatchObject({ from: 20, to: 50 })
})
