import type { Check } from '../../shared/domain/check'
import { freezeAt } from '../../shared/domain/environment'
import type { Observation } from '../../shared/domain/observation'
import { allowedOnHold, type PlanKind, type SettingsDifference, type WayBack } from '../../shared/domain/plan'
import { shortDigest, type Digest } from '../../shared/domain/artifact'
import type { Change, TargetContext } from '../providers/provider'
import type { Place } from './contexts'
import type { EnginePorts } from './engine'
import type { Whereabouts } from './whereabouts'

const check = (id: string, outcome: Check['outcome'], message: string, detail = '', more: Partial<Check> = {}): Check => ({
  id,
  source: 'workspace',
  targetId: null,
  outcome,
  message,
  detail,
  fix: null,
  ...more,
})

/** Hold, freeze and lock: what people decided about this placement. */
export function policyChecks({ lock, clock }: Pick<EnginePorts, 'lock' | 'clock'>, place: Place, kind: PlanKind): Check[] {
  const { placement, environment, app } = place
  const freeze = freezeAt(environment, clock.now())
  const holder = lock.holder(placement.id)
  return [
    placement.hold && !allowedOnHold.includes(kind)
      ? check('hold', 'block', `${app.slug} is on hold in ${environment.slug}`, placement.hold.reason, {
          fix: { kind: 'lift-hold', label: 'Lift the hold' },
        })
      : check('hold', 'pass', placement.hold ? 'The hold lets this pass' : 'No hold', placement.hold?.reason ?? ''),
    freeze
      ? check('freeze', 'warn', `${environment.slug} is frozen now`, `${freeze.reason}. A reason is asked for.`)
      : check('freeze', 'pass', 'No freeze'),
    holder
      ? check('lock', 'block', 'Another run holds this placement', `Started by ${holder.actor.name} on ${holder.actor.machine}`, {
          fix: { kind: 'open-run', label: 'Open the run', runId: holder.runId },
        })
      : check('lock', 'pass', 'Lock is free'),
  ]
}

/** Whether the target is the one that this environment belongs to, and answers. */
export function identityChecks(context: TargetContext, observation: Observation): Check[] {
  const { target, service } = context
  if (observation.state === 'unreachable') {
    const why = observation.problem?.message ?? 'It did not answer in time.'
    return [check('observed', 'unknown', `${service.slug} could not be looked at`, why, { targetId: target.id })]
  }
  const moved = Object.entries(target.pinnedIdentities).filter(([connection, pinned]) => {
    const found = observation.identities[connection]
    return found !== undefined && found !== pinned
  })
  if (moved.length > 0) {
    const [connection, pinned] = moved[0] ?? ['', '']
    return [
      check(
        'identity',
        'block',
        `${service.slug} would go to another place than this environment belongs to`,
        `Pinned ${pinned}, found ${observation.identities[connection]}`,
        { targetId: target.id },
      ),
    ]
  }
  const serving = new Set(observation.instances.filter((one) => one.serving).map((one) => one.artifact))
  return [
    check('identity', 'pass', 'The target is the one that this environment belongs to', '', { targetId: target.id }),
    serving.size > 1
      ? check('mixed', 'warn', `${service.slug} runs ${serving.size} versions now`, 'After this run it should be one.', {
          targetId: target.id,
        })
      : check('mixed', 'pass', 'One version runs now', '', { targetId: target.id }),
  ]
}

/** Whether an artifact exists and the provider takes its kind. */
export async function artifactCheck(
  ports: EnginePorts,
  context: TargetContext,
  digest: Digest,
  whereabouts: Whereabouts,
): Promise<Check> {
  const { target, service } = context
  const provider = ports.providers.get(target.provider)
  const accepts = provider?.accepts ?? []
  if (!provider)
    return check('artifact', 'block', `No provider ${target.provider} is installed`, service.slug, { targetId: target.id })
  if (!accepts.includes(service.artifactKind)) {
    return check(
      'artifact',
      'block',
      `${provider.name} does not take what ${service.slug} is`,
      `${service.slug} is a ${service.artifactKind}; ${provider.name} takes ${accepts.join(', ')}.`,
      { targetId: target.id },
    )
  }
  const where = await whereabouts.of(context, digest)
  return where
    ? check('artifact', 'pass', `The artifact of ${service.slug} is ${placeWords[where.kind]}`, shortDigest(digest), {
        targetId: target.id,
      })
    : check(
        'artifact',
        'block',
        `The artifact of ${service.slug} is nowhere any more`,
        `${shortDigest(digest)} was removed. Make the release again from its source.`,
        { targetId: target.id },
      )
}

