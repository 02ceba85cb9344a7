import type { Digest } from '../../../shared/domain/artifact'
import type { Fact, Facts, Health, Instance, Observation, Tone } from '../../../shared/domain/observation'
import type { Problem } from '../../../shared/domain/problem'
import type { TargetContext } from '../provider'
import { exitOf } from './containers'
import { parseTarget } from './fields'
import type { DockerHost } from './host'
import { releaseIn, settingsIn } from './labels'
import type { HostLook, Seen } from './look'
import { instanceId } from './names'

const tones: Record<Health, Tone> = { healthy: 'ok', unhealthy: 'bad', starting: 'plain', unknown: 'unknown' }
const fact = (label: string, value: string, tone: Tone = 'plain', more: Partial<Fact> = {}): Fact => ({
  label,
  value,
  tone,
  ...more,
})

/** A host that did not answer. */
export interface HostLost {
  host: DockerHost
  problem: Problem
}

/** What the last answers of an instance's health path were, by instance. */
export type KnownHealth = ReadonlyMap<string, { healthy: boolean; words: string; since: number | null; latencyMs: number | null }>

function healthOf({ details, container }: Seen, known: ReturnType<KnownHealth['get']>): Pick<Instance, 'health' | 'detail'> {
  const { State: state } = details
  const exit = exitOf(details)
  if (!state.Running || state.Restarting) return { health: 'unhealthy', detail: exit?.words ?? 'it ends and is started again' }
  if (known) return { health: known.healthy ? 'healthy' : 'unhealthy', detail: known.words }
  const own = state.Health?.Status
  if (own === 'healthy') return { health: 'healthy', detail: 'its own health check passes' }
  if (own === 'unhealthy')
    return { health: 'unhealthy', detail: state.Health?.Log.at(-1)?.Output.trim().slice(0, 200) || 'its own health check fails' }
  if (own === 'starting') return { health: 'starting', detail: 'its own health check has not answered yet' }
  return { health: container.running ? 'healthy' : 'unknown', detail: 'runs; nothing else is asked' }
}

/** Since when it is well, by what the Engine itself remembers: without a health check of its own, since it started. */
function healthySince({ details }: Seen, health: Health): number | null {
  if (health !== 'healthy') return null
  const log = details.State.Health?.Log
  if (log && log.length > 0) {
    const bad = log.findLastIndex((one) => one.ExitCode !== 0)
    const first = log[bad + 1]
    if (bad >= 0) return first ? Date.parse(first.Start) : null
  }
  return Date.parse(details.State.StartedAt) || null
}

function instanceOf(look: HostLook, seen: Seen, known: KnownHealth, skew: number): Instance {
  const { container, details, serving, stats } = seen
  const id = instanceId(container.name, look.host.name)
  const health = healthOf(seen, known.get(id))
  const started = Date.parse(details.State.StartedAt)
  const since = known.get(id)?.since ?? healthySince(seen, health.health)
  // The server's stamps in our own time.
  const ours = (at: number | null) => (at === null || !Number.isFinite(at) ? null : Math.max(0, Math.round(at - skew)))
  return {
    id,
    connectionId: look.host.connectionId,
    host: look.host.name,
    artifact: container.artifact,
    settingsRevisionId: settingsIn(container.labels),
    serving,
    ...health,
    startedAt: ours(started > 0 ? started : null),
    healthySince: known.has(id) ? since : ours(since),
    restarts: details.RestartCount,
    memoryBytes: stats?.memoryBytes ?? null,
    cpuPercent: stats?.cpuPercent ?? null,
    latencyMs: known.get(id)?.latencyMs ?? null,
  }
}

/** What runs on all hosts of a target. A host that did not answer makes the whole of it not known, with what the others say. */
export function observationOf(
  context: TargetContext,
  looks: readonly HostLook[],
  lost: readonly HostLost[],
  known: KnownHealth,
  now: number,
): Observation {
  const settings = parseTarget(context.target.settings)
  const instances = looks.flatMap((look) => look.seen.map((seen) => instanceOf(look, seen, known, look.now - now)))
  const serving = instances.filter((one) => one.serving).length
  const obstacle = looks.find((look) => look.proxy?.obstacle)?.proxy?.obstacle ?? null
  const ours = looks.some((look) => look.seen.some((one) => releaseIn(one.container.labels) !== ''))
  return {
    v: 1,
    targetId: context.target.id,
    observedAt: now,
    state: lost.length > 0 ? 'unreachable' : 'seen',
    problem: lost[0]?.problem ?? (obstacle && serving > 0 ? { code: 'proxy-not-ready', data: {}, message: obstacle } : null),
    identities: Object.fromEntries(looks.map(({ host }) => [host.connectionId, host.identity])),
    desired: serving === 0 ? 0 : ours ? settings.instances * context.target.connectionIds.length : serving,
    instances,
    present: [...new Set(looks.flatMap((look) => look.present))],
    facts: factsOf(context, looks, lost, instances),
    series: [],
  }
}

