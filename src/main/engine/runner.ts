import { servingArtifact, type Observation } from '../../shared/domain/observation'
import { phases, type Phase } from '../../shared/domain/plan'
import type { Problem } from '../../shared/domain/problem'
import type { Run, RunAnswer, RunOutcome, TargetTruth } from '../../shared/domain/run'
import { shortDigest } from '../../shared/domain/artifact'
import { keepCapsule } from './capsule'
import type { EnginePorts } from './engine'
import type { Looks } from './looks'
import { readBack } from './read-back'
import { type Failure, type Running } from './running'
import { Interrupted, applyPhase, undoStep } from './steps'
import { problem } from './text'
import { truthOf } from './truth'

/** How a run came to rest. `paused` keeps its lock: it waits for an answer. */
export type Rest = { ended: RunOutcome; problem: Problem | null } | 'paused' | 'left'

type Decision = 'retry' | 'go-on' | 'revert' | 'pause'

/** Phases that leave something to take back, in the order of taking back. */
const undoable: readonly Phase[] = ['retire', 'switch', 'start']

/** The lock is somebody else's by now: neither forward nor back is ours to go. */
const passedBy = ({ problem: why }: Failure) => why.code === 'fence-passed'

/** What a run at rest can do next. Once an old instance may be gone there is no way back within the run: a roll back is a run of its own. */
export function answersAtRest(run: Run): RunAnswer[] {
  const retiring = run.steps.some((step) => step.phase === 'retire' && step.state !== 'waiting')
  if (retiring) return ['finish', 'leave']
  return run.state === 'reverting' ? ['revert', 'finish', 'leave'] : ['finish', 'revert', 'leave']
}