const placeWords = { store: 'stored', ready: 'where it runs already', host: 'on a host of this app', registry: 'in its registry' }

/** Whether the provider can bring the hosts over in the way that the placement asks for. */
export function strategyChecks(ports: EnginePorts, { target, service, strategy }: Change): Check[] {
  const provider = ports.providers.get(target.provider)
  if (strategy.kind === 'all' || !provider || provider.strategies?.includes(strategy.kind)) return []
  return [
    check(
      'strategy',
      'block',
      `${provider.name} cannot bring ${service.slug} over by ${strategy.kind}`,
      'Choose all at once in the policy of this environment.',
      { targetId: target.id },
    ),
  ]
}

/** Whether what is promoted has proven itself where it comes from. */
export function upstreamCheck(from: Place, observations: Iterable<Observation>, now: number, proven: number): Check {
  const { name } = from.environment
  const serving = [...observations].flatMap((observation) => observation.instances.filter((one) => one.serving))
  const sick = serving.filter((one) => one.health !== 'healthy')
  if (serving.length === 0 || sick.length > 0) {
    const why = sick[0] ? `${sick[0].id}: ${sick[0].detail}` : 'Nothing serves there.'
    return check('upstream', 'warn', `${name} is not healthy now`, why)
  }
  const since = serving.map((one) => one.healthySince)
  if (since.some((at) => at === null))
    return check('upstream', 'warn', `${name} is healthy now`, 'Since when is not known: nobody watched before.')
  const newest = Math.max(...since.map((at) => at ?? now))
  const seconds = Math.max(0, Math.round((now - newest) / 1000))
  return now - newest >= proven
    ? check('upstream', 'pass', `${name} has been healthy for ${span(seconds)}`)
    : check(
        'upstream',
        'warn',
        `${name} has been healthy for ${span(seconds)} only`,
        `Less than ${span(proven / 1000)} says little.`,
      )
}

/** Seconds as people say them. */
export function span(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`
}

/** What the settings and the way back say. */
export function readinessChecks(
  settings: readonly SettingsDifference[],
  wayBack: WayBack,
  needsWayBack: boolean,
  from: string | null,
): Check[] {
  const missing = settings.flatMap((one) => one.missing)
  return [
    missing.length > 0
      ? check(
          'settings',
          'warn',
          missing.length === 1 ? 'A setting is missing' : `${missing.length} settings are missing`,
          `${missing.join(', ')}: the release may fall back to its own default`,
          {
            fix: { kind: 'copy-settings', label: from ? `Copy from ${from}` : 'Copy them', keys: missing },
          },
        )
      : check('settings', 'pass', 'No setting is missing'),
    wayBack.releaseId || !needsWayBack
      ? check('way-back', 'pass', 'A way back exists')
      : check('way-back', 'warn', 'There is no way back', wayBack.route),
  ]
}

/** A promote that leaves out an environment in between. */
export function orderCheck(from: Place, to: Place, between: readonly string[]): Check {
  if (from.environment.position > to.environment.position) {
    return check('order', 'warn', `This goes backwards: ${from.environment.slug} comes after ${to.environment.slug}`)
  }
  return between.length > 0
    ? check('order', 'warn', `This leaves out ${between.join(', ')}`, 'What was not tried there is tried here first.')
    : check('order', 'pass', 'Next in the order of promotion')
}

/** There is nothing to do. */
export const idleCheck = (place: Place, words: string): Check =>
  check('change', 'warn', `Nothing changes: ${place.environment.slug} already runs this`, words)
