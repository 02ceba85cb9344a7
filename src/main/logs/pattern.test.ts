import { expect, test } from 'vitest'
import { expression, patternOf, plainPattern } from './pattern'

test.each([
  ['orders/\\d+', 'GET /orders/17', true],
  ['^GET', 'x GET', false],
  ['(GET|POST) .* 50[0-9]', 'POST /a 503', true],
  ['a{2,3}b', 'xaab', true],
  ['héllo', 'HÉLLO', true],
  ['[[:digit:]]+x', '12x', true],
  ['a|b', 'only b', true],
  ['colou?r=red', 'color=RED', true],
  ['x*yz', 'yz', true],
  ['a\\.b', 'axb', false],
  ['(ab)+c', 'ababc', true],
  ['(ab)?c', 'c', true],
])('the expression %s on "%s": %s', (source, line, passes) => {
  const pattern = expression(source)
  expect(pattern.test(line)).toBe(passes)
  expect(!passes || line.toLowerCase().includes(pattern.literal)).toBe(true)
})

test('an expression that would explode answers on a hostile line, however long that is', () => {
  const line = 'x'.repeat(64 * 1024)
  for (const source of ['^(x+x+)+y', '(x*)*y', '(a|a)*b', 'x*x*x*y', '(?:x+)+$y', '(x{1,9}){1,9}y'])
    expect(expression(source).test(line)).toBe(false)
})

test.each(['(', '[a', '(?=x)', '(a)\\1', 'a{999999}', '*'])('the expression %s is refused with the reason', (source) => {
  expect(() => expression(source)).toThrow(
    expect.objectContaining({ problem: expect.objectContaining({ code: 'pattern-wrong' }) }),
  )
})

test('text is found as it stands, whatever signs it has', () => {
  expect(plainPattern('a.*(').test('xA.*(y')).toBe(true)
  expect(plainPattern('a.*(').test('abc(')).toBe(false)
  expect(patternOf('', true)).toBeNull()
})
