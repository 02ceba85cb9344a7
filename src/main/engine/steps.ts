import { LinkLost } from '../../shared/domain/problem'
import type { Phase, Step } from '../../shared/domain/plan'
import type { Session, StepEvent } from '../providers/provider'
import { effectsOf } from './effects'
import type { EnginePorts } from './engine'
import { bake, untilHealthy } from './gate'
import { problemIn } from './looks'
import { stepContext, type Failure, type Running } from './running'
import { Relays } from './relay'
import { artifactOf, transfer } from './transfer'

/** The run was left or asked to stop while a step waited: not a failure. */
export class Interrupted extends Error {}

function work(ports: EnginePorts, running: Running, step: Step, session: Session, relays: Relays): AsyncGenerator<StepEvent> {
  const context = stepContext(ports, running, step)
  const effects = effectsOf(ports, running.runId, step.id, false)
  const { leave, safePoint } = running.control
  const waits = AbortSignal.any([leave.signal, safePoint.signal])
  switch (step.phase) {
    case 'transfer':
      return transfer({ ports, session, context, effects, relays }, step, leave.signal)
    case 'healthy':
      return untilHealthy(ports, step, session, context, waits)
    case 'bake':
      return bake(ports, step, session, context, step.seconds ?? running.plan.bakeSeconds, waits)
    case 'release-command':
    case 'start':
    case 'switch':
    case 'retire':
      return session.apply(step, context, effects, leave.signal)
    default:
      return step.phase satisfies never
  }
}

/** Takes what a step says: progress to the journal when its words change, output to the run's file. */
async function listen(ports: EnginePorts, running: Running, step: Step, events: AsyncGenerator<StepEvent>) {
  let said = ''
  let saidAt = 0
  for await (const event of events) {
    const now = ports.clock.now()
    if (event.type === 'output') {
      ports.outputs.append(running.runId, [{ at: now, stepId: step.id, text: event.text }])
    } else if (event.words !== said || (event.done !== null && now - saidAt >= 1000)) {
      said = event.words
      saidAt = now
      running.journal({ type: 'step-progress', stepId: step.id, words: event.words, done: event.done, total: event.total })
    }
  }
}

/** Applies one step. Answers why it did not succeed, or null. Throws Interrupted when the run was left or is to stop. */
async function applyStep(ports: EnginePorts, running: Running, step: Step, relays: Relays): Promise<Failure | null> {
  const { control } = running
  running.journal({ type: 'step-started', stepId: step.id })
  try {
    const session = await ports.sessions.of(stepContext(ports, running, step).target)
    await listen(ports, running, step, work(ports, running, step, session, relays))
    running.journal({ type: 'step-ended', stepId: step.id, outcome: 'succeeded', problem: null })
    return null
  } catch (error) {
    if (control.leave.signal.aborted) throw new Interrupted('left')
    const waiting = step.phase === 'healthy' || step.phase === 'bake'
    if (control.safePoint.signal.aborted && waiting) throw new Interrupted('safe point')
    const unknown = error instanceof LinkLost
    const why = problemIn(ports, error, step.title)
    ports.outputs.append(running.runId, [{ at: ports.clock.now(), stepId: step.id, text: why.message }])
    running.journal({ type: 'step-ended', stepId: step.id, outcome: unknown ? 'unknown' : 'failed', problem: why })
    return { step, problem: why, unknown }
  }
}

/** Applies all steps of a phase beside each other. All are waited for, whatever becomes of one. */
export async function applyPhase(ports: EnginePorts, running: Running, wave: number, phase: Phase): Promise<Failure[]> {
  const steps = running.plan.steps.filter(
    (step) => step.wave === wave && step.phase === phase && !running.excluded.has(step.connectionId),
  )
  const relays = new Relays(
    phase === 'transfer' ? steps.map((step) => ({ digest: artifactOf(step), connectionId: step.connectionId })) : [],
  )
  const settled = await Promise.allSettled(steps.map((step) => applyStep(ports, running, step, relays)))
  const broken = settled.find((one) => one.status === 'rejected')
  if (broken) throw broken.reason
  return settled.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []))
}

/** Takes one step back. Answers why it could not, or null. */
export async function undoStep(ports: EnginePorts, running: Running, step: Step): Promise<Failure | null> {
  const effects = effectsOf(ports, running.runId, step.id, true)
  try {
    const context = stepContext(ports, running, step)
    const session = await ports.sessions.of(context.target)
    await listen(ports, running, step, session.undo(step, context, effects, running.control.leave.signal))
    running.journal({ type: 'step-undone', stepId: step.id, outcome: 'undone', problem: null })
    return null
  } catch (error) {
    if (running.control.leave.signal.aborted) throw new Interrupted('left')
    const unknown = error instanceof LinkLost
    const why = problemIn(ports, error, `taking back ${step.title}`)
    running.journal({ type: 'step-undone', stepId: step.id, outcome: unknown ? 'unknown' : 'failed', problem: why })
    return { step, problem: why, unknown }
  }
}
