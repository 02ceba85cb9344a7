import { expect, test } from 'vitest'
import { hashOf, routeIn } from './route'

test('a place survives the way into the address and back, whatever signs its names hold', () => {
  const query = { sheet: 'plan', from: 'a/b?c&d', to: 'ü' }
  expect(routeIn(hashOf(['env', 'x y/z'], query))).toEqual({ path: ['env', 'x y/z'], query })
})

test('an empty address is the first page', () => {
  expect(routeIn('')).toEqual({ path: [], query: {} })
  expect(routeIn('#/')).toEqual({ path: [], query: {} })
})
