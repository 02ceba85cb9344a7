import { alias, releaseOf, type Release } from '../../shared/domain/release'
import type { Digest } from '../../shared/domain/artifact'
import { joinChecks, type Check } from '../../shared/domain/check'
import { freezeAt } from '../../shared/domain/environment'
import { PlanId, newId, type PlacementId, type ReleaseId, type ServiceId } from '../../shared/domain/ids'
import { servingArtifact, type Observation } from '../../shared/domain/observation'
import { planLifetimeMs, phases, type Plan, type PlanBasis, type PlanKind, type ServiceChange, type Step } from '../../shared/domain/plan'
import type { SettingsRevision } from '../../shared/domain/settings'
import type { Change, ProviderPlan, TargetContext } from '../providers/provider'
import { fingerprint } from './canonical'
import { artifactCheck, idleCheck, identityChecks, orderCheck, policyChecks, readinessChecks, upstreamCheck } from './checks'
import { newestSettings, placeOf, type Place } from './contexts'
import type { EnginePorts } from './engine'
import { problemIn, type Looks } from './looks'
import { settingsDifferences, wayBackOf } from './way-back'
import { problem } from './text'
import { transferSteps } from './transfer'

/** What one asks the planner. */
export type PlanRequest =
  | { kind: 'promote'; from: PlacementId; to: PlacementId }
  | { kind: 'deploy' | 'roll-back'; placementId: PlacementId; releaseId: ReleaseId }
  | { kind: 'restart' | 'stop' | 'start' | 'apply-settings'; placementId: PlacementId }
  | { kind: 'scale'; placementId: PlacementId; serviceId: ServiceId; instances: number }

/** A request with all that was looked up for it. */
interface Ground {
  request: PlanRequest
  place: Place
  from: Place | null
  observations: Map<string, Observation>
  fromObservations: Map<string, Observation>
  releases: Release[]
  /** What will run; null for a stop. */
  release: Release | null
  /** What runs now, where it is a release. */
  current: Release | null
  settings: Map<ServiceId, SettingsRevision>
}

/** The artifacts that serve, by service; null where any of them is not known or differs among instances. */
export function servingArtifacts(place: Place, observations: ReadonlyMap<string, Observation>): Record<string, Digest> | null {
  const found: Record<string, Digest> = {}
  for (const { service, target } of place.contexts) {
    const observation = observations.get(target.id)
    const digest = observation ? servingArtifact(observation) : null
    if (!digest || (found[service.id] && found[service.id] !== digest)) return null
    found[service.id] = digest
  }
  return Object.keys(found).length > 0 ? found : null
}

/** The release that serves, by content; null where none does. Services that have no target here do not count. */
export function runningRelease(place: Place, observations: ReadonlyMap<string, Observation>, releases: readonly Release[]): Release | null {
  const serving = servingArtifacts(place, observations)
  if (!serving) return null
  const here = new Set(Object.keys(serving))
  const narrowed = releases.map((release) => ({
    ...release,
    artifacts: Object.fromEntries(Object.entries(release.artifacts).filter(([service]) => here.has(service))) as Release['artifacts'],
  }))
  const match = releaseOf(narrowed, serving)
  return match ? (releases.find((release) => release.id === match.id) ?? null) : null
}

