import { expect, test } from 'vitest'
import { linkAmong, placeIn } from './links'

const id = '0198a5f0-7b3c-7def-8abc-0123456789ab'

test.each([
  ['slipway://fleet', '#/'],
  ['slipway://logs', '#/logs'],
  [`slipway://logs/${id}`, `#/logs/${id}`],
  [`slipway://env/${id}`, `#/env/${id}`],
  [`slipway://run/${id}`, `#/run/${id}`],
  ['slipway://activity/audit', '#/activity/audit'],
  ['slipway://settings', '#/settings'],
  ['slipway://connections/', '#/connections'],
  ['slipway://logs?text=time+out&level=error', '#/logs?text=time+out&level=error'],
  [`slipway://logs/${id}?at=5&sheet=plan&from=x`, `#/logs/${id}?at=5`],
])('%s opens a view', (link, place) => {
  expect(placeIn(link)).toBe(place)
})

test.each([
  `slipway://env/${id}?sheet=plan&from=x`,
  `slipway://env/${id}#promote`,
  'slipway://logs?sheet=plan',
  'slipway://logs/quit?text=a',
  'slipway://logs?level=loud',
  'slipway://logs?text=a#promote',
  `slipway://logs?text=${'a'.repeat(9000)}`,
  `slipway://promote/${id}`,
  'slipway://env/../../quit',
  'slipway://run/javascript:alert(1)',
  'slipway://run/%2e%2e%2fquit',
  'slipway://settings/<script>',
  `slipway://x@run/${id}`,
  `slipway://run:80/${id}`,
  `slipway://run/${id}/stop`,
  'slipway://',
  'slipway:fleet',
  'https://evil.com/fleet',
  'javascript:alert(1)',
  '',
  `slipway://logs/${'a'.repeat(1000)}`,
])('%j opens nothing and does nothing', (link) => {
  expect(placeIn(link)).toBeNull()
})

test('a link is found among the arguments of a start', () => {
  expect(linkAmong(['/usr/bin/slipway', '--data', '/x', 'slipway://fleet'])).toBe('slipway://fleet')
  expect(linkAmong(['/usr/bin/slipway'])).toBeNull()
})
