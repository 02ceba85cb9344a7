import { expect, test } from 'vitest'
import type { Environment } from '../../../../shared/domain/environment'
import type { LogSource } from '../../../../shared/domain/log'
import { labelsOf } from './labels'

const source = (id: string, placementId: string, environmentId: string) =>
  ({ id, name: 'web', placementId, environmentId, colour: 3 }) as unknown as LogSource
const environments = [
  { id: 'd', slug: 'dev', protected: false },
  { id: 'p', slug: 'production', protected: true },
] as unknown as Environment[]

test('one placement needs no names of places', () => {
  expect(labelsOf([source('a', 'one', 'd')], environments, {}).get('a')).toMatchObject({ name: 'web', place: null, colour: 3 })
})

test('equal names of several environments are told apart, and the protected one shows', () => {
  const labels = labelsOf([source('a', 'one', 'd'), source('b', 'two', 'p')], environments, { one: 'shop', two: 'shop' })
  expect(labels.get('a')).toMatchObject({ place: 'dev', guarded: false })
  expect(labels.get('b')).toMatchObject({ place: 'production', guarded: true })
  expect(labels.get('a')?.colour).not.toBe(labels.get('b')?.colour)
})

test('equal names of several apps carry their app', () => {
  const labels = labelsOf([source('a', 'one', 'd'), source('b', 'two', 'd')], environments, { one: 'shop', two: 'tiny' })
  expect([...labels.values()].map((label) => label.place)).toEqual(['shop dev', 'tiny dev'])
})
