import { expect, test } from 'vitest'
import { chipsOf, clauseIn, finder, narrows, opening, pieces } from './filter'

test('what is typed as field=value becomes a field, with a minus one that is left out', () => {
  expect(clauseIn('status=504', opening)).toEqual({ text: '', fields: [{ key: 'status', value: '504', exclude: false }] })
  expect(clauseIn('-http.path="/health"', opening)).toEqual({
    text: '',
    fields: [{ key: 'http.path', value: '/health', exclude: true }],
  })
})

test('a word with a minus is left out, a word between slashes is an expression, other words stay text', () => {
  expect(clauseIn('-health', opening)).toEqual({ text: '', exclude: 'health' })
  expect(clauseIn(String.raw`/status=5\d\d/`, opening)).toEqual({ text: String.raw`status=5\d\d`, regex: true })
  expect(clauseIn('time out', opening)).toBeNull()
  expect(clauseIn('=', opening)).toBeNull()
  expect(clauseIn('a=', opening)).toBeNull()
})

test('each chip takes away only what it says', () => {
  const fields = [
    { key: 'a', value: '1', exclude: false },
    { key: 'b', value: '2', exclude: true },
  ]
  const chips = chipsOf({ ...opening, exclude: 'health', fields })
  expect(chips.map((chip) => chip.words)).toEqual(['without “health”', 'a=1', 'not b=2'])
  expect(chips[1]?.without).toEqual({ fields: [fields[1]] })
})

test('folding alone narrows nothing', () => {
  expect(narrows(opening)).toBe(false)
  expect(narrows({ ...opening, level: 'warn' })).toBe(true)
})

test('finds are marked, whatever signs they hold', () => {
  expect(pieces('GET /a?b (x) GET', finder({ text: 'get', regex: false }))).toEqual(['', 'GET', ' /a?b (x) ', 'GET', ''])
  expect(pieces('f(x)', finder({ text: '(x)', regex: false }))).toEqual(['f', '(x)', ''])
  expect(pieces('status=504 ok', finder({ text: String.raw`status=5\d\d`, regex: true }))).toEqual(['', 'status=504', ' ok'])
})

test('an expression that could take for ever, or is wrong, marks nothing', () => {
  expect(finder({ text: '(a+)+$', regex: true })).toBeNull()
  expect(finder({ text: '(', regex: true })).toBeNull()
})
