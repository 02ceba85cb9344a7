import { expect, test } from 'vitest'
import type { ServerLook } from '../../../../shared/api/logs'
import { bytesWords, lookWords, notAmong } from './search-words'

const look: ServerLook = {
  source: 'a',
  state: 'done',
  files: 3,
  older: 0,
  readBytes: 2_100_000_000,
  cameBytes: 14_200,
  lines: 4,
  passed: 4,
  left: [],
  cut: null,
  problem: null,
}

test('the coverage of a server is told with what was read there and what came', () => {
  expect(lookWords(look)).toBe('3 files, 2.1 GB read there · 14.2 kB came · 4 lines')
})

test('what was left out, or cut, is told', () => {
  const more = lookWords({ ...look, passed: 1, older: 2, left: ['/var/log/a.zst'], cut: 'lines' })
  expect(more).toContain('4 lines, 1 of which pass the whole filter')
  expect(more).toContain('2 files ended before that time · not readable: /var/log/a.zst')
  expect(more).toContain('only the newest came')
})

test('sizes are short', () => {
  expect([0, 999, 1000, 123_456, 1_234_567].map(bytesWords)).toEqual(['0 B', '999 B', '1.0 kB', '123 kB', '1.2 MB'])
})

test('what is kept too is not listed twice', () => {
  const line = { at: 1, source: 'a', instance: 'x:1', level: null, text: 'same' }
  expect(notAmong([line, { ...line, text: 'other' }], [{ ...line, at: 5 }]).map(({ text }) => text)).toEqual(['other'])
})
