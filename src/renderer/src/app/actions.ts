import type { Cell, Fleet } from '../../../shared/domain/fleet'
import type { AppId, PlacementId } from '../../../shared/domain/ids'
import { alias, type Release } from '../../../shared/domain/release'
import type { HostInfo } from '../../../shared/api/host'
import type { Preferences } from '../../../shared/domain/preferences'
import { linkIn, queryOf } from '../../../shared/domain/log-link'
import type { VaultState } from '../../../shared/domain/vault'

/** What pressing an entry does. */
export type Act =
  | { kind: 'go'; path: string[]; query?: Record<string, string> }
  | { kind: 'adopt'; placement: PlacementId }
  | { kind: 'sheet'; sheet: string; query: Record<string, string> }
  | { kind: 'preferences'; change: Partial<Preferences> }
  | { kind: 'dialog'; dialog: 'shortcuts' | 'quit' }
  | { kind: 'vault'; ask: 'create' | 'unlock' }
  | { kind: 'lock' }
  | { kind: 'refresh' }
  | { kind: 'demo' }

export interface Action {
  name: string
  guarded: boolean
  act: Act
}

export interface Known {
  fleet: Fleet | null
  /** By app, where they have been read. */
  releases: ReadonlyMap<AppId, readonly Release[]>
  host: HostInfo | null
  preferences: Preferences
  vault: VaultState | null
}

const to = (name: string, ...path: string[]): Action => ({ name, guarded: false, act: { kind: 'go', path } })

function pages({ host, preferences, vault }: Known): Action[] {
  const other = preferences.theme === 'dark' ? 'light' : 'dark'
  return [
    to('Go to Fleet', 'fleet'),
    to('Go to Logs', 'logs'),
    to('Go to Activity', 'activity'),
    to('Show the audit', 'activity', 'audit'),
    to('Go to Connections', 'connections'),
    to('Go to Settings', 'settings'),
    to('Change environments, their order and freezes', 'settings', 'environments'),
    to('Rename or remove an app', 'settings', 'apps'),
    to('Change how logs are kept, and alerts', 'settings', 'logs'),
    to('Rename or test a connection', 'connections'),
    { ...to('Import servers from SSH'), act: { kind: 'sheet', sheet: 'import', query: {} } },
    { ...to('Add a server'), act: { kind: 'sheet', sheet: 'server', query: {} } },
    { ...to('Add a registry of images'), act: { kind: 'sheet', sheet: 'registry', query: {} } },
    to('Save a report', 'settings', 'about'),
    to('Export the workspace', 'settings', 'about'),
    { ...to('New app'), act: { kind: 'sheet', sheet: 'new-app', query: {} } },
    { ...to('Try the demo'), act: { kind: 'demo' } },
    { ...to('Look at everything again'), act: { kind: 'refresh' } },
    { ...to(`Use the ${other} theme`), act: { kind: 'preferences', change: { theme: other } } },
    { ...to('Follow the theme of the system'), act: { kind: 'preferences', change: { theme: 'system' } } },
    {
      ...to(preferences.density === 'dense' ? 'Use comfortable rows' : 'Use dense rows'),
      act: { kind: 'preferences', change: { density: preferences.density === 'dense' ? 'comfortable' : 'dense' } },
    },
    { ...to('Show shortcuts'), act: { kind: 'dialog', dialog: 'shortcuts' } },
    ...(vault?.state === 'open' ? [{ ...to('Lock the vault'), act: { kind: 'lock' } as const }] : []),
    ...(vault?.state === 'locked' ? [{ ...to('Unlock the vault'), act: { kind: 'vault', ask: 'unlock' } as const }] : []),
    ...(host?.kind === 'web' ? [{ ...to('Quit Slipway'), act: { kind: 'dialog', dialog: 'quit' } as const }] : []),
  ]
}

/** A way to each release that an environment does not run: back to the earlier ones, on to the newer. */
function waysTo(cell: Cell, releases: readonly Release[], at: (name: string, act: Act) => Action): Action[] {
  const now = releases.find((release) => release.id === cell.release?.id)?.number
  return releases
    .filter((release) => release.number !== now)
    .map((release) => {
      const back = now === undefined ? cell.running !== 'nothing' : release.number < now
      const query = { kind: back ? 'roll-back' : 'deploy', placement: cell.placementId, release: release.id }
      return at(back ? `Roll back to ${alias(release)} in` : `Deploy ${alias(release)} to`, {
        kind: 'sheet',
        sheet: 'plan',
        query,
      })
    })
}

