import { expect, test } from 'vitest'
import { actOf } from './shortcuts'

test('L opens the logs of the environment that is shown, and all logs elsewhere', () => {
  expect(actOf('l', false, ['env', 'one'])).toEqual({ kind: 'go', path: ['logs', 'one'] })
  expect(actOf('L', false, ['fleet'])).toEqual({ kind: 'go', path: ['logs'] })
})

test('g waits for the letter of a page, and another letter does nothing', () => {
  expect(actOf('g', false, [])).toEqual({ kind: 'prefix' })
  expect(actOf('f', true, [])).toEqual({ kind: 'go', path: ['fleet'] })
  expect(actOf('x', true, [])).toEqual({ kind: 'none' })
})
