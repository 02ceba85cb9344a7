import type { LogSource } from '../../shared/domain/log'
import { ProblemError } from '../../shared/domain/problem'
import { alias } from '../../shared/domain/release'
import type { Run } from '../../shared/domain/run'
import { placeOf } from '../engine/contexts'
import type { EnginePorts } from '../engine/engine'
import { switchedAt } from '../engine/fleet'
import type { DeployMarker, LogPorts, LogQuery } from '../logs'
import type { ServerSources } from './log-servers'
import type { TargetContext } from '../providers/provider'
import { problem } from './base'

const separator = '/'

/** A colour that stays the same for the same name, wherever it shows. */
export function colourOf(name: string): number {
  let sum = 0
  for (const sign of name) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) % 4096
  return sum % 12
}

/** A secret that is kept no more, or went with its session, cannot be made known, and must not keep the lines from being shown for good. */
function unlessGone(error: unknown): void {
  if (!(error instanceof ProblemError) || !['secret-unknown', 'vault-empty'].includes(error.problem.code)) throw error
}

/** What the logs need, from the sessions and the journal. */
export function createLogPorts(ports: EnginePorts, servers: ServerSources): Omit<LogPorts, 'clock'> {
  const { records, sessions, journal } = ports

  async function contexts({ placementId, environmentId }: LogQuery): Promise<TargetContext[]> {
    const placements = (await records.placements.list()).filter(
      (one) =>
        one.deletedAt === null &&
        (!placementId || one.id === placementId) &&
        (!environmentId || one.environmentId === environmentId),
    )
    const places = await Promise.all(placements.map((one) => placeOf(records, one.id).catch(() => null)))
    return places.flatMap((place) =>
      place && place.app.deletedAt === null && place.environment.deletedAt === null ? place.contexts : [],
    )
  }

  async function sourcesOf(context: TargetContext): Promise<LogSource[]> {
    const session = await sessions.of(context.target)
    const streams = (await session.logs?.streams(context, AbortSignal.timeout(ports.timings.checkTimeout))) ?? []
    const { target, placement, environment, service, app } = context
    return streams.map((stream) => ({
      id: `${target.id}${separator}${stream.id}`,
      name: stream.name,
      origin: { kind: 'placement' },
      targetId: target.id,
      placementId: placement.id,
      environmentId: environment.id,
      serviceId: service.id,
      colour: colourOf(`${app.slug} ${stream.name}`),
    }))
  }

  async function markerOf(run: Run): Promise<DeployMarker[]> {
    const release = run.releaseId ? await records.releases.get(run.releaseId) : null
    const app = await records.apps.get(run.appId)
    const what = [app?.slug, release ? alias(release) : ''].filter(Boolean).join(' ')
    return switchedAt(run).map((at) => ({
      placementId: run.placementId,
      at,
      runId: run.id,
      releaseId: run.releaseId,
      words: `${run.kind === 'roll-back' ? 'Rolled back to' : run.kind === 'restart' ? 'Restarted' : 'Deployed'} ${what} by ${run.actor.name}`,
    }))
  }

  return {
    async sources(query) {
      const found = await Promise.allSettled((await contexts(query)).map(sourcesOf))
      return found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
    },
    sourceOf: servers.sourceOf,
    async *follow(source, from, signal) {
      const { since } = from
      if (source.origin.kind !== 'placement') {
        yield* servers.follow(source.origin, from, signal)
        return
      }
      const { placementId } = source
      const [context] = (placementId === null ? [] : await contexts({ placementId })).filter(
        ({ target }) => target.id === source.targetId,
      )
      const session = context ? await sessions.of(context.target) : null
      if (!session?.logs || source.targetId === null) throw problem('not-found', { noun: 'source' })
      yield* session.logs.follow(source.id.slice(source.targetId.length + separator.length), since, signal)
    },
    searchThere: servers.search,
    /** Reveals what the placement keeps secret, so that the redactor knows it before the first line. */
    async prepare(source) {
      if (source.placementId === null) return
      const revisions = (await records.settings.list(source.placementId)).filter((one) => one.serviceId === source.serviceId)
      for (const revision of revisions) {
        for (const [key, value] of Object.entries(revision.values)) {
          if (value.kind === 'secret') await ports.settings.variables({ ...revision, values: { [key]: value } }).catch(unlessGone)
        }
      }
    },
    markers: {
      async of(placementId) {
        return (await Promise.all(journal.list(placementId, 200).map(markerOf))).flat()
      },
      subscribe(listener) {
        const told = new Set<string>(
          journal
            .list(null, 200)
            .filter((run) => switchedAt(run).length > 0)
            .map((run) => run.id),
        )
        return ports.changed.subscribe(() => {
          for (const run of journal.list(null, 20)) {
            if (told.has(run.id) || switchedAt(run).length === 0) continue
            told.add(run.id)
            void markerOf(run).then((markers) => markers.forEach(listener))
          }
        })
      },
    },
    redactor: ports.redactor,
  }
}
