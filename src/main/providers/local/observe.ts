import type { Digest } from '../../../shared/domain/artifact'
import { SettingsRevisionId } from '../../../shared/domain/ids'
import type { Fact, Facts, Health, Instance, Observation, Series, Tone } from '../../../shared/domain/observation'
import type { Problem } from '../../../shared/domain/problem'
import type { CallOutput, InstanceView, RouteView, SpanCount } from '../../supervisor/contract'
import type { OpenConnection, TargetContext } from '../provider'
import type { Bundles } from './bundles'
import { exitWords } from './probe'

const spanMs = 5000
const spans = 60
const tones: Record<Health, Tone> = { healthy: 'ok', unhealthy: 'bad', starting: 'plain', unknown: 'unknown' }
const empty = (): Facts => ({ stored: [], runs: [], reach: [], address: [], health: [] })

type Seen = CallOutput<'look'>

/** What is known when nobody answers. */
export const unreachable = ({ target }: TargetContext, problem: Problem, now: number): Observation => ({
  v: 1,
  targetId: target.id,
  observedAt: now,
  state: 'unreachable',
  problem,
  identities: {},
  desired: 0,
  instances: [],
  present: [],
  facts: empty(),
  series: [],
})

/** What runs, in the words of the observation. */
export async function observationOf(
  context: TargetContext,
  connection: OpenConnection,
  seen: Seen,
  bundles: Bundles,
  now: number,
): Promise<Observation> {
  // Stopped copies that wait to be revived or forgotten do not run.
  const views = seen.instances.filter((one) => one.phase !== 'stopped')
  const serving = seen.route?.serving ?? []
  const instances = views.map((view) => instanceOf(view, connection, serving, now))
  const digests = [...new Set(views.map((one) => one.spec.digest))]
  return {
    v: 1,
    targetId: context.target.id,
    observedAt: now,
    state: 'seen',
    problem: seen.route?.problem ?? null,
    identities: { [connection.id]: connection.identity },
    desired: serving.length,
    instances,
    present: [],
    facts: {
      stored: (await Promise.all(digests.map((digest) => storedFacts(digest, bundles)))).flat(),
      runs: [...views.flatMap((view) => runFacts(context, view, now)), ...commandFacts(views)],
      reach: reachFacts(context, seen.route, views),
      address: addressFacts(context, seen.route),
      health: views.length > 0 ? [...views.flatMap((view) => healthFacts(context, view, instances)), checkFact(context)] : [],
    },
    series: context.service.route && seen.route ? seriesOf(seen.route.spans, now) : [],
  }
}

function healthOf(view: InstanceView): Pick<Instance, 'health' | 'detail'> {
  if (view.phase === 'needs-variables') return { health: 'unhealthy', detail: 'its secrets are needed: unlock the vault' }
  if (view.phase !== 'running')
    return { health: 'unhealthy', detail: view.problem?.message ?? exitWords(view) ?? 'it does not run' }
  const last = view.answers.at(-1)
  if (view.healthySince !== null) return { health: 'healthy', detail: last?.words ?? 'alive' }
  if (view.restarts > 0) return { health: 'unhealthy', detail: exitWords(view) ?? 'it ended and was started again' }
  const sick = view.answers.length >= 10
  return { health: sick ? 'unhealthy' : 'starting', detail: last?.words ?? 'just started' }
}

function instanceOf(view: InstanceView, connection: OpenConnection, serving: readonly string[], now: number): Instance {
  const { spec, startedAt, restarts, memoryBytes, cpuPercent, healthySince } = view
  return {
    id: spec.id,
    connectionId: connection.id,
    artifact: spec.digest,
    settingsRevisionId: spec.settingsRevisionId === null ? null : SettingsRevisionId.parse(spec.settingsRevisionId),
    serving: serving.includes(spec.id),
    ...healthOf(view),
    startedAt: startedAt === null ? null : Math.min(startedAt, now),
    healthySince,
    restarts,
    memoryBytes,
    cpuPercent,
    latencyMs: view.answers.at(-1)?.latencyMs ?? null,
  }
}

const plain = (label: string, value: string, tone: Tone = 'plain', more: Partial<Fact> = {}): Fact => ({
  label,
  value,
  tone,
  ...more,
})

async function storedFacts(digest: Digest, bundles: Bundles): Promise<Fact[]> {
  const why = await bundles.check(digest)
  return [
    plain('Digest', digest, 'plain', { mono: true }),
    why ? plain('Bundle', why.problem.message, 'bad') : plain('Bundle', 'unpacked here, unchanged', 'ok'),
  ]
}

/** `web-2.1` of `shop-production-web-2.1`: the page says the rest already. */
const shortName = ({ service }: TargetContext, id: string) => {
  const numbers = /-(\d+\.\d+)$/.exec(id)?.[1]
  return numbers ? `${service.slug}-${numbers}` : id
}

const megabytes = (bytes: number) => `${(bytes / 1024 ** 2).toFixed(0)} MB`

