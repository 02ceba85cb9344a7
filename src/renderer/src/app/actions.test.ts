import { expect, test } from 'vitest'
import type { AppId } from '../../../shared/domain/ids'
import type { Release } from '../../../shared/domain/release'
import type { Fleet } from '../../../shared/domain/fleet'
import { defaultPreferences } from '../../../shared/domain/preferences'
import { actionsOf, found, linkTyped, type Known } from './actions'

const fleet = {
  environments: [
    { id: 's', slug: 'staging', protected: false },
    { id: 'p', slug: 'production', protected: true },
  ],
  apps: [{ id: 'a', slug: 'shop', name: 'Shop', services: [] }],
  cells: [
    {
      placementId: 'sp',
      appId: 'a',
      environmentId: 'p',
      running: 'release',
      release: { id: 'r2' },
      services: [{ desired: 1 }],
      hold: null,
      settingsNotApplied: true,
    },
  ],
  gaps: [{ appId: 'a', from: 's', to: 'p', fromPlacementId: 'ss', toPlacementId: 'sp', distance: { kind: 'same' } }],
} as unknown as Fleet
const releases = new Map([
  [
    'a' as AppId,
    [
      { id: 'r3', number: 3 },
      { id: 'r2', number: 2 },
      { id: 'r1', number: 1 },
    ] as unknown as Release[],
  ],
])
const known: Known = { fleet, releases, host: null, preferences: defaultPreferences, vault: null }

test('a promote is found by its verb and its places, and leads to its plan', () => {
  const [first] = found(actionsOf(known), 'promote prod')
  expect(first).toMatchObject({
    name: 'Promote shop from staging to production',
    guarded: true,
    act: { sheet: 'plan', query: { from: 'ss', to: 'sp' } },
  })
})

test('every change of an environment can be reached by name', () => {
  const names = actionsOf(known).map((action) => action.name)
  for (const name of [
    'Open',
    'Logs of',
    'Deploy to',
    'Releases of',
    'Roll back to v1 in',
    'Restart',
    'Stop',
    'Scale',
    'Hold',
    'Settings of',
    'Apply the settings of',
  ])
    expect(names).toContain(`${name} shop production`)
})

test('a way back is offered to every earlier release, a deploy of every newer one', () => {
  const ways = actionsOf(known).filter((action) => / v\d /.test(action.name))
  expect(ways.map((action) => [action.name, action.act])).toEqual([
    ['Deploy v3 to shop production', { kind: 'sheet', sheet: 'plan', query: { kind: 'deploy', placement: 'sp', release: 'r3' } }],
    [
      'Roll back to v1 in shop production',
      { kind: 'sheet', sheet: 'plan', query: { kind: 'roll-back', placement: 'sp', release: 'r1' } },
    ],
  ])
})

test('scale and hold open their question on the page of the environment', () => {
  const act = (name: string) => actionsOf(known).find((action) => action.name === `${name} shop production`)?.act
  expect(act('Scale')).toEqual({ kind: 'go', path: ['env', 'sp'], query: { dialog: 'scale' } })
  expect(act('Hold')).toEqual({ kind: 'go', path: ['env', 'sp'], query: { dialog: 'hold' } })
})

test('quitting is offered only where the host leaves it to the page', () => {
  expect(actionsOf(known).some((action) => action.name === 'Quit Slipway')).toBe(false)
  const web = { kind: 'web' } as NonNullable<Known['host']>
  expect(actionsOf({ ...known, host: web }).some((action) => action.name === 'Quit Slipway')).toBe(true)
})

test('a pasted link to logs is a way to them, and of its query only what filters is taken', () => {
  const id = '0198a5f0-7b3c-7def-8abc-0123456789ab'
  expect(linkTyped(` slipway://logs/${id}?text=time+out&sheet=plan `)).toMatchObject([
    { act: { kind: 'go', path: ['logs', id], query: { text: 'time out' } } },
  ])
  expect(linkTyped('slipway://promote/x')).toEqual([])
  expect(linkTyped('logs')).toEqual([])
})
