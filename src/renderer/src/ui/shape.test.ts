import { expect, test } from 'vitest'
import { shapeOf, shows } from './shape'

const at = Date.parse('2026-11-21T05:43:08.962Z')
const of = (text: string, level: 'info' | 'error' | null = 'info') => shapeOf({ text, at, level })

test('a time and a level that the columns show are not said again', () => {
  expect(of('2026-11-21T05:43:08.962Z INFO  GET / 200')).toEqual({ words: 'GET / 200', fields: [] })
  expect(of('[2026-11-21T05:43:08Z] [info] ready')).toEqual({ words: 'ready', fields: [] })
  expect(of('INFO: ready').words).toBe('ready')
})

test('another time or another level than the columns show stays', () => {
  expect(of('2020-01-01T00:00:00Z replayed').words).toBe('2020-01-01T00:00:00Z replayed')
  expect(of('ERROR is the word I was given').words).toBe('ERROR is the word I was given')
  expect(of('information desk opened').words).toBe('information desk opened')
})

test('a line that is nothing but its time is shown as it is', () => {
  expect(of('2026-11-21T05:43:08.962Z').words).toBe('2026-11-21T05:43:08.962Z')
})

test('an object is shown as its message and its fields', () => {
  const line = JSON.stringify({ time: at, level: 30, msg: 'sent', job: 24, to: { name: 'ana' } })
  expect(of(line)).toEqual({
    words: 'sent',
    fields: [
      { key: 'job', value: '24' },
      { key: 'to', value: '{"name":"ana"}' },
    ],
  })
})

test('what only looks like an object is shown as it was written', () => {
  expect(of('{ not json }').words).toBe('{ not json }')
  expect(of('[1, 2]').words).toBe('[1, 2]')
})

test('a find in a part that is not drawn is noticed', () => {
  const shape = of('2026-11-21T05:43:08.962Z INFO  GET / 200')
  expect(shows(shape, /get \//gi)).toBe(true)
  expect(shows(shape, /05:43/gi)).toBe(false)
})
