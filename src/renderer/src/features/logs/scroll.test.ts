import { expect, test } from 'vitest'
import { shownIn } from './scroll'

const list = (total: number, following: boolean, wrap = false) => ({ total, following, wrap, rowHeight: 20 })

test('a list that follows shows its last rows, also before it was ever scrolled', () => {
  expect(shownIn(list(1_000_000, true), 600, 0)).toMatchObject({ from: 999_970, to: 1_000_000, first: 999_970, last: 1_000_000 })
})

test('a list of few rows shows them all', () => {
  expect(shownIn(list(3, true), 600, 0)).toMatchObject({ from: 0, to: 3 })
  expect(shownIn(list(3, false), 600, 0)).toMatchObject({ first: 0, last: 3 })
})

test('a paused list shows what it was scrolled to, and draws a little beyond', () => {
  expect(shownIn(list(1000, false), 600, 2005)).toMatchObject({ from: 100, to: 131, first: 80, last: 151 })
})

test('a paused list that became shorter shows its end', () => {
  expect(shownIn(list(50, false), 600, 99_999)).toMatchObject({ from: 20, to: 50 })
})

test('wrapped rows need more room than their places have, so the last one can be scrolled to the upper edge', () => {
  expect(shownIn(list(50, false, true), 600, 99_999)).toMatchObject({ from: 49, to: 50, height: 50 * 20 + 580 })
})