/** Carries out plans: phase by phase, every target through one before any enters the next. */
export function createRunner(ports: EnginePorts, looks: Looks) {
  /** Wave after wave, and in each the phases that it has, in their order. */
  const planned = ({ plan }: Running) =>
    [...new Set(plan.steps.map((step) => step.wave))]
      .toSorted((a, b) => a - b)
      .flatMap((wave) =>
        phases
          .filter((phase) => plan.steps.some((step) => step.wave === wave && step.phase === phase))
          .map((phase) => ({ wave, phase })),
      )

  async function truths(running: Running): Promise<{ truths: TargetTruth[]; observations: Map<string, Observation> }> {
    const ids = new Set(running.plan.steps.map((step) => step.targetId))
    const contexts = running.place.contexts.filter((context) => ids.has(context.target.id))
    const observations = await looks.look(contexts, running.control.leave.signal)
    return {
      observations,
      truths: contexts.flatMap((context) => {
        const observation = observations.get(context.target.id)
        return observation ? [truthOf(running.plan, context, observation)] : []
      }),
    }
  }

  async function pause(running: Running): Promise<Rest> {
    const run = ports.journal.run(running.runId)
    running.journal({ type: 'interrupted', truths: (await truths(running)).truths, answers: run ? answersAtRest(run) : [] })
    return 'paused'
  }

  function end(running: Running, outcome: RunOutcome, why: Problem | null, found: TargetTruth[]): Rest {
    running.journal({ type: 'run-ended', outcome, problem: why, truths: found })
    return { ended: outcome, problem: why }
  }

  /** What becomes of a failure, by the placement's own rule. */
  async function decide(running: Running, phase: Phase, failures: readonly Failure[]): Promise<Decision> {
    const { plan, control, excluded } = running
    if (failures.some(passedBy)) return 'pause'
    if (failures.some((failure) => failure.unknown)) {
      return (await readBack(ports, running, failures)) ? 'retry' : 'pause'
    }
    if (plan.onFailure.rule === 'go-on') {
      const hosts = new Set(plan.steps.map((step) => step.connectionId))
      const lost = new Set([...excluded, ...failures.map((failure) => failure.step.connectionId)])
      if (hosts.size - lost.size >= plan.onFailure.quorum) {
        await keepCapsule(ports, running, failures)
        for (const step of plan.steps.toReversed())
          if (lost.has(step.connectionId) && !excluded.has(step.connectionId)) await undoStep(ports, running, step)
        for (const host of lost) excluded.add(host)
        return 'go-on'
      }
    }
    if (plan.onFailure.rule !== 'ask' || control.stopping) return 'revert'
    await keepCapsule(ports, running, failures)
    const until = ports.clock.now() + ports.timings.askTimeout
    running.journal({ type: 'asked', until, answers: ['retry', 'revert'], problem: failures[0]?.problem ?? null })
    const answer = await answerOf(running, until)
    running.journal({ type: 'answered', answer, actor: null })
    if (answer === 'retry') running.journal({ type: 'phase-entered', phase })
    return answer === 'retry' ? 'retry' : 'revert'
  }

  async function answerOf(running: Running, until: number): Promise<RunAnswer> {
    const { control } = running
    const over = new AbortController()
    const answered = new Promise<RunAnswer>((resolve) => (control.answer = resolve))
    const waits = AbortSignal.any([control.leave.signal, control.safePoint.signal, over.signal])
    const late = ports.clock.sleep(until - ports.clock.now(), waits).then(
      (): RunAnswer => 'revert',
      (): RunAnswer => 'revert',
    )
    const answer = await Promise.race([answered, late])
    over.abort()
    control.answer = null
    if (control.leave.signal.aborted) throw new Interrupted('left')
    return answer
  }

  async function revert(running: Running, failures: readonly Failure[]): Promise<Rest> {
    const { plan } = running
    if (failures.length > 0 && !ports.journal.run(running.runId)?.capsuleId) await keepCapsule(ports, running, failures)
    running.journal({ type: 'revert-started', problem: failures[0]?.problem ?? null })
    const stuck: Failure[] = []
    const begun = new Set(ports.journal.run(running.runId)?.steps.flatMap((step) => (step.state === 'waiting' ? [] : [step.id])))
    // Phase by phase over all waves: no new one is taken away before all traffic is back. Within a phase the last wave goes first.
    for (const phase of undoable) {
      for (const wave of [...new Set(plan.steps.map((step) => step.wave))].toSorted((a, b) => b - a)) {
        // Where the traffic could not be moved back, the new ones serve: they must not be taken away.
        const lost = new Set(stuck.map((one) => one.step.targetId))
        const steps = plan.steps.filter(
          (step) => step.wave === wave && step.phase === phase && begun.has(step.id) && !lost.has(step.targetId),
        )
        const undone = await Promise.all(steps.map((step) => undoStep(ports, running, step)))
        stuck.push(...undone.filter((one) => one !== null))
      }
    }
    if (stuck.some(passedBy)) return pause(running)
    const found = (await truths(running)).truths
    const reason = failures[0]?.problem ?? ports.journal.run(running.runId)?.problem ?? null
    if (stuck.some((one) => one.unknown) || found.some((one) => one.state === 'unknown'))
      return end(running, 'unknown', reason, found)
    const back = found.every((one) => one.state === 'old')
    if (stuck.length > 0 || !back) {
      const incomplete = problem('undo-incomplete', {
        steps:
          stuck.length > 0
            ? stuck.map((one) => one.step.title)
            : found.filter((one) => one.state !== 'old').map((one) => one.words),
      })
      return end(running, 'failed', incomplete.problem, found)
    }
    return end(running, 'reverted', reason, found)
  }

  /** The identity is read back from what runs before the run counts as a success. */
  async function finish(running: Running): Promise<Rest> {
    const { plan, excluded } = running
    const { truths: found, observations } = await truths(running)
    if (found.some((one) => one.state === 'unknown')) return pause(running)
    for (const change of plan.changes) {
      const observation = observations.get(change.targetId)
      const runs = observation ? servingArtifact(observation) : null
      const wanted = plan.kind === 'stop' ? null : change.to.digest
      if (excluded.size === 0 && change.instances > 0 && runs !== wanted) {
        const why = problem('not-as-planned', {
          service: change.slug,
          wanted: wanted ? shortDigest(wanted) : 'nothing',
          found: runs ? shortDigest(runs) : 'something else',
        })
        return end(running, 'failed', why.problem, found)
      }
    }
    const mixed = excluded.size > 0 ? problem('mixed-fleet', { hosts: found.map((one) => one.words) }).problem : null
    return end(running, 'succeeded', mixed, found)
  }

  async function forward(running: Running): Promise<Rest> {
    const { control } = running
    for (const { wave, phase } of planned(running)) {
      for (;;) {
        if (control.stopping && phase !== 'retire') return control.stopping === 'revert' ? revert(running, []) : pause(running)
        running.journal({ type: 'phase-entered', phase })
        const failures = await applyPhase(ports, running, wave, phase)
        // The old ones are going already: the new ones serve, and what is left over is named by the look at the end.
        if (failures.length === 0 || (phase === 'retire' && !failures.some((one) => one.unknown || passedBy(one)))) break
        const decision = await decide(running, phase, failures)
        if (decision === 'pause') return pause(running)
        if (decision === 'revert') return revert(running, failures)
        if (decision === 'go-on') break
      }
    }
    return finish(running)
  }

  /** Runs until the run ends, waits or is left. */
  async function carryOut(running: Running, way: 'forward' | 'revert'): Promise<Rest> {
    const { control } = running
    for (;;) {
      try {
        return way === 'forward' ? await forward(running) : await revert(running, [])
      } catch (error) {
        if (control.leave.signal.aborted) return 'left'
        if (!(error instanceof Interrupted)) throw error
        if (control.stopping === 'revert') return revert(running, [])
        return pause(running)
      }
    }
  }

  return { carryOut, truths }
}
