import type { PlacementView, ReleaseRow, SettingsView } from '../../shared/api/placements'
import type { PlacementId } from '../../shared/domain/ids'
import { alias, type Release } from '../../shared/domain/release'
import type { Run } from '../../shared/domain/run'
import { newestSettings, placeOf, type Place } from '../engine/contexts'
import type { EnginePorts } from '../engine/engine'
import { cellOf } from '../engine/fleet'
import { reclaimLocks } from '../engine/locks'
import type { Looks } from '../engine/looks'
import { createWhereabouts } from '../engine/whereabouts'
import { problem, type Implementer } from './base'
import type { Watching } from './fleet'
import type { SettingsStore } from './settings'

export interface PlacementParts {
  ports: EnginePorts
  looks: Looks
  /** The app that was made as the demo, if any. */
  demoAppId(): string | null
  watching: Watching
  settings: SettingsStore
}

function releaseRow(release: Release, serving: boolean, gone: boolean, runs: readonly Run[]): ReleaseRow {
  const run =
    runs.find(
      (one) => one.releaseId === release.id && (one.kind === 'deploy' || one.kind === 'promote' || one.kind === 'roll-back'),
    ) ?? null
  return {
    release,
    serving,
    run,
    cannotRollBack: serving
      ? 'It runs now.'
      : gone
        ? `The artifact of ${alias(release)} is nowhere any more: neither in the store nor on a host.`
        : null,
  }
}

/** All that the environment page shows, from what was last seen. */
async function viewOf(
  { ports, looks, demoAppId }: Pick<PlacementParts, 'ports' | 'looks' | 'demoAppId'>,
  place: Place,
): Promise<PlacementView> {
  const releases = await ports.records.releases.list(place.app.id)
  const whereabouts = createWhereabouts(ports, looks)
  const { cell, running, observations } = await cellOf(ports, looks, place, releases)
  const runs = ports.journal.list(place.placement.id, 100)
  const kinds = place.placement.targets.flatMap((target) => ports.providers.get(target.provider) ?? [])
  const current = running.state === 'release' ? running.release.id : null
  return {
    app: place.app,
    environment: place.environment,
    placement: place.placement,
    cell,
    observations: [...observations.values()],
    releases: await Promise.all(
      releases
        .toSorted((a, b) => b.number - a.number)
        .map(async (release) => releaseRow(release, release.id === current, !(await whereabouts.complete(release)), runs)),
    ),
    runs: runs.slice(0, 50),
    strategies: (kinds[0]?.strategies ?? ['all']).filter((one) =>
      kinds.every((kind) => (kind.strategies ?? ['all']).includes(one)),
    ),
    terminals: kinds.some((kind) => kind.terminals === true),
    demo: place.app.id === demoAppId(),
  }
}

export function placementHandlers(
  os: Implementer['placements'],
  { ports, looks, watching, settings, demoAppId }: PlacementParts,
) {
  const { records, audit, self, clock } = ports

  async function* watch(placementId: PlacementId, gone: AbortSignal): AsyncGenerator<PlacementView> {
    const over = new AbortController()
    const signal = AbortSignal.any([gone, over.signal])
    void watching.poll(async () => [await placeOf(records, placementId)], signal)
    try {
      let last = ''
      for await (const _ of ports.changed.turns(signal, 60)) {
        const view = await viewOf({ ports, looks, demoAppId }, await placeOf(records, placementId))
        const text = JSON.stringify(view)
        if (text !== last) yield view
        last = text
      }
    } finally {
      over.abort()
    }
  }

  async function settingsView(placementId: PlacementId): Promise<SettingsView[]> {
    const place = await placeOf(records, placementId)
    const all = await records.settings.list(placementId)
    const newest = await newestSettings(records, placementId)
    return Promise.all(
      place.app.services.map(async (service) => {
        const current = newest.get(service.id) ?? null
        const targets = place.contexts.filter((context) => context.service.id === service.id)
        const seen = await Promise.all(targets.map(({ target }) => looks.last(target.id)))
        const serving = seen.flatMap((one) => one?.instances.filter((instance) => instance.serving) ?? [])
        return {
          serviceId: service.id,
          slug: service.slug,
          current,
          applied: serving.every((instance) => instance.settingsRevisionId === (current?.id ?? null)),
          history: all.filter((one) => one.serviceId === service.id).toSorted((a, b) => b.number - a.number),
        }
      }),
    )
  }

  const hold = async (placementId: PlacementId, reason: string | null, why: string) => {
    const { placement, app, environment } = await placeOf(records, placementId)
    audit.record(reason === null ? 'hold.lifted' : 'hold.set', { where: `${app.slug} in ${environment.slug}`, placementId }, why)
    const next = { ...placement, hold: reason === null ? null : { reason, since: clock.now(), actor: self.actor } }
    await records.placements.put(next)
    return next
  }

  return {
    watch: os.watch.handler(({ input, signal, context }) =>
      watch(input.placementId, signal ? AbortSignal.any([signal, context.gone]) : context.gone),
    ),
    refresh: os.refresh.handler(async ({ input }) => {
      await watching.lookAt(await placeOf(records, input.placementId))
    }),
    hold: os.hold.handler(({ input }) => hold(input.placementId, input.reason, input.reason)),
    liftHold: os.liftHold.handler(({ input }) => hold(input.placementId, null, input.reason)),
    reclaimLock: os.reclaimLock.handler(async ({ input, context }) => {
      const place = await placeOf(records, input.placementId)
      const whose = await reclaimLocks(ports, place, context.gone)
      if (whose.length > 0)
        audit.record('lock.reclaimed', {
          where: `${place.app.slug} in ${place.environment.slug}`,
          placementId: input.placementId,
          whose,
        })
      return { whose }
    }),
    setPolicy: os.setPolicy.handler(async ({ input }) => {
      const { placement, app, environment } = await placeOf(records, input.placementId)
      if (ports.lock.holder(placement.id)) throw problem('run-in-the-way', {})
      const next = {
        ...placement,
        onFailure: input.onFailure,
        bakeSeconds: input.bakeSeconds,
        strategy: input.strategy ?? placement.strategy,
      }
      audit.record('policy.set', {
        where: `${app.slug} in ${environment.slug}`,
        placementId: placement.id,
        bakeSeconds: input.bakeSeconds,
        onFailure: input.onFailure.rule,
        strategy: next.strategy.kind,
      })
      await records.placements.put(next)
      return next
    }),
    settings: os.settings.handler(({ input }) => settingsView(input.placementId)),
    saveSettings: os.saveSettings.handler(({ input }) => settings.save(input)),
    copySettings: os.copySettings.handler(({ input }) => settings.copy(input.from, input.to, input.keys)),
  }
}
