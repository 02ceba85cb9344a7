import { expect, test } from 'vitest'
import { fieldsIn } from './line-fields'

test('fields within fields have the names that a filter takes', () => {
  expect(fieldsIn('{"status":504,"http":{"path":"/a"},"tags":["x"]}')).toEqual([
    { key: 'status', value: '504' },
    { key: 'http.path', value: '/a' },
    { key: 'tags', value: '["x"]' },
  ])
})

test('pairs are found in any line, quoted ones whole', () => {
  expect(fieldsIn(String.raw`slow query ms=812 sql="a \"b\" c"`)).toEqual([
    { key: 'ms', value: '812' },
    { key: 'sql', value: 'a "b" c' },
  ])
  expect(fieldsIn('nothing here')).toEqual([])
})
