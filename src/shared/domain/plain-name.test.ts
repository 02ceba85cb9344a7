import { expect, test } from 'vitest'
import { isMixed, shownName } from './plain-name'

test('L3 signs that turn or hide text are written out; ordinary names stay as they are', () => {
  expect(shownName('web-1')).toBe('web-1')
  expect(shownName('shop\u202Egpj.exe')).toBe('shop\\u{202E}gpj.exe')
  expect(shownName('a\u0000b\u001B[31m')).toBe('a\\u{0}b\\u{1B}[31m')
})

test('a name that mixes look-alike letters is flagged, one of a single script is not', () => {
  expect(isMixed('pаypal')).toBe(true)
  expect([isMixed('paypal'), isMixed('магазин'), isMixed('ünïcode')]).toEqual([false, false, false])
})