function placements(fleet: Fleet, releases: Known['releases']): Action[] {
  return fleet.cells.flatMap((cell) => {
    const app = fleet.apps.find((one) => one.id === cell.appId)
    const environment = fleet.environments.find((one) => one.id === cell.environmentId)
    if (!app || !environment) return []
    const where = `${app.slug} ${environment.slug}`
    const at = (name: string, act: Act): Action => ({ name: `${name} ${where}`, guarded: environment.protected, act })
    const plan = (name: string, kind: string) =>
      at(name, { kind: 'sheet', sheet: 'plan', query: { kind, placement: cell.placementId } })
    const page = (name: string, ...rest: string[]) => at(name, { kind: 'go', path: ['env', cell.placementId, ...rest] })
    const dialog = (name: string, query: string) =>
      at(name, { kind: 'go', path: ['env', cell.placementId], query: { dialog: query } })
    const known = releases.get(cell.appId) ?? []
    const runs = cell.services.some((service) => service.desired > 0)
    return [
      page('Open'),
      at('Logs of', { kind: 'go', path: ['logs', cell.placementId] }),
      at('Deploy to', { kind: 'sheet', sheet: 'deploy', query: { placement: cell.placementId } }),
      page('Releases of', 'releases'),
      ...waysTo(cell, known, at),
      ...(cell.running === 'drifted' ? [at('Adopt what runs in', { kind: 'adopt', placement: cell.placementId })] : []),
      ...(runs
        ? [plan('Restart', 'restart'), plan('Stop', 'stop'), dialog('Scale', 'scale')]
        : known.length > 0
          ? [plan('Start', 'start')]
          : []),
      ...(runs ? [at('Open a terminal in', { kind: 'sheet', sheet: 'terminal', query: { placement: cell.placementId } })] : []),
      dialog(cell.hold ? 'Lift the hold of' : 'Hold', 'hold'),
      page('Settings of', 'settings'),
      page('Targets of', 'targets'),
      page('Policy of', 'policy'),
      page('Runs of', 'runs'),
      ...(cell.settingsNotApplied ? [plan('Apply the settings of', 'apply-settings')] : []),
    ]
  })
}

function promotions(fleet: Fleet): Action[] {
  return fleet.gaps.flatMap((gap) => {
    const app = fleet.apps.find((one) => one.id === gap.appId)
    const from = fleet.environments.find((one) => one.id === gap.from)
    const next = fleet.environments.find((one) => one.id === gap.to)
    if (!app || !from || !next || !gap.fromPlacementId || !gap.toPlacementId) return []
    const query = { kind: 'promote', from: gap.fromPlacementId, to: gap.toPlacementId }
    return [
      {
        name: `Promote ${app.slug} from ${from.slug} to ${next.slug}`,
        guarded: next.protected,
        act: { kind: 'sheet', sheet: 'plan', query } as const,
      },
    ]
  })
}

/** Every action that a mouse can reach, by name. */
export const actionsOf = (known: Known): Action[] => [
  ...(known.fleet ? promotions(known.fleet) : []),
  ...pages(known),
  ...(known.fleet ? placements(known.fleet, known.releases) : []),
]

/** A link to logs that was pasted, as the way to it. */
export function linkTyped(typed: string): Action[] {
  const parts = /^slipway:\/\/logs(?:\/([\w-]{1,60}))?\/?(?:\?(.*))?$/s.exec(typed.trim())
  if (!parts) return []
  const [, id, search = ''] = parts
  const link = linkIn(Object.fromEntries(new URLSearchParams(search)))
  const path = id ? ['logs', id] : ['logs']
  return [
    { name: 'Open the logs of this link', guarded: false, act: { kind: 'go', path, ...(link && { query: queryOf(link) }) } },
  ]
}

/** The actions that hold each typed word, the better beginnings first. */
export function found(actions: readonly Action[], typed: string): Action[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return actions.slice(0, 60)
  const score = (name: string) =>
    words.reduce(
      (sum, word) => sum + (name.split(' ').some((part) => part.startsWith(word)) ? 2 : 1),
      name.startsWith(words[0] ?? '') ? 1 : 0,
    )
  return actions
    .filter((action) => words.every((word) => action.name.toLowerCase().includes(word)))
    .map((action) => ({ action, score: score(action.name.toLowerCase()) }))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, 60)
    .map(({ action }) => action)
}
