import { expect, test } from 'vitest'
import { stampIn } from './look'
import { offsetOf, zonesOf } from './zones'

const sources = [
  { id: 'a', name: 'app@berlin' },
  { id: 'b', name: 'app@paris' },
  { id: 'c', name: 'app@tokyo' },
]
const east = (hours: number, name: string) => ({ eastMs: hours * 3_600_000, name })
const at = Date.UTC(2026, 10, 21, 12, 0, 5)

test('each line has the time of its own host, and it is said that they differ', () => {
  const { of, differ, words } = zonesOf('host', sources, { a: east(1, 'CET'), b: east(1, 'CET'), c: east(9, 'JST') })
  expect([stampIn(at, of('a')), stampIn(at, of('c'))]).toEqual(['13:00:05.000', '21:00:05.000'])
  expect(differ).toBe(true)
  expect(words).toBe('the hosts’ times differ · +01:00 CET: app@berlin and 1 more · +09:00 JST: app@tokyo')
})

test('hosts of one zone are told in a word', () => {
  const { differ, words } = zonesOf('host', sources.slice(0, 2), { a: east(-3, '-03'), b: east(-3, '-03') })
  expect(differ).toBe(false)
  expect(words).toBe('the hosts’ times · −03:00')
})

test('a source whose host has not said its zone is shown in this computer’s, which is told', () => {
  const { of, words } = zonesOf('host', sources.slice(0, 1), {})
  expect(of('a')).toBe('local')
  expect(words).toContain('this computer’s for 1 source')
})

test('a choice of this computer or of UTC is the same for all', () => {
  expect(zonesOf('utc', sources, { a: east(1, 'CET') }).of('a')).toBe('utc')
  expect(zonesOf('local', sources, { a: east(1, 'CET') })).toMatchObject({ differ: false, words: '' })
  expect([offsetOf(0), offsetOf(19_800_000), offsetOf(-12_600_000)]).toEqual(['UTC', '+05:30', '−03:30'])
})
