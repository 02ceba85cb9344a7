import { z } from 'zod'
import { CapsuleId, PlacementId, RunId } from '../domain/ids'
import { Guard, Plan } from '../domain/plan'
import { Capsule, OutputLine, Run, RunAnswer, RunEvent } from '../domain/run'
import { call, streamOf } from './base'

export const RunUpdate = z.discriminatedUnion('kind', [
  /** The state as of `run.seq`; events follow. */
  z.object({ kind: z.literal('state'), run: Run }),
  z.object({ kind: z.literal('event'), event: RunEvent }),
])
export type RunUpdate = z.infer<typeof RunUpdate>

export const runs = {
  /** Starts a plan once: its id is the idempotency key, so the same call again answers the same run. */
  start: call.input(Guard).output(Run),
  list: call.input(z.object({ placementId: PlacementId.nullable(), limit: z.int().min(1).max(500) })).output(z.array(Run)),
  /** Every run that is not over, and again when one starts or ends. */
  watchActive: call.output(streamOf(z.array(Run))),
  get: call.input(z.object({ runId: RunId })).output(z.object({ run: Run, plan: Plan })),
  /** Events after `after`; 0 begins with the state. Ends when the run has ended. */
  watch: call.input(z.object({ runId: RunId, after: z.int().nonnegative() })).output(streamOf(RunUpdate)),
  /** Live output from a byte offset of the run's file; each batch says where the next begins. Ends with the run. */
  output: call
    .input(z.object({ runId: RunId, offset: z.int().nonnegative() }))
    .output(streamOf(z.object({ lines: z.array(OutputLine), next: z.int().nonnegative() }))),
  /** Stops at the next safe point, and reverts there if asked to. */
  stop: call.input(z.object({ runId: RunId, mode: z.enum(['safe-point', 'revert']) })).output(z.void()),
  /** Answers a run that asks, or one that was interrupted. */
  answer: call.input(z.object({ runId: RunId, answer: RunAnswer })).output(z.void()),
  capsule: call.input(z.object({ capsuleId: CapsuleId })).output(Capsule),
}