function factsOf(
  context: TargetContext,
  looks: readonly HostLook[],
  lost: readonly HostLost[],
  instances: readonly Instance[],
): Facts {
  const gone = lost.map(({ host, problem }) => fact(host.name, problem.message, 'unknown'))
  return {
    stored: [...new Set(instances.map((one) => one.artifact))].flatMap((digest) => storedFacts(digest, looks)),
    runs: [...looks.flatMap((look) => runFacts(look)), ...gone],
    reach: looks.flatMap((look) => reachFacts(context, look)),
    address: looks.flatMap((look) => addressFacts(look)),
    health: [
      ...instances.map((one) => fact(one.id, `${one.health}: ${one.detail}`, tones[one.health])),
      ...(instances.length > 0 ? [checkFact(context)] : []),
    ],
  }
}

function storedFacts(digest: Digest | null, looks: readonly HostLook[]): Fact[] {
  if (!digest) return [fact('Image', 'not known by its digest', 'unknown')]
  const names = [
    ...new Set(
      looks.flatMap((look) =>
        look.seen.filter((one) => one.container.artifact === digest).map((one) => one.details.Config.Image),
      ),
    ),
  ]
  const where = looks.filter((look) => look.present.includes(digest)).map((look) => look.host.name)
  return [
    fact('Digest', digest, 'plain', { mono: true }),
    ...names.filter((name) => name !== digest).map((name) => fact('Image', name, 'plain', { mono: true })),
    fact('Lies on', where.join(', ') || 'no host any more', where.length > 0 ? 'ok' : 'warn'),
  ]
}

const gigabytes = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GB`

function runFacts({ host, engine, seen, diskFree, now }: HostLook): Fact[] {
  return [
    fact(
      host.name,
      `${engine.name} ${engine.version}, ${engine.architecture}${diskFree ? `, ${gigabytes(diskFree.bytes)} free` : ''}`,
      diskFree && diskFree.share < 0.05 ? 'warn' : 'plain',
    ),
    ...seen.map(({ container, details, stats }) => {
      const up = details.State.Running && !details.State.Restarting
      const since = Date.parse(details.State.StartedAt)
      return fact(
        container.name,
        [
          up ? `up ${spanWords(now - since)}` : 'not running',
          ...(stats?.memoryBytes ? [`${(stats.memoryBytes / 1024 ** 2).toFixed(0)} MB`] : []),
          ...(stats?.cpuPercent === null || stats?.cpuPercent === undefined ? [] : [`${stats.cpuPercent.toFixed(1)} % CPU`]),
          ...(details.RestartCount > 0 ? [`restarted ${details.RestartCount} times`] : []),
        ].join(' · '),
        up ? (details.RestartCount > 0 ? 'warn' : 'ok') : 'bad',
      )
    }),
  ]
}

/** A span of time as people say it: `4 min`, `2 h 10 min`. */
export function spanWords(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`
}

function reachFacts(context: TargetContext, { host, proxy, seen }: HostLook): Fact[] {
  if (!context.service.route) return [fact(host.name, 'no route: it serves nobody outside')]
  const ports = seen.map((one) =>
    fact(
      one.container.name,
      one.port === null
        ? 'no port of the server leads to it'
        : `${host.name}, port ${one.port}${one.serving ? '' : ', gets no traffic'}`,
      one.serving ? 'ok' : 'plain',
      { mono: one.port !== null },
    ),
  )
  const own = proxy?.sites.map((site) => fact(host.name, `${site.label}: ${site.value}`, site.ok ? 'ok' : 'bad')) ?? []
  return [...own, ...(proxy?.obstacle ? [fact(host.name, proxy.obstacle, 'warn')] : []), ...ports]
}

function addressFacts({ host, proxy, seen }: HostLook): Fact[] {
  const days = proxy?.certificateDays ?? null
  const published = proxy
    ? []
    : seen.flatMap((one) =>
        one.container.ports.map((port) => fact(host.name, `${port.address}:${port.outside}`, 'plain', { mono: true })),
      )
  return [
    ...(proxy?.sites.map((site) => fact(host.name, site.value.split(' → ')[0] ?? '', 'plain', { mono: true })) ?? []),
    ...published,
    ...(days === null
      ? []
      : [
          fact(
            'Certificate',
            days < 0 ? `expired ${-days} days ago` : `${days} days left`,
            days < 0 ? 'bad' : days < 15 ? 'warn' : 'ok',
          ),
        ]),
  ]
}

const checkFact = ({ service }: TargetContext) =>
  fact(
    'Check',
    service.healthPath ? `GET ${service.healthPath} of each container` : 'the image’s own health check, or that it runs',
    'plain',
    { mono: service.healthPath !== null },
  )
