import { expect, test } from 'vitest'
import type { Plan } from '../../../../shared/domain/plan'
import { actionWords } from './words'

const plan = (kind: Plan['kind'], alias: string | null) =>
  ({ kind, changes: [{ to: { alias, digest: null } }] }) as unknown as Plan

test('the one button names what it will do', () => {
  expect(actionWords(plan('promote', 'v43'))).toBe('Promote v43')
  expect(actionWords(plan('roll-back', 'v41'))).toBe('Roll back to v41')
  expect(actionWords(plan('restart', 'v41'))).toBe('Restart')
  expect(actionWords(plan('stop', null))).toBe('Stop')
})
