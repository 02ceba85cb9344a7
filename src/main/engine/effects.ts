import type { RunId, StepId } from '../../shared/domain/ids'
import { LinkLost } from '../../shared/domain/problem'
import type { Effects } from '../ports'
import type { EnginePorts } from './engine'
import { problemIn } from './looks'

/** The one way to a remote effect: intent durable → crash point → work → crash point → outcome durable. */
export function effectsOf(
  ports: Pick<EnginePorts, 'journal' | 'crashPoint' | 'unexpected'>,
  runId: RunId,
  stepId: StepId,
  undo: boolean,
): Effects {
  const { journal, crashPoint } = ports
  return {
    async do(effect, handle, work) {
      journal.append(runId, { type: 'effect-intended', stepId, effect, handle, undo })
      crashPoint(`effect ${stepId} ${effect} before`)
      try {
        const result = await work()
        crashPoint(`effect ${stepId} ${effect} after`)
        journal.append(runId, { type: 'effect-settled', stepId, effect, undo, outcome: 'done', problem: null })
        return result
      } catch (error) {
        journal.append(runId, {
          type: 'effect-settled',
          stepId,
          effect,
          undo,
          outcome: error instanceof LinkLost ? 'unknown' : 'failed',
          problem: problemIn(ports, error, effect),
        })
        throw error
      }
    },
  }
}