/** A span of time as people say it: `4 min`, `2 h 10 min`. */
export function spanWords(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`
}

function runFacts(context: TargetContext, view: InstanceView, now: number): Fact[] {
  const { spec, phase, pid, startedAt, restarts, memoryBytes, cpuPercent, exits } = view
  const up = phase === 'running' && startedAt !== null
  const state = up
    ? `pid ${pid} · up ${spanWords(now - startedAt)}`
    : phase === 'waiting'
      ? 'ended, starts again soon'
      : 'not running'
  const usage = [
    ...(up && memoryBytes !== null ? [megabytes(memoryBytes)] : []),
    ...(up && cpuPercent !== null ? [`${cpuPercent.toFixed(1)} % CPU`] : []),
  ]
  const last = exitWords({ exits })
  const often = restarts === 1 ? 'once' : `${restarts} times`
  return [
    plain(shortName(context, spec.id), [state, ...usage].join(' · '), phase === 'running' ? 'ok' : 'bad'),
    ...(restarts > 0 ? [plain('Restarted', last ? `${often}, the last because ${last}` : often, 'warn')] : []),
  ]
}

/** How a service is started, once for all its copies of one release. */
function commandFacts(views: readonly InstanceView[]): Fact[] {
  const commands = new Set(views.map(({ spec }) => spec.command.map((one) => (one === '{node}' ? 'node' : one)).join(' ')))
  return [...commands].map((command) => plain('Command', command, 'plain', { mono: true }))
}

function reachFacts(context: TargetContext, route: RouteView | null, views: readonly InstanceView[]): Fact[] {
  if (!context.service.route) return [plain('Route', 'none: it serves nobody outside')]
  if (!route?.routed) return [plain('Reverse proxy', 'opens with the first deploy')]
  const upstreams = views.filter((one) => route.serving.includes(one.spec.id) || route.standby.includes(one.spec.id))
  return [
    plain(
      'Reverse proxy',
      route.problem?.message ?? (route.port === null ? 'not open' : `127.0.0.1:${route.port}`),
      route.problem ? 'bad' : 'ok',
      { mono: !route.problem },
    ),
    ...upstreams.map(({ spec, port, inFlight }) =>
      plain(
        shortName(context, spec.id),
        `127.0.0.1:${port ?? '?'} · ${inFlight} in flight${route.serving.includes(spec.id) ? '' : ', standing by'}`,
        route.serving.includes(spec.id) ? 'ok' : 'plain',
        { mono: true },
      ),
    ),
    ...(upstreams.length === 0 ? [plain('Upstreams', 'None: the address answers 503', 'warn')] : []),
  ]
}

function addressFacts({ service }: TargetContext, route: RouteView | null): Fact[] {
  if (!service.route) return []
  if (!route?.port) return [plain('Address', 'Chosen with the first deploy')]
  const href = `http://127.0.0.1:${route.port}`
  return [
    plain('Address', href, 'plain', { href, mono: true }),
    plain('Reachable', 'from this computer only'),
    plain('Certificate', 'none: plain http on loopback'),
  ]
}

function healthFacts(context: TargetContext, view: InstanceView, instances: readonly Instance[]): Fact[] {
  const instance = instances.find((one) => one.id === view.spec.id)
  const last = view.answers.at(-1)
  const took = last?.latencyMs ? ` in ${last.latencyMs.toFixed(1)} ms` : ''
  const words = instance ? `${instance.health}: ${instance.detail}${instance.health === 'healthy' ? took : ''}` : 'not known'
  return [plain(shortName(context, view.spec.id), words, instance ? tones[instance.health] : 'unknown')]
}

/** The question that is asked, once for all copies. */
const checkFact = ({ service }: TargetContext): Fact =>
  plain('Check', service.healthPath ? `GET ${service.healthPath} every 2 s` : 'alive for 10 s without a restart', 'plain', {
    mono: service.healthPath !== null,
  })

function seriesOf(counts: readonly SpanCount[], now: number): Series[] {
  // The span that is still going would look like a drop.
  const last = Math.floor(now / spanMs) * spanMs - spanMs
  const at = last - (spans - 1) * spanMs
  const by = new Map(counts.map((one) => [one.at, one]))
  const first = counts[0]?.at ?? Infinity
  const draw = (name: string, unit: string, value: (span: SpanCount) => number | null, quiet: number | null): Series => ({
    name,
    unit,
    at,
    spanMs,
    points: Array.from({ length: spans }, (_, i) => {
      const start = at + i * spanMs
      const span = by.get(start)
      return span ? value(span) : start > first ? quiet : null
    }),
  })
  return [
    draw('Requests', '/s', (span) => span.requests / (spanMs / 1000), 0),
    draw('Errors', '%', (span) => (span.requests > 0 ? (span.errors / span.requests) * 100 : 0), 0),
    draw('Latency p95', 'ms', (span) => (span.p95 === null ? null : Math.round(span.p95 * 10) / 10), null),
  ]
}
