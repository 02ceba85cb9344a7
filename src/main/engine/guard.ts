import { stops } from '../../shared/domain/check'
import { freezeAt, type Environment } from '../../shared/domain/environment'
import { planLifetimeMs, type Guard, type Plan, type PlanBasis } from '../../shared/domain/plan'
import { canonical } from './canonical'
import type { PlanRequest } from './ground'
import { problem } from './text'

/** What a start must bring, against the plan that it names. Throws the problem in the way. */
export function mustPass(guard: Guard, plan: Plan, environment: Environment, now: number): void {
  if (guard.fingerprint !== plan.fingerprint) throw problem('plan-other', {})
  if (now > plan.expiresAt) throw problem('plan-expired', { minutes: planLifetimeMs / 60_000 })
  const blocking = plan.checks.filter((check) => stops(check, environment))
  if (blocking.length > 0) throw problem('plan-blocked', { checks: blocking.map((check) => check.message) })
  if (environment.protected && guard.typedName !== environment.slug) throw problem('name-differs', { name: environment.slug })
  const freeze = freezeAt(environment, now)
  if (freeze && !guard.reason?.trim()) throw problem('reason-missing', { freeze: freeze.reason })
}

/** The question that a plan answered, to ask it again. */
export function requestOf(plan: Plan): PlanRequest {
  const { kind, placementId, releaseId, fromPlacementId } = plan
  switch (kind) {
    case 'promote':
      if (!fromPlacementId) break
      return { kind, from: fromPlacementId, to: placementId }
    case 'deploy':
    case 'roll-back':
      if (!releaseId) break
      return { kind, placementId, releaseId }
    case 'scale': {
      const change = plan.changes[0]
      if (!change) break
      return { kind, placementId, serviceId: change.serviceId, instances: change.instances }
    }
    case 'restart':
    case 'stop':
    case 'start':
    case 'apply-settings':
      return { kind, placementId }
    default:
      return kind satisfies never
  }
  throw problem('plan-other', {})
}

const parts: Record<keyof PlanBasis, string> = {
  kind: 'the kind of change',
  placementId: 'the placement',
  fromPlacementId: 'where it comes from',
  artifacts: 'the release to bring',
  observed: 'what runs',
  identities: 'who answers on a connection',
  settingsRevisions: 'the settings',
  targets: 'the targets',
  policy: 'the policy of the environment',
  hold: 'the hold',
  steps: 'the steps',
}

/** Names what differs between two answers to the same question. Throws `plan-stale` where anything does, or a new block came. */
export function mustBeFresh(plan: Plan, again: Plan, environment: Environment): void {
  const keys = Object.keys(parts) as (keyof PlanBasis)[]
  const moved = keys.filter((key) => canonical(plan.basis[key]) !== canonical(again.basis[key])).map((key) => parts[key])
  const blocks = again.checks
    .filter((check) => stops(check, environment))
    .map(({ message, detail }) => (detail ? `${message.replace(/\.$/, '')} (${detail})` : message))
  if (moved.length + blocks.length > 0) throw problem('plan-stale', { moved: [...moved, ...blocks] })
}
