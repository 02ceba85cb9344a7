import { shortDigest } from '../../../shared/domain/artifact'
import { StepId } from '../../../shared/domain/ids'
import type { ConnectionId } from '../../../shared/domain/ids'
import type { Instance } from '../../../shared/domain/observation'
import type { Phase, Step } from '../../../shared/domain/plan'
import { alias } from '../../../shared/domain/release'
import { strategyWords } from '../../../shared/domain/strategy'
import type { Change, ProviderPlan } from '../provider'
import type { Detail } from './detail'
import { parseTarget, type DockerTarget } from './fields'
import { containerOf, moreNames, named, nextGeneration } from './names'
import { proxyOf } from './proxy'
import { shownRun } from './shown'

/** What becomes of the containers of one host. */
interface Moves {
  connectionId: ConnectionId
  host: string
  start: string[]
  /** Those that get traffic afterwards. */
  serving: string[]
  before: string[]
  retire: string[]
}

const replacing = new Set<Change['kind']>(['deploy', 'promote', 'roll-back', 'start'])

const here = (change: Change, id: ConnectionId): Instance[] => change.observed.instances.filter((one) => one.connectionId === id)

/** Whether one host is as the change wants it. */
function settled(change: Change, id: ConnectionId): boolean {
  const all = here(change, id)
  const fit = all.every(
    (one) =>
      one.serving &&
      one.artifact === change.artifact &&
      one.settingsRevisionId === (change.settings?.id ?? null) &&
      one.health !== 'unhealthy',
  )
  return fit && all.length === change.instances
}

function movesOf(change: Change, connectionId: ConnectionId, generation: number, host: string): Moves | null {
  const { kind, instances, artifact } = change
  const own = here(change, connectionId)
  const all = own.map((one) => containerOf(one.id))
  const before = own.filter((one) => one.serving).map((one) => containerOf(one.id))
  const base = { connectionId, host, before }
  if (kind === 'stop') return all.length > 0 ? { ...base, start: [], serving: [], retire: all } : null
  if (!artifact || (replacing.has(kind) && settled(change, connectionId))) return null
  if (kind === 'scale' && before.length > 0) {
    const start = moreNames(change, own, instances - before.length)
    const kept = before.slice(0, instances)
    const retire = before.slice(instances)
    return start.length + retire.length > 0 ? { ...base, start, serving: [...kept, ...start], retire } : null
  }
  const start = named(change, generation, 1, instances)
  return { ...base, start, serving: start, retire: all }
}

/** Whether traffic moves by a proxy, so that new and old can stand beside each other. */
export const isRouted = (change: Pick<Change, 'service'>, settings: DockerTarget) =>
  change.service.route && proxyOf(settings) !== null

/** The steps of a change. `names` gives the hosts as people know them. */
export function stepsOf(change: Change, names: ReadonlyMap<ConnectionId, string>): Step[] {
  const settings = parseTarget(change.target.settings)
  const generation = nextGeneration(change.observed.instances)
  const hosts = change.target.connectionIds.flatMap((id) => {
    const moves = movesOf(change, id, generation, names.get(id) ?? id)
    return moves ? [moves] : []
  })
  const { strategy } = change
  const rolling = strategy.kind === 'rolling' ? strategy.batch : hosts.length
  const batches = Array.from({ length: Math.ceil(hosts.length / Math.max(1, rolling)) }, (_, i) =>
    hosts.slice(i * rolling, (i + 1) * rolling),
  )
  const make = maker(change, settings)
  const canary = strategy.kind === 'canary' && isRouted(change, settings) ? strategy : null
  const steps = batches.flatMap((batch, wave) => batch.flatMap((host) => make.bringOver(host, wave, canary)))
  const last = canary ? 1 : Math.max(0, batches.length - 1)
  const rest = hosts.flatMap((host) => [...(canary ? make.whole(host, last) : []), ...make.retire(host, last)])
  const command = hosts[0] && hosts[0].start.length > 0 ? make.releaseCommand(hosts[0]) : []
  return [...command, ...steps, ...rest]
}

