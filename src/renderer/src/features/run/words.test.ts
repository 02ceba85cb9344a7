import { expect, test } from 'vitest'
import { shownStep, stepWords } from './words'

test('a step that an interruption cut short is not shown as going on', () => {
  expect(shownStep({ state: 'running' }, { state: 'running' })).toBe('running')
  expect(stepWords(shownStep({ state: 'interrupted' }, { state: 'running' }))).toBe('cut short')
  expect(stepWords(shownStep({ state: 'ended' }, { state: 'undoing' }))).toBe('cut short')
})

test('a run that is over waits for nothing', () => {
  expect(stepWords(shownStep({ state: 'ended' }, { state: 'waiting' }))).toBe('not reached')
  expect(stepWords(shownStep({ state: 'interrupted' }, { state: 'waiting' }))).toBe('waiting')
})
