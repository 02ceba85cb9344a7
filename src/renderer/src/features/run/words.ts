import type { Tone } from '../../../../shared/domain/observation'
import type { Run, StepState } from '../../../../shared/domain/run'

/** The state of a run as a word and its colour. */
export function stateWords(run: Pick<Run, 'state' | 'outcome' | 'stopping'>): { tone: Tone | 'accent'; words: string } {
  switch (run.state) {
    case 'running':
      return { tone: 'accent', words: 'Running' }
    case 'asking':
      return { tone: 'warn', words: 'Asks you' }
    case 'reverting':
      return { tone: 'warn', words: 'Going back' }
    case 'interrupted':
      return { tone: 'unknown', words: run.stopping ? 'Stopped' : 'Interrupted' }
    case 'ended':
      return outcomeWords(run.outcome)
    default:
      return run.state satisfies never
  }
}

function outcomeWords(outcome: Run['outcome']): { tone: Tone; words: string } {
  switch (outcome) {
    case 'succeeded':
      return { tone: 'ok', words: 'Succeeded' }
    case 'reverted':
      return { tone: 'warn', words: 'Taken back' }
    case 'failed':
      return { tone: 'bad', words: 'Failed' }
    case 'unknown':
    case null:
      return { tone: 'unknown', words: 'Not known' }
    default:
      return outcome satisfies never
  }
}

/** A step as it is shown: one that a stop cut short neither goes on nor ended. */
export type ShownStep = StepState['state'] | 'cut' | 'unreached'

/** What a step's state means for a run that still goes, rests or is over. */
export function shownStep(run: Pick<Run, 'state'>, step: Pick<StepState, 'state'>): ShownStep {
  const rests = run.state === 'ended' || run.state === 'interrupted'
  if (rests && (step.state === 'running' || step.state === 'undoing')) return 'cut'
  if (run.state === 'ended' && step.state === 'waiting') return 'unreached'
  return step.state
}

const steps: Record<ShownStep, string> = {
  waiting: 'waiting',
  running: 'running',
  succeeded: 'done',
  failed: 'failed',
  unknown: 'not known',
  undoing: 'going back',
  undone: 'taken back',
  'undo-failed': 'could not be taken back',
  cut: 'cut short',
  unreached: 'not reached',
}
export const stepWords = (state: ShownStep) => steps[state]