function maker(change: Change, settings: DockerTarget) {
  const { service, target } = change
  const routed = isRouted(change, settings)
  const proxy = proxyOf(settings)
  const several = change.placement.targets.filter((one) => one.serviceId === service.id).length > 1
  const label = change.release ? `${alias(change.release)} (${shortDigest(change.artifact ?? '')})` : service.slug
  const step = (
    host: Moves,
    wave: number,
    name: string,
    phase: Phase,
    title: string,
    commands: string[],
    detail: Detail,
  ): Step => ({
    id: StepId.parse([service.slug, ...(several ? [target.id.slice(-6)] : []), name, host.connectionId].join(':')),
    phase,
    wave,
    targetId: target.id,
    serviceId: service.id,
    connectionId: host.connectionId,
    title,
    commands,
    detail,
  })
  const upstream = (name: string) => `127.0.0.1:$PORT_OF_${name.replaceAll(/[^A-Za-z0-9]/g, '_')}`
  const pointing = (list: readonly string[], spares: readonly string[] = []) =>
    proxy?.commands({ context: change, settings }, [...list.map(upstream), ...spares.map((one) => `${upstream(one)} backup`)]) ??
    []
  /** The old ones stand by from the switch until they are retired. */
  const sparesOf = (host: Moves, percent: number | null) =>
    proxy?.takesSpares && percent === null && host.start.length > 0
      ? host.before.filter((one) => !host.serving.includes(one))
      : []
  const starting = (host: Moves) => host.start.map((name) => shownRun(change, settings, name))
  const stopping = (host: Moves) => host.retire.map((name) => `docker stop --time ${settings.stopSeconds} ${name}`)
  const watch = (host: Moves, wave: number, name: string, phase: Phase, title: string): Step =>
    step(host, wave, name, phase, title, [healthWords(change, settings)], { does: 'watch', names: host.start })

  function move(host: Moves, wave: number, name: string, percent: number | null): Step {
    const serving = percent === null ? host.serving : [...host.before, ...host.serving]
    const title = routed
      ? host.serving.length === 0
        ? `Take the traffic from ${service.slug} on ${host.host}`
        : percent === null
          ? `Move the traffic of ${service.slug} on ${host.host}`
          : `Give ${percent} % of the traffic of ${service.slug} to the new on ${host.host}`
      : host.serving.length === 0
        ? `Stop ${service.slug} on ${host.host}`
        : `Stop the old ${service.slug} on ${host.host} and start the new`
    return step(
      host,
      wave,
      name,
      'switch',
      title,
      routed ? pointing(serving, sparesOf(host, percent)) : [...stopping(host), ...starting(host)],
      {
        does: 'switch',
        routed,
        serving,
        before: host.before,
        percent,
        start: routed ? [] : host.start,
        stop: routed ? [] : host.retire,
      },
    )
  }

  return {
    releaseCommand: (host: Moves): Step[] =>
      change.releaseCommand && service.releaseCommand
        ? [
            step(
              host,
              0,
              'release-command',
              'release-command',
              `Run the release command of ${service.slug} once, on ${host.host}`,
              [shownRun(change, settings, `${service.slug}-release-command`, service.releaseCommand)],
              { does: 'release-command' },
            ),
          ]
        : [],
    bringOver: (host: Moves, wave: number, canary: { percent: number; minutes: number } | null): Step[] => [
      ...(routed && host.start.length > 0
        ? [
            step(
              host,
              wave,
              'start',
              'start',
              `Start ${count(host.start.length)} of ${service.slug} ${label} on ${host.host}`,
              starting(host),
              { does: 'start', names: host.start },
            ),
            watch(host, wave, 'healthy', 'healthy', `Wait until ${service.slug} is healthy on ${host.host}`),
          ]
        : []),
      move(host, wave, canary ? 'canary' : 'switch', canary && host.before.length > 0 ? canary.percent : null),
      ...(host.start.length > 0
        ? [
            {
              ...watch(host, wave, canary ? 'canary-bake' : 'bake', 'bake', `Watch ${service.slug} at work on ${host.host}`),
              ...(canary ? { seconds: canary.minutes * 60 } : {}),
            },
          ]
        : []),
    ],
    /** Canary: all of the traffic, once a part of it went well. */
    whole: (host: Moves, wave: number): Step[] => [
      move(host, wave, 'switch', null),
      ...(host.start.length > 0 ? [watch(host, wave, 'bake', 'bake', `Watch ${service.slug} at work on ${host.host}`)] : []),
    ],
    retire: (host: Moves, wave: number): Step[] =>
      host.retire.length > 0
        ? [
            step(
              host,
              wave,
              'retire',
              'retire',
              `Retire ${count(host.retire.length)} of the old ${service.slug} on ${host.host}`,
              routed
                ? [
                    ...(sparesOf(host, null).length > 0 ? pointing(host.serving) : []),
                    ...stopping(host),
                    `# the last ${settings.keep} stay, stopped`,
                  ]
                : [],
              { does: 'retire', names: host.retire, keep: settings.keep },
            ),
          ]
        : [],
  }
}

const count = (number: number) => (number === 1 ? 'one container' : `${number} containers`)

const healthWords = ({ service }: Change, { versionHeader }: DockerTarget) =>
  service.healthPath
    ? `GET http://127.0.0.1:$PORT${service.healthPath}${versionHeader ? `, and ${versionHeader} names this release` : ''}`
    : 'the health check of the image, or that it runs for 10 s without a restart'

/** How it goes over, in words. */
export function mannerOf(change: Change, steps: readonly Step[]): Pick<ProviderPlan, 'manner' | 'notUndone'> {
  const settings = parseTarget(change.target.settings)
  const command = change.releaseCommand && change.service.releaseCommand
  const notUndone = command ? [`what the release command of ${change.service.slug} changed`] : []
  if (steps.length === 0) return { manner: 'stays as it is', notUndone: [] }
  if (change.kind === 'stop') return { manner: change.service.route ? 'traffic stops, then it ends' : 'it ends', notUndone }
  const hosts = change.target.connectionIds.length
  const how = hosts > 1 || change.strategy.kind === 'canary' ? `, ${strategyWords(change.strategy)}` : ''
  return {
    manner: `${isRouted(change, settings) ? 'beside the old one, then traffic moves' : 'the old one stops, then the new one starts'}${how}`,
    notUndone,
  }
}
