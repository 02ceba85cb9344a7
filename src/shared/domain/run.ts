import { z } from 'zod'
import {
  Actor,
  AppId,
  CapsuleId,
  EnvironmentId,
  InstallationId,
  PlacementId,
  PlanId,
  ReleaseId,
  RunId,
  StepId,
  TargetId,
  Time,
} from './ids'
import { Phase, PlanKind } from './plan'
import { Problem } from './problem'

export const RunOutcome = z.enum(['succeeded', 'reverted', 'failed', 'unknown'])
export type RunOutcome = z.infer<typeof RunOutcome>

/** What is known of one target after an interruption, by asking its provider. */
export const TargetTruth = z.object({
  targetId: TargetId,
  state: z.enum(['old', 'new', 'both', 'neither', 'unknown']),
  words: z.string(),
})
export type TargetTruth = z.infer<typeof TargetTruth>

/** What an unfinished run's owner may do next. */
export const RunAnswer = z.enum(['retry', 'revert', 'finish', 'leave'])
export type RunAnswer = z.infer<typeof RunAnswer>

const event = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) => z.object({ type: z.literal(type), ...shape })

/** What happened in a run. On disk before it counts; replayed by `applyEvent` on both sides. */
export const RunEventBody = z.discriminatedUnion('type', [
  event('run-started', { fence: z.int().nonnegative(), reason: z.string().nullable() }),
  event('phase-entered', { phase: Phase }),
  event('step-started', { stepId: StepId }),
  /** Before the effect is made. `handle` lets the provider find out later what became of it. */
  event('effect-intended', { stepId: StepId, effect: z.string(), handle: z.json(), undo: z.boolean() }),
  event('effect-settled', {
    stepId: StepId,
    effect: z.string(),
    undo: z.boolean(),
    outcome: z.enum(['done', 'failed', 'unknown']),
    problem: Problem.nullable(),
  }),
  event('step-progress', { stepId: StepId, words: z.string(), done: z.number().nullable(), total: z.number().nullable() }),
  event('step-ended', { stepId: StepId, outcome: z.enum(['succeeded', 'failed', 'unknown']), problem: Problem.nullable() }),
  event('capsule-kept', { capsuleId: CapsuleId }),
  event('asked', { until: Time, answers: z.array(RunAnswer), problem: Problem.nullable() }),
  event('answered', { answer: RunAnswer, actor: Actor.nullable() }),
  event('stop-requested', { mode: z.enum(['safe-point', 'revert']), actor: Actor }),
  event('revert-started', { problem: Problem.nullable() }),
  event('step-undone', { stepId: StepId, outcome: z.enum(['undone', 'failed', 'unknown']), problem: Problem.nullable() }),
  /** Found unfinished at a start: what is so, per target. */
  event('interrupted', { truths: z.array(TargetTruth), answers: z.array(RunAnswer) }),
  event('run-ended', { outcome: RunOutcome, problem: Problem.nullable(), truths: z.array(TargetTruth) }),
])
export type RunEventBody = z.infer<typeof RunEventBody>

export const RunEvent = z.object({
  v: z.literal(1),
  runId: RunId,
  /** Grows by one within a run, from 1. */
  seq: z.int().positive(),
  at: Time,
  body: RunEventBody,
})
export type RunEvent = z.infer<typeof RunEvent>

export const StepState = z.object({
  id: StepId,
  phase: Phase,
  state: z.enum(['waiting', 'running', 'succeeded', 'failed', 'unknown', 'undoing', 'undone', 'undo-failed']),
  startedAt: Time.nullable(),
  endedAt: Time.nullable(),
  words: z.string(),
  done: z.number().nullable(),
  total: z.number().nullable(),
  problem: Problem.nullable(),
  /** Effects whose outcome is not on disk yet. */
  open: z.array(z.string()),
})
export type StepState = z.infer<typeof StepState>

