import { expect, test } from 'vitest'
import type { Gap } from '../../../../shared/domain/fleet'
import { distanceWords, promotable } from './gap'

const gap = (distance: Gap['distance']) => ({ fromPlacementId: 'a', toPlacementId: 'b', distance }) as Gap

test('what is not known is never called the same, and offers nothing to promote', () => {
  expect(distanceWords({ kind: 'unknown' })).toBe('not known')
  expect(promotable(gap({ kind: 'unknown' }))).toBe(false)
})

test('a release ahead can be promoted, an equal one not', () => {
  expect(distanceWords({ kind: 'ahead', by: 3 })).toBe('3 ahead')
  expect(promotable(gap({ kind: 'ahead', by: 3 }))).toBe(true)
  expect(promotable(gap({ kind: 'same' }))).toBe(false)
})
