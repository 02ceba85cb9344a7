import { alias } from '../../shared/domain/release'
import { joinChecks, type Check } from '../../shared/domain/check'
import { freezeAt } from '../../shared/domain/environment'
import { PlanId, newId, type ConnectionId, type ServiceId } from '../../shared/domain/ids'
import { planLifetimeMs, phases, type Plan } from '../../shared/domain/plan'
import { allAtOnce } from '../../shared/domain/strategy'
import type { Change, ProviderPlan, TargetContext } from '../providers/provider'
import { basisOf, describe, estimateOf, titleOf } from './basis'
import { fingerprint } from './canonical'
import {
  artifactCheck,
  strategyChecks,
  idleCheck,
  identityChecks,
  orderCheck,
  policyChecks,
  readinessChecks,
  upstreamCheck,
} from './checks'
import type { EnginePorts } from './engine'
import { groundOf, moves, observationOf, runsNewArtifact, type Ground, type PlanRequest } from './ground'
import { problemIn, type Looks } from './looks'
import { bringsArtifact, transferSteps } from './transfer'
import { settingsDifferences, wayBackOf } from './way-back'
import { createWhereabouts } from './whereabouts'

/** One answer for every way in: what would happen if. Changes nothing but its own store of plans. */
export function createPlanner(ports: EnginePorts, looks: Looks) {
  const { records, clock } = ports
  const whereabouts = createWhereabouts(ports, looks)

  async function changeFor(g: Ground, context: TargetContext, releaseCommand: boolean): Promise<Change> {
    const { request, release, settings, place } = g
    const { target, service } = context
    const observed = observationOf(g, context)
    const set = typeof target.settings['instances'] === 'number' ? target.settings['instances'] : Math.max(1, observed.desired)
    const scaled = request.kind === 'scale' && request.serviceId === service.id ? request.instances : set
    const artifact = request.kind === 'stop' ? null : (release?.artifacts[service.id] ?? null)
    return {
      ...context,
      kind: request.kind,
      observed,
      artifact,
      pull: artifact && bringsArtifact(request.kind) ? await whereabouts.pullOf(context, artifact) : null,
      release,
      instances: request.kind === 'stop' ? 0 : scaled,
      settings: request.kind === 'stop' ? null : (settings.get(service.id) ?? null),
      strategy: runsNewArtifact(request.kind) ? place.placement.strategy : allAtOnce,
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
      const detail = limit.aborted
        ? `It took longer than ${Math.round(ports.timings.checkTimeout / 1000)} s. Look at how busy the target is, then plan again.`
        : problemIn(ports, error, `planning ${change.service.slug}`).message
      const check: Check = {
        id: 'plan',
        source: change.target.provider,
        targetId: change.target.id,
        outcome: 'unknown',
        message: `The steps for ${change.service.slug} could not be worked out`,
        detail,
        fix: null,
      }
      return { steps: [], checks: [check], manner: 'not known', notUndone: [], change }
    }
  }

  /** Makes the plan without keeping it. */
  async function make(request: PlanRequest, signal: AbortSignal): Promise<Plan> {
    const g = await groundOf(ports, looks, request, signal)
    const moving = g.place.contexts.filter((context) => moves(g, context))
    const withCommand = new Set<ServiceId>()
    const changes = await Promise.all(
      moving.map((context) => {
        const wantsCommand =
          runsNewArtifact(request.kind) && context.service.releaseCommand !== null && !withCommand.has(context.service.id)
        if (wantsCommand) withCommand.add(context.service.id)
        return changeFor(g, context, wantsCommand)
      }),
    )
    const names = new Map((await records.connections.list()).map((one) => [one.id, one.name]))
    const nameOf = (id: ConnectionId) => names.get(id) ?? 'where it runs'
    const planned = await Promise.all(changes.map((change) => planTarget(change, signal)))
    const steps = planned
      .flatMap(({ change, steps }) => [...transferSteps(change, nameOf), ...steps])
      .toSorted((a, b) => a.wave - b.wave || phases.indexOf(a.phase) - phases.indexOf(b.phase))
    const settings = await settingsDifferences(ports, g.place, g.from, g.settings, request.kind, g.release)
    const wayBack = await wayBackOf(
      ports,
      g.place,
      g.current,
      g.release,
      planned.flatMap((one) => one.notUndone),
      whereabouts,
    )
    const checks = joinChecks([
      ...policyChecks(ports, g.place, request.kind),
      ...g.place.contexts.flatMap((context) => identityChecks(context, observationOf(g, context))),
      ...(await Promise.all(
        changes.flatMap((change) => (change.artifact ? [artifactCheck(ports, change, change.artifact, whereabouts)] : [])),
      )),
      ...changes.flatMap((change) => strategyChecks(ports, change)),
      ...(await promoteChecks(g)),
      ...readinessChecks(
        settings,
        wayBack,
        request.kind === 'promote' || request.kind === 'deploy',
        g.from?.environment.slug ?? null,
      ),
      ...(steps.length === 0 && planned.every((one) => one.checks.length === 0)
        ? [idleCheck(g.place, g.release ? `It is ${alias(g.release)}.` : '')]
        : []),
      ...planned.flatMap((one) => one.checks),
    ])
    return assemble(g, {
      steps,
      settings,
      wayBack,
      checks,
      changes: planned.map(({ change, manner }) => describe(g, change, manner)),
      moving: changes,
    })
  }

  async function promoteChecks({ from, place, fromObservations }: Ground): Promise<Check[]> {
    if (!from) return []
    const placements = await records.placements.list(place.app.id)
    const environments = await records.environments.list()
    const between = environments.filter((one) => {
      const inside = one.position > from.environment.position && one.position < place.environment.position
      return (
        inside &&
        one.deletedAt === null &&
        placements.some((placement) => placement.environmentId === one.id && placement.targets.length > 0)
      )
    })
    return [
      upstreamCheck(from, fromObservations.values(), clock.now(), ports.timings.upstreamProven),
      orderCheck(
        from,
        place,
        between.map((one) => one.slug),
      ),
    ]
  }

  function assemble(
    g: Ground,
    parts: Pick<Plan, 'steps' | 'settings' | 'wayBack' | 'checks' | 'changes'> & { moving: Change[] },
  ): Plan {
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
      strategy: place.placement.strategy,
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
