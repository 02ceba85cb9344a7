import type { Cell, Fleet, FleetUpdate, Gap } from '../../shared/domain/fleet'
import type { EnginePorts } from '../engine/engine'
import { fleetView } from '../engine/fleet'
import type { Looks } from '../engine/looks'
import type { Place } from '../engine/contexts'
import type { Implementer } from './base'

const lookEveryMs = 2_000

const gapKey = (gap: Gap) => `${gap.appId} ${gap.from} ${gap.to}`

/** What changed, as whole cells and gaps; null where the frame itself changed and a snapshot is due. */
export function patchOf(before: Fleet, after: Fleet): FleetUpdate | null {
  const frame = (fleet: Fleet) =>
    JSON.stringify([fleet.environments, fleet.apps, fleet.cells.map((cell) => cell.placementId), fleet.gaps.map(gapKey)])
  if (frame(before) !== frame(after)) return { kind: 'snapshot', fleet: after }
  const changed = <T extends Cell | Gap>(olds: readonly T[], news: readonly T[]) =>
    news.filter((one, index) => JSON.stringify(one) !== JSON.stringify(olds[index]))
  const cells = changed(before.cells, after.cells)
  const gaps = changed(before.gaps, after.gaps)
  if (cells.length + gaps.length === 0 && before.activeRuns === after.activeRuns) return null
  return { kind: 'patch', cells, gaps, activeRuns: after.activeRuns }
}

/**
 * Looks at places again and again while somebody watches. Nobody polls for a page that is not open.
 * Joined: many watchers of one placement cause one look.
 */
export function createWatching(ports: EnginePorts, looks: Looks) {
  const inFlight = new Map<string, Promise<unknown>>()
  const lastAt = new Map<string, number>()

  /** One look for all who wait for it, so none of them may end it. Bounded by the engine's limit for a look. */
  function lookAt(place: Place): Promise<unknown> {
    const id = place.placement.id
    const already = inFlight.get(id)
    if (already) return already
    const looking = looks.look(place.contexts, new AbortController().signal).finally(() => {
      inFlight.delete(id)
      lastAt.set(id, ports.clock.now())
    })
    inFlight.set(id, looking)
    return looking
  }

  /** Looks at what `places` answers, every two seconds, until the signal aborts. */
  async function poll(places: () => Promise<Place[]>, signal: AbortSignal) {
    while (!signal.aborted) {
      try {
        const due = (await places()).filter(
          (place) => ports.clock.now() - (lastAt.get(place.placement.id) ?? 0) >= lookEveryMs - 200,
        )
        await Promise.all(due.map(lookAt))
      } catch {
        if (signal.aborted) return
      }
      await ports.clock.sleep(lookEveryMs, signal).catch(() => {})
    }
  }
  return { poll, lookAt }
}
export type Watching = ReturnType<typeof createWatching>

export function fleetHandlers(
  os: Implementer['fleet'],
  { ports, looks, watching }: { ports: EnginePorts; looks: Looks; watching: Watching },
) {
  async function* watch(gone: AbortSignal): AsyncGenerator<FleetUpdate> {
    const over = new AbortController()
    const signal = AbortSignal.any([gone, over.signal])
    void watching.poll(async () => (await fleetView(ports, looks)).places, signal)
    try {
      let before: Fleet | null = null
      for await (const _ of ports.changed.turns(signal, 60)) {
        const { fleet } = await fleetView(ports, looks)
        const update: FleetUpdate | null = before ? patchOf(before, fleet) : { kind: 'snapshot', fleet }
        before = fleet
        if (update) yield update
      }
    } finally {
      over.abort()
    }
  }
  return {
    watch: os.watch.handler(({ signal, context }) => watch(signal ? AbortSignal.any([signal, context.gone]) : context.gone)),
    refresh: os.refresh.handler(async () => {
      const { places } = await fleetView(ports, looks)
      await Promise.all(places.map(watching.lookAt))
    }),
  }
}
