import { expect, test } from 'vitest'
import { draftProblems, emptyService, newAppOf } from './draft'
import { slugFrom } from '../../ui/slug'

test('a slug is made from what a person calls the app', () => {
  expect([slugFrom('My Shop!'), slugFrom('Über 2'), slugFrom('42 things'), slugFrom('x'.repeat(50)).length]).toEqual([
    'my-shop',
    'uber-2',
    'things',
    31,
  ])
})

test('the form names each field that stands in the way', () => {
  const service = { ...emptyService('web'), healthPath: 'health' }
  expect(Object.keys(draftProblems('', 'X', [service, emptyService('web')]))).toEqual([
    'name',
    'slug',
    '0.folder',
    '0.start',
    '0.healthPath',
    '1.slug',
    '1.folder',
    '1.start',
  ])
})

test('an empty health path means that alive is well', () => {
  expect(newAppOf('Shop', 'shop', [emptyService('web')]).services[0]).toMatchObject({ healthPath: null })
})
