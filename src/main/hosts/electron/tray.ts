import type { MenuItem } from './menu'

export interface TrayActions {
  show(place: string | null): void
  quit(): void
}

const longest = 60
const mostNamed = 8

/** What the tray says and offers: the runs that are under way, by name, and the way to each. */
export function trayOf(
  runs: readonly { id: string; title: string }[],
  { show, quit }: TrayActions,
): { tip: string; menu: MenuItem[] } {
  const named = runs
    .slice(0, mostNamed)
    .map((run): MenuItem => ({ label: short(run.title), click: () => show(`#/run/${run.id}`) }))
  const more: MenuItem[] = runs.length > mostNamed ? [{ label: `and ${runs.length - mostNamed} more`, enabled: false }] : []
  const state: MenuItem[] = runs.length === 0 ? [{ label: 'Nothing is under way', enabled: false }] : [...named, ...more]
  return {
    tip:
      runs.length === 0
        ? 'Slipway'
        : runs.length === 1
          ? `Slipway: ${short(runs[0]?.title ?? '')}`
          : `Slipway: ${runs.length} runs under way`,
    menu: [...state, { type: 'separator' }, { label: 'Open Slipway', click: () => show(null) }, { label: 'Quit', click: quit }],
  }
}

// An ampersand would mark a key in a menu on some systems.
const short = (title: string) => (title.length > longest ? `${title.slice(0, longest - 1)}…` : title).replaceAll('&', '&&')
