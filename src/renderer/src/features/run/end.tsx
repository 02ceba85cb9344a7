import type { Run } from '../../../../shared/domain/run'
import { useSession } from '../../client'
import { hashOf } from '../../ui/route'
import { useRun } from './store'
import styles from './run.module.css'

/** Parts as one sentence. */
const sentence = (parts: readonly string[]) => `${parts.map((part) => part.replace(/\.+$/, '')).join('; ')}.`

/** How it ended: what happened, why, and what it left. */
export function End({ run }: { run: Run }) {
  const environment = useSession((session) => session.environments.find((one) => one.id === run.environmentId))
  const hold = useRun((state) => state.hold)
  if (run.state !== 'ended' || !run.outcome) return null
  const name = environment?.slug ?? 'the environment'
  const whole = run.steps.every((step) => step.state === 'succeeded')
  const sentences = {
    succeeded: whole
      ? `Done: ${name} runs what the plan said.`
      : `${name} runs what the plan said, but not every step was done: look below.`,
    reverted: `Taken back: ${name} runs what it ran before.`,
    failed: `Failed: look at what ${name} runs now.`,
    unknown: `Not known how it ended: Slipway could not read back what ${name} runs.`,
  }
  return (
    <div className={`${styles['end']} ${styles[run.outcome]}`} role="status">
      <strong>{sentences[run.outcome]}</strong>
      {run.problem && (
        <div>
          {run.problem.message} {run.problem.fix}
        </div>
      )}
      {run.truths.length > 0 && <div>{sentence(run.truths.map((truth) => truth.words))}</div>}
      {hold && hold.since >= run.startedAt && (
        <div>{name} is on hold, so that nothing undoes this. Lift the hold on its page when you are ready.</div>
      )}
      <a href={hashOf(['env', run.placementId])}>Open {name}</a>
    </div>
  )
}