/** One answer for every way in: what would happen if. Changes nothing but its own store of plans. */
export function createPlanner(ports: EnginePorts, looks: Looks) {
  const { records, clock } = ports

  async function ground(request: PlanRequest, signal: AbortSignal): Promise<Ground> {
    const place = await placeOf(records, request.kind === 'promote' ? request.to : request.placementId)
    if (place.contexts.length === 0) throw problem('no-target', { app: place.app.slug, environment: place.environment.slug })
    const from = request.kind === 'promote' ? await placeOf(records, request.from) : null
    const [observations, fromObservations, releases, settings] = await Promise.all([
      looks.look(place.contexts, signal),
      from ? looks.look(from.contexts, signal) : new Map<string, Observation>(),
      records.releases.list(place.app.id),
      newestSettings(records, place.placement.id),
    ])
    const current = runningRelease(place, observations, releases)
    const base = { request, place, from, observations, fromObservations, releases, current, settings }
    return { ...base, release: await wanted(base) }
  }

  async function wanted({ request, place, from, fromObservations, observations, releases, current }: Omit<Ground, 'release'>): Promise<Release | null> {
    switch (request.kind) {
      case 'stop':
        return null
      case 'deploy':
      case 'roll-back': {
        const release = await records.releases.get(request.releaseId)
        if (!release || release.appId !== place.app.id) throw problem('not-found', { noun: 'release', id: request.releaseId })
        return release
      }
      case 'promote': {
        if (!from) throw problem('not-found', { noun: 'placement', id: request.from })
        return releaseAt(from, fromObservations, releases)
      }
      case 'start':
        return current ?? lastRelease(place, releases)
      case 'restart':
      case 'scale':
      case 'apply-settings':
        return current ?? releaseAt(place, observations, releases)
      default:
        return request satisfies never
    }
  }

  /** What a stopped placement ran last, by the runs that succeeded. */
  function lastRelease(place: Place, releases: readonly Release[]): Release {
    const run = ports.journal
      .list(place.placement.id, 200)
      .find((one) => one.releaseId !== null && (one.outcome === 'succeeded' || (one.outcome === 'reverted' && one.fromReleaseId !== null)))
    const id = run?.outcome === 'reverted' ? run.fromReleaseId : run?.releaseId
    const release = releases.find((one) => one.id === id)
    if (!release) throw problem('nothing-runs', { app: place.app.slug, environment: place.environment.slug })
    return release
  }

  function changeFor(g: Ground, context: TargetContext, releaseCommand: boolean): Change {
    const { request, release, settings } = g
    const { target, service } = context
    const observed = observationOf(g, context)
    const set = typeof target.settings['instances'] === 'number' ? target.settings['instances'] : Math.max(1, observed.desired)
    const scaled = request.kind === 'scale' && request.serviceId === service.id ? request.instances : set
    return {
      ...context,
      kind: request.kind,
      observed,
      artifact: request.kind === 'stop' ? null : (release?.artifacts[service.id] ?? null),
      release,
      instances: request.kind === 'stop' ? 0 : scaled,
      settings: pinned(g, context, settings.get(service.id) ?? null),
      releaseCommand,
    }
  }

  async function planTarget(change: Change, signal: AbortSignal): Promise<ProviderPlan & { change: Change }> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ports.timings.checkTimeout)])
    try {
      const session = await ports.sessions.of(change.target)
      return { ...(await session.plan(change, limit)), change }
    } catch (error) {
      signal.throwIfAborted()
      const why = problemIn(ports, error, `planning ${change.service.slug}`)
      const check: Check = { id: 'plan', source: change.target.provider, targetId: change.target.id, outcome: 'unknown', message: `The steps for ${change.service.slug} could not be worked out`, detail: why.message, fix: null }
      return { steps: [], checks: [check], manner: 'not known', notUndone: [], change }
    }
  }

  /** Makes the plan without keeping it. */
  async function make(request: PlanRequest, signal: AbortSignal): Promise<Plan> {
    const g = await ground(request, signal)
    const moving = g.place.contexts.filter((context) => moves(g, context))
    const withCommand = new Set<ServiceId>()
    const changes = moving.map((context) => {
      const wantsCommand = runsNewArtifact(request.kind) && context.service.releaseCommand !== null && !withCommand.has(context.service.id)
      if (wantsCommand) withCommand.add(context.service.id)
      return changeFor(g, context, wantsCommand)
    })
    const planned = await Promise.all(changes.map((change) => planTarget(change, signal)))
    const steps = planned
      .flatMap(({ change, steps }) => [...transferSteps(change), ...steps])
      .toSorted((a, b) => phases.indexOf(a.phase) - phases.indexOf(b.phase))
    const settings = await settingsDifferences(ports, g.place, g.from, g.settings, request.kind, g.release)
    const wayBack = wayBackOf(ports, g.place, g.current, g.release, changes, planned.flatMap((one) => one.notUndone))
    const checks = joinChecks([
      ...policyChecks(ports, g.place, request.kind),
      ...g.place.contexts.flatMap((context) => identityChecks(context, observationOf(g, context))),
      ...changes.flatMap((change) => (change.artifact ? [artifactCheck(ports, change, change.artifact)] : [])),
      ...(await promoteChecks(g)),
      ...readinessChecks(settings, wayBack, request.kind === 'promote' || request.kind === 'deploy', g.from?.environment.slug ?? null),
      ...(steps.length === 0 && planned.every((one) => one.checks.length === 0) ? [idleCheck(g.place, g.release ? `It is ${alias(g.release)}.` : '')] : []),
      ...planned.flatMap((one) => one.checks),
    ])
    return assemble(g, { steps, settings, wayBack, checks, changes: planned.map(({ change, manner }) => describe(g, change, manner)), moving: changes })
  }

  async function promoteChecks({ from, place, fromObservations }: Ground): Promise<Check[]> {
    if (!from) return []
    const placements = await records.placements.list(place.app.id)
    const environments = await records.environments.list()
    const between = environments.filter((one) => {
      const inside = one.position > from.environment.position && one.position < place.environment.position
      return inside && one.deletedAt === null && placements.some((placement) => placement.environmentId === one.id && placement.targets.length > 0)
    })
    return [
      upstreamCheck(from, fromObservations.values(), clock.now(), ports.timings.upstreamProven),
      orderCheck(from, place, between.map((one) => one.slug)),
    ]
  }

  function assemble(g: Ground, parts: Pick<Plan, 'steps' | 'settings' | 'wayBack' | 'checks' | 'changes'> & { moving: Change[] }): Plan {
    const { place, from, request, release } = g
    const { moving, ...rest } = parts
    const now = clock.now()
    const settingsRevisions = Object.fromEntries(moving.map((change) => [change.service.id, change.settings?.id ?? null]))
    const basis = basisOf(g, moving, rest.steps)
    return {
      v: 1,
      id: newId(PlanId),
      installationId: ports.self.installationId,
      actor: ports.self.actor,
      createdAt: now,
      expiresAt: now + planLifetimeMs,
      kind: request.kind,
      appId: place.app.id,
      environmentId: place.environment.id,
      placementId: place.placement.id,
      fromPlacementId: from?.placement.id ?? null,
      releaseId: release?.id ?? null,
      title: titleOf(g),
      ...rest,
      settingsRevisions,
      estimateMs: estimateOf(ports, place.placement.id, request.kind),
      bakeSeconds: place.placement.bakeSeconds,
      onFailure: place.placement.onFailure,
      basis,
      fingerprint: fingerprint(basis),
      needs: {
        typedName: place.environment.protected ? place.environment.slug : null,
        reason: freezeAt(place.environment, now) !== null,
      },
    }
  }

  return {
    async plan(request: PlanRequest, signal: AbortSignal): Promise<Plan> {
      const plan = await make(request, signal)
      await records.plans.put(plan)
      return plan
    },
    /** The same question again, to see whether the world has moved. Not kept. */
    again: (request: PlanRequest, signal: AbortSignal) => make(request, signal),
  }
}
export type Planner = ReturnType<typeof createPlanner>

