import { expect, test } from 'vitest'
import { everything } from './log'
import { linkIn, queryOf, type LogLink } from './log-link'

const link: LogLink = {
  filter: {
    ...everything,
    text: 'a=b&c d',
    regex: true,
    exclude: 'health',
    level: 'warn',
    fields: [
      { key: 'status', value: '504', exclude: false },
      { key: 'http.path', value: 'a=b', exclude: true },
    ],
    context: 5,
    range: { from: 1000, to: 2000 },
    folded: true,
  },
  sources: ['file:x:/var/log/a b.log', 'one/web'],
  at: 1500,
}

test('a link leads back to what it was made of', () => {
  const address = new URLSearchParams(queryOf(link)).toString()
  expect(linkIn(Object.fromEntries(new URLSearchParams(address)))).toEqual(link)
})

test('a link carries only what differs from everything', () => {
  expect(queryOf({ filter: everything, sources: null, at: null })).toEqual({})
})

test.each<Record<string, string>>([
  {},
  { sheet: 'plan' },
  { level: 'loud' },
  { range: '5' },
  { range: '-5-5' },
  { fields: '["no equals"]' },
  { fields: '{' },
  { sources: '[1]' },
  { context: '9999' },
  { at: 'soon' },
  { text: 'a'.repeat(600) },
])('%j is no link to logs', (query) => {
  expect(linkIn(query)).toBeNull()
})
