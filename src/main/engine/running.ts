import type { ConnectionId, RunId } from '../../shared/domain/ids'
import type { Problem } from '../../shared/domain/problem'
import type { Plan, Step } from '../../shared/domain/plan'
import type { RunAnswer, RunEventBody } from '../../shared/domain/run'
import type { Release } from '../../shared/domain/release'
import type { SettingsRevision } from '../../shared/domain/settings'
import type { StepContext, TargetContext } from '../providers/provider'
import type { Place } from './contexts'
import type { EnginePorts } from './engine'
import { ownerOf } from './locks'

/** How others reach a run that is under way. */
export interface Control {
  /** Aborts at once: the run stays journalled and the next start reconciles. */
  leave: AbortController
  /** Ends the waits of the gate, so that the next safe point comes soon. */
  safePoint: AbortController
  stopping: 'safe-point' | 'revert' | null
  /** Where the run waits for an answer. */
  answer: ((answer: RunAnswer) => void) | null
}

export const newControl = (): Control => ({
  leave: new AbortController(),
  safePoint: new AbortController(),
  stopping: null,
  answer: null,
})

/** A run with all that its parts need. */
export interface Running {
  runId: RunId
  plan: Plan
  place: Place
  release: Release | null
  revisions: ReadonlyMap<string, SettingsRevision>
  control: Control
  fence: number
  /** By connection, where it has a lock of its own. */
  fences: ReadonlyMap<string, number>
  /** Hosts left out by `go-on`. */
  excluded: Set<ConnectionId>
  journal(body: RunEventBody): void
}

/** Why a step did not succeed. */
export interface Failure {
  step: Step
  problem: Problem
  unknown: boolean
}

export function contextOf({ place }: Pick<Running, 'place'>, step: Pick<Step, 'targetId'>): TargetContext {
  const context = place.contexts.find((one) => one.target.id === step.targetId)
  if (!context) throw new Error(`the plan names a target that is gone: ${step.targetId}`)
  return context
}

/** What a step may use. Variables are resolved when they are asked for, and not kept. */
export function stepContext(ports: EnginePorts, running: Running, step: Step): StepContext {
  const { plan, runId, release, revisions, fence, fences } = running
  const settings = revisions.get(step.serviceId) ?? null
  return {
    ...contextOf(running, step),
    planId: plan.id,
    runId,
    owner: ownerOf(ports, runId),
    fence: fences.get(step.connectionId) ?? fence,
    release,
    artifact: plan.basis.artifacts[step.serviceId] ?? null,
    settings,
    variables: () => ports.settings.variables(settings),
  }
}