const runsNewArtifact = (kind: PlanKind) => kind === 'deploy' || kind === 'promote' || kind === 'roll-back'

function observationOf({ observations }: Pick<Ground, 'observations'>, { target }: TargetContext): Observation {
  const observation = observations.get(target.id)
  if (!observation) throw new Error(`target ${target.id} was not looked at`)
  return observation
}

function releaseAt(place: Place, observations: ReadonlyMap<string, Observation>, releases: readonly Release[]): Release {
  const names = { app: place.app.slug, environment: place.environment.slug }
  const lost = [...observations.values()].find((one) => one.state === 'unreachable')
  if (lost) throw problem('not-observed', { ...names, why: lost.problem?.message ?? 'it did not answer.' })
  const serving = [...observations.values()].some((one) => one.instances.some((instance) => instance.serving))
  if (!serving) throw problem('nothing-runs', names)
  const release = runningRelease(place, observations, releases)
  if (!release) throw problem('drifted', names)
  return release
}

/** A restart keeps the settings that run; everything else takes the newest. */
function pinned(g: Ground, context: TargetContext, newest: SettingsRevision | null): SettingsRevision | null {
  return g.request.kind === 'stop' ? null : newest
}

/** Whether this target has anything to do: content, number and settings already right means no. */
function moves(g: Ground, context: TargetContext): boolean {
  const { request, release, settings } = g
  const { service } = context
  if (request.kind === 'scale') return service.id === request.serviceId
  if (!runsNewArtifact(request.kind)) return true
  const observed = observationOf(g, context)
  const wantedArtifact = release?.artifacts[service.id]
  const serving = observed.instances.filter((one) => one.serving)
  const revision = settings.get(service.id)?.id ?? null
  const right = serving.length > 0 && serving.every((one) => one.artifact === wantedArtifact && one.settingsRevisionId === revision && one.health !== 'unhealthy')
  return !(right && serving.length === observed.desired)
}