export const Run = z.object({
  v: z.literal(1),
  id: RunId,
  installationId: InstallationId,
  actor: Actor,
  planId: PlanId,
  kind: PlanKind,
  title: z.string(),
  appId: AppId,
  environmentId: EnvironmentId,
  placementId: PlacementId,
  releaseId: ReleaseId.nullable(),
  fromReleaseId: ReleaseId.nullable(),
  startedAt: Time,
  endedAt: Time.nullable(),
  state: z.enum(['running', 'asking', 'reverting', 'interrupted', 'ended']),
  outcome: RunOutcome.nullable(),
  phase: Phase.nullable(),
  steps: z.array(StepState),
  problem: Problem.nullable(),
  truths: z.array(TargetTruth),
  answers: z.array(RunAnswer),
  askedUntil: Time.nullable(),
  stopping: z.enum(['safe-point', 'revert']).nullable(),
  capsuleId: CapsuleId.nullable(),
  fence: z.int().nonnegative(),
  reason: z.string().nullable(),
  holdAfter: z.boolean(),
  /** The last event that is in this state. */
  seq: z.int().nonnegative(),
})
export type Run = z.infer<typeof Run>

function withStep(run: Run, stepId: StepId, change: (step: StepState) => Partial<StepState>): Run {
  return { ...run, steps: run.steps.map((step) => (step.id === stepId ? { ...step, ...change(step) } : step)) }
}

const effectKey = (body: { effect: string; undo: boolean }) => (body.undo ? `undo ${body.effect}` : body.effect)

function applyStep(run: Run, at: number, body: RunEventBody): Run {
  switch (body.type) {
    case 'step-started':
      return withStep(run, body.stepId, () => ({ state: 'running', startedAt: at, endedAt: null, problem: null }))
    case 'effect-intended':
      return withStep(run, body.stepId, (step) => ({
        open: [...step.open.filter((name) => name !== effectKey(body)), effectKey(body)],
        state: body.undo ? 'undoing' : step.state,
      }))
    case 'effect-settled':
      return withStep(run, body.stepId, (step) => ({
        open: body.outcome === 'unknown' ? step.open : step.open.filter((name) => name !== effectKey(body)),
      }))
    case 'step-progress':
      return withStep(run, body.stepId, () => ({ words: body.words, done: body.done, total: body.total }))
    case 'step-ended':
      return withStep(run, body.stepId, () => ({ state: body.outcome, endedAt: at, problem: body.problem }))
    case 'step-undone':
      return withStep(run, body.stepId, () => ({
        state: body.outcome === 'undone' ? 'undone' : body.outcome === 'failed' ? 'undo-failed' : 'unknown',
        endedAt: at,
        problem: body.problem,
      }))
    default:
      return run
  }
}

/** The one reducer: what a run is, given one more event. An event that is already in is left out. */
export function applyEvent(before: Run, { seq, at, body }: RunEvent): Run {
  if (seq <= before.seq) return before
  const run = { ...before, seq }
  switch (body.type) {
    case 'run-started':
      return { ...run, fence: body.fence, reason: body.reason }
    case 'phase-entered':
      return { ...run, phase: body.phase, state: 'running', truths: [], answers: [] }
    case 'capsule-kept':
      return { ...run, capsuleId: body.capsuleId }
    case 'asked':
      return { ...run, state: 'asking', askedUntil: body.until, answers: body.answers, problem: body.problem }
    case 'answered':
      return { ...run, state: body.answer === 'revert' ? 'reverting' : 'running', askedUntil: null, answers: [], stopping: null }
    case 'stop-requested':
      return { ...run, stopping: body.mode }
    case 'revert-started':
      return { ...run, state: 'reverting', problem: body.problem ?? run.problem }
    case 'interrupted':
      return { ...run, state: 'interrupted', truths: body.truths, answers: body.answers }
    case 'run-ended':
      return {
        ...run,
        state: 'ended',
        outcome: body.outcome,
        endedAt: at,
        problem: body.problem ?? run.problem,
        truths: body.truths,
        answers: [],
        askedUntil: null,
      }
    default:
      return applyStep(run, at, body)
  }
}

/** Kept before anything is cleaned up after a failure. Redacted; at most 1 MiB. */
export const Capsule = z.object({
  v: z.literal(1),
  id: CapsuleId,
  runId: RunId,
  at: Time,
  problem: Problem.nullable(),
  evidence: z.array(
    z.object({
      targetId: TargetId,
      instance: z.string(),
      healthAnswers: z.array(z.object({ at: Time, words: z.string() })),
      exit: z.string().nullable(),
      stopReason: z.string().nullable(),
      lastLines: z.array(z.string()),
    }),
  ),
})
export type Capsule = z.infer<typeof Capsule>

/** A line of live output, kept in a file per run. */
export const OutputLine = z.object({ at: Time, stepId: StepId.nullable(), text: z.string() })
export type OutputLine = z.infer<typeof OutputLine>
