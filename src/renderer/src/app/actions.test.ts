import { expect, test } from 'vitest'
import type { Fleet } from '../../../shared/domain/fleet'
import { defaultPreferences } from '../../../shared/domain/preferences'
import { actionsOf, found, type Known } from './actions'

const fleet = {
  environments: [
    { id: 's', slug: 'staging', protected: false },
    { id: 'p', slug: 'production', protected: true },
  ],
  apps: [{ id: 'a', slug: 'shop', name: 'Shop', services: [] }],
  cells: [
    { placementId: 'sp', appId: 'a', environmentId: 'p', services: [{ desired: 1 }], hold: null, settingsNotApplied: true },
  ],
  gaps: [{ appId: 'a', from: 's', to: 'p', fromPlacementId: 'ss', toPlacementId: 'sp', distance: { kind: 'same' } }],
} as unknown as Fleet
const known: Known = { fleet, host: null, preferences: defaultPreferences, vault: null }

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
    'Roll back',
    'Restart',
    'Stop',
    'Scale',
    'Hold',
    'Settings of',
    'Apply the settings of',
  ])
    expect(names).toContain(`${name} shop production`)
})

test('quitting is offered only where the host leaves it to the page', () => {
  expect(actionsOf(known).some((action) => action.name === 'Quit Slipway')).toBe(false)
  const web = { kind: 'web' } as NonNullable<Known['host']>
  expect(actionsOf({ ...known, host: web }).some((action) => action.name === 'Quit Slipway')).toBe(true)
})