function describe(g: Ground, change: Change, manner: string): ServiceChange {
  const before = servingArtifact(change.observed)
  const beforeRelease = g.releases.toSorted((a, b) => b.number - a.number).find((one) => before !== null && one.artifacts[change.service.id] === before)
  return {
    serviceId: change.service.id,
    targetId: change.target.id,
    slug: change.service.slug,
    from: { digest: before, alias: g.current ? alias(g.current) : beforeRelease ? alias(beforeRelease) : null },
    to: { digest: change.artifact, alias: change.release ? alias(change.release) : null },
    instances: change.instances,
    manner,
  }
}

function basisOf(g: Ground, moving: readonly Change[], steps: readonly Step[]): PlanBasis {
  const { place, from, request, observations, fromObservations } = g
  const observed = Object.fromEntries(
    [...observations, ...fromObservations].map(([id, one]) => [
      id,
      one.instances
        .map((instance) => ({ id: instance.id, artifact: instance.artifact, serving: instance.serving }))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    ]),
  )
  return {
    kind: request.kind,
    placementId: place.placement.id,
    fromPlacementId: from?.placement.id ?? null,
    artifacts: Object.fromEntries(moving.flatMap((change) => (change.artifact ? [[change.service.id, change.artifact]] : []))),
    observed,
    identities: Object.assign({}, ...[...observations.values()].map((one) => one.identities)) as Record<string, string>,
    settingsRevisions: Object.fromEntries(moving.map((change) => [change.service.id, change.settings?.id ?? null])),
    targets: place.placement.targets.map(({ id, provider, connectionIds, settings }) => ({ id, provider, connectionIds, settings })),
    policy: { bakeSeconds: place.placement.bakeSeconds, onFailure: place.placement.onFailure, protected: place.environment.protected },
    hold: place.placement.hold,
    steps: steps.map(({ id, phase, targetId, connectionId, detail }) => ({ id, phase, targetId, connectionId, detail })),
  }
}

function titleOf({ request, place, release }: Ground): string {
  const where = `${place.app.slug} in ${place.environment.slug}`
  const name = release ? alias(release) : ''
  switch (request.kind) {
    case 'promote':
      return `Promote ${place.app.slug} ${name} to ${place.environment.slug}`
    case 'deploy':
      return `Deploy ${place.app.slug} ${name} to ${place.environment.slug}`
    case 'roll-back':
      return `Roll back ${where} to ${name}`
    case 'restart':
      return `Restart ${where}`
    case 'stop':
      return `Stop ${where}`
    case 'start':
      return `Start ${where} ${name}`
    case 'apply-settings':
      return `Apply settings to ${where}`
    case 'scale':
      return `Scale ${where} to ${request.instances}`
    default:
      return request satisfies never
  }
}

function estimateOf(ports: EnginePorts, placementId: PlacementId, kind: PlanKind): number | null {
  const took = ports.journal
    .list(placementId, 50)
    .filter((run) => run.kind === kind && run.outcome === 'succeeded' && run.endedAt !== null)
    .slice(0, 5)
    .map((run) => (run.endedAt ?? 0) - run.startedAt)
    .toSorted((a, b) => a - b)
  return took[Math.floor(took.length / 2)] ?? null
}
