import type { EnginePorts } from './engine'
import { stepContext, type Failure, type Running } from './running'

interface OpenEffect {
  effect: string
  undo: boolean
  handle: Parameters<import('../providers/provider').Session['resume']>[2]
}

/** Effects of a step whose outcome is not on disk, with the handles that were written before them. */
export function openEffects(ports: EnginePorts, running: Pick<Running, 'runId'>, stepId: string): OpenEffect[] {
  const open = new Map<string, OpenEffect>()
  for (const { body } of ports.journal.events(running.runId, 0)) {
    if (body.type === 'effect-intended' && body.stepId === stepId) {
      open.set(`${body.undo} ${body.effect}`, { effect: body.effect, undo: body.undo, handle: body.handle })
    }
    if (body.type === 'effect-settled' && body.stepId === stepId && body.outcome !== 'unknown')
      open.delete(`${body.undo} ${body.effect}`)
  }
  return [...open.values()]
}

/** Asks the providers what became of a step's open effects, and writes it down. Answers whether all are known now. */
export async function settleOpen(ports: EnginePorts, running: Running, stepId: string, signal: AbortSignal): Promise<boolean> {
  const step = running.plan.steps.find((one) => one.id === stepId)
  if (!step) return true
  let known = true
  for (const { effect, undo, handle } of openEffects(ports, running, stepId)) {
    const context = stepContext(ports, running, step)
    const became = await ports.sessions
      .of(context.target)
      .then((session) => (step.phase === 'transfer' ? 'not-done' : session.resume(step, effect, handle, context, signal)))
      .catch(() => 'unknown' as const)
    if (became === 'unknown') known = false
    else
      running.journal({
        type: 'effect-settled',
        stepId: step.id,
        effect,
        undo,
        outcome: became === 'done' ? 'done' : 'failed',
        problem: null,
      })
  }
  return known
}

/** Whether the target of a step that only watches can be asked again: nothing else tells that its link is back. */
async function canBeAsked(ports: EnginePorts, running: Running, { step }: Failure, signal: AbortSignal): Promise<boolean> {
  if (step.phase !== 'healthy' && step.phase !== 'bake') return true
  const context = stepContext(ports, running, step)
  const answers = await ports.sessions
    .of(context.target)
    .then((session) => session.probe(step, context, signal))
    .catch(() => [])
  return answers.length > 0 && answers.every((answer) => answer.known)
}

/** Waits for a lost link, within the engine's patience, and reads back what became of the steps. */
export async function readBack(ports: EnginePorts, running: Running, failures: readonly Failure[]): Promise<boolean> {
  const { clock, timings } = ports
  const { leave, safePoint } = running.control
  const signal = AbortSignal.any([leave.signal, safePoint.signal])
  const end = clock.now() + timings.linkPatience
  for (let wait = 500; ; wait = Math.min(wait * 2, 5_000)) {
    const known = await Promise.all(
      failures.map(
        async (failure) =>
          (await settleOpen(ports, running, failure.step.id, signal)) && (await canBeAsked(ports, running, failure, signal)),
      ),
    )
    if (known.every(Boolean)) return true
    if (signal.aborted || clock.now() >= end) return false
    await clock.sleep(wait, signal).catch(() => {})
  }
}
