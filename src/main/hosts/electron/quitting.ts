import type { QuitMode } from '../../app'

/** The question at quitting with runs under way. Escape changes nothing. */
export function quitQuestion(runs: readonly { title: string }[]) {
  const [first] = runs
  const subject = runs.length === 1 ? `“${first?.title ?? ''}” is under way.` : `${runs.length} runs are under way.`
  return {
    type: 'question' as const,
    title: 'Quit Slipway',
    message: subject,
    detail:
      'Wait ends Slipway when it is over. Revert goes back at the next safe point, then ends. Leave ends now; what was under way is journalled and the next start finds out what became of it.',
    buttons: answers.map((answer) => answer.label),
    defaultId: 0,
    cancelId: answers.length - 1,
    noLink: true,
  }
}

const answers: readonly { label: string; mode: QuitMode | null }[] = [
  { label: 'Wait', mode: 'wait' },
  { label: 'Revert at the next safe point', mode: 'safe-point' },
  { label: 'Leave', mode: 'leave' },
  { label: 'Cancel', mode: null },
]

/** The quit mode of the button that was pressed; null where nothing is to end. */
export const quitAnswer = (button: number): QuitMode | null => answers[button]?.mode ?? null
