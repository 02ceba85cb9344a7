import { shortDigest } from '../../../shared/domain/artifact'
import { StepId } from '../../../shared/domain/ids'
import type { Phase, Step } from '../../../shared/domain/plan'
import { alias } from '../../../shared/domain/release'
import type { Change, ProviderPlan } from '../provider'
import type { Detail } from './detail'
import { parseTarget } from './fields'
import { moreNames, newNames } from './names'

/** What becomes of the copies. */
interface Moves {
  /** New ones. */
  start: string[]
  /** Those that serve afterwards. */
  serving: string[]
  /** Those that go. */
  retire: string[]
}

const replacing = new Set<Change['kind']>(['deploy', 'promote', 'roll-back', 'start'])

/** Whether everything is as the change wants it. */
function settled({ observed, artifact, settings, instances }: Change): boolean {
  const { instances: all } = observed
  const fit = all.every(
    (one) =>
      one.serving && one.artifact === artifact && one.settingsRevisionId === (settings?.id ?? null) && one.health === 'healthy',
  )
  return fit && all.length === instances
}

function movesOf(change: Change): Moves | null {
  const { kind, observed, instances, artifact } = change
  const all = observed.instances.map((one) => one.id)
  const serving = observed.instances.filter((one) => one.serving).map((one) => one.id)
  if (kind === 'stop') return all.length > 0 ? { start: [], serving: [], retire: all } : null
  if (!artifact || (replacing.has(kind) && settled(change))) return null
  if (kind === 'scale' && serving.length > 0) {
    const start = moreNames(change, observed, instances - serving.length)
    const kept = serving.slice(0, instances)
    const retire = serving.slice(instances)
    return start.length + retire.length > 0 ? { start, serving: [...kept, ...start], retire } : null
  }
  const start = newNames(change, observed, instances)
  return { start, serving: start, retire: all }
}

const quoted = (argument: string) => (/^[\w@%+=:,./{}-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`)

/** A command as one would type it, with the values of settings hidden. */
export function shown(
  command: readonly string[],
  folder: string,
  change: Pick<Change, 'settings' | 'release'>,
  port: boolean,
): string {
  const settings = Object.keys(change.settings?.values ?? {}).map((key) => `${key}=$${key}`)
  const release = change.release ? [`SLIPWAY_RELEASE=${alias(change.release)}`] : []
  return [
    'cd',
    quoted(folder),
    '&&',
    ...(port ? ['PORT=$PORT'] : []),
    ...release,
    ...settings,
    ...command.map((one) => (one === '{node}' ? 'node' : quoted(one))),
  ].join(' ')
}

/** The steps of a change. `folder` is where the artifact lies unpacked; `address` the stable port where one is known. */
export function stepsOf(change: Change, folder: string, address: number | null): Step[] {
  const moves = movesOf(change)
  if (!moves) return []
  const { service, target } = change
  const { start: command, stopSeconds, port } = parseTarget(target.settings)
  const connectionId = target.connectionIds[0]
  if (!connectionId) return []
  const several = change.placement.targets.filter((one) => one.serviceId === service.id).length > 1
  const step = (name: string, phase: Phase, title: string, commands: string[], detail: Detail): Step => ({
    id: StepId.parse([service.slug, ...(several ? [target.id.slice(-6)] : []), name].join(':')),
    phase,
    wave: 0,
    targetId: target.id,
    serviceId: service.id,
    connectionId,
    title,
    commands,
    detail,
  })
  const { start, serving, retire } = moves
  const label = change.release ? `${alias(change.release)} (${shortDigest(change.artifact ?? '')})` : service.slug
  const before = change.observed.instances.filter((one) => one.serving).map((one) => one.id)
  const startCommands = start.map((id) => `# ${id}\n${shown(command, folder, change, true)}`)
  const stopCommands = retire.map(
    (id) => `# ${id}: ask its process group to end, kill it after ${stopSeconds} s\nkill -TERM -- -$GROUP`,
  )
  const routed = service.route
  const where = address ?? port
  const pointer = `route http://127.0.0.1:${where ?? '(a free port)'} to ${serving.join(' ') || 'nothing'}`
  const detail = {
    does: 'switch',
    routed,
    port,
    serving,
    before,
    start: routed ? [] : start,
    stop: routed ? [] : retire,
  } as const
  return [
    ...(change.releaseCommand && service.releaseCommand && start.length > 0
      ? [
          step(
            'release-command',
            'release-command',
            `Run the release command of ${service.slug} once`,
            [shown(service.releaseCommand, folder, change, false)],
            { does: 'release-command' },
          ),
        ]
      : []),
    ...(routed && start.length > 0
      ? [
          step('start', 'start', `Start ${instances(start.length)} of ${service.slug} ${label}`, startCommands, {
            does: 'start',
            ids: start,
          }),
          step('healthy', 'healthy', `Wait until ${service.slug} is healthy`, [healthWords(service.healthPath)], {
            does: 'watch',
            ids: start,
          }),
        ]
      : []),
    step(
      'switch',
      'switch',
      switchTitle(routed, service.slug, serving.length),
      routed ? [pointer] : [...stopCommands, ...startCommands],
      detail,
    ),
    ...(start.length > 0
      ? [step('bake', 'bake', `Watch ${service.slug} at work`, [healthWords(service.healthPath)], { does: 'watch', ids: start })]
      : []),
    ...(retire.length > 0
      ? [
          step(
            'retire',
            'retire',
            `${routed ? 'Stop' : 'Forget'} ${instances(retire.length)} of the old ${service.slug}`,
            routed ? stopCommands : [],
            { does: 'retire', ids: retire },
          ),
        ]
      : []),
  ]
}

const instances = (count: number) => (count === 1 ? 'one instance' : `${count} instances`)
const healthWords = (path: string | null) => (path ? `GET http://127.0.0.1:$PORT${path}` : 'look whether it is alive for 10 s')

function switchTitle(routed: boolean, slug: string, serving: number) {
  if (routed) return serving > 0 ? `Move the traffic of ${slug}` : `Take the traffic from ${slug}`
  return serving > 0 ? `Stop the old ${slug} and start the new` : `Stop ${slug}`
}

/** How it goes over, in words. */
export function mannerOf(change: Change, steps: readonly Step[]): Pick<ProviderPlan, 'manner' | 'notUndone'> {
  const command = change.releaseCommand && change.service.releaseCommand
  const notUndone = command ? [`what the release command of ${change.service.slug} changed`] : []
  if (steps.length === 0) return { manner: 'stays as it is', notUndone: [] }
  if (change.kind === 'stop') return { manner: change.service.route ? 'traffic stops, then it ends' : 'it ends', notUndone }
  return {
    manner: change.service.route ? 'beside the old one, then traffic moves' : 'the old one stops, then the new one starts',
    notUndone,
  }
}
