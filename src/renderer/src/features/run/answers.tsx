import type { Run, RunAnswer } from '../../../../shared/domain/run'
import { Button } from '../../ui/button'
import { duration } from '../../ui/format'
import { Dot } from '../../ui/state'
import { useNow } from '../../ui/time'
import { useRun } from './store'
import styles from './run.module.css'

const labels: Record<RunAnswer, string> = { retry: 'Try again', revert: 'Go back', finish: 'Finish', leave: 'Leave as it is' }
const meanings: Record<RunAnswer, string> = {
  retry: 'does the failed step once more',
  revert: 'takes the finished steps back, last one first',
  finish: 'does the steps that are left',
  leave: 'ends the run and changes nothing more',
}
const truthWords = {
  old: 'the old version',
  new: 'the new version',
  both: 'both versions',
  neither: 'nothing',
  unknown: 'not known',
}

const truthTones = { old: 'plain', new: 'ok', both: 'warn', neither: 'bad', unknown: 'unknown' } as const

/** What a run asks, or what an interrupted one found and may do next. */
export function Answers({ run }: { run: Run }) {
  const { busy, answer } = useRun()
  if ((run.state !== 'asking' && run.state !== 'interrupted') || run.answers.length === 0) return null
  return (
    <section className={styles['ask']} aria-label="What next?">
      <strong>
        {run.state === 'asking'
          ? 'Something failed. What next?'
          : `This run was ${run.stopping ? 'stopped' : 'interrupted'}. This is what is so now:`}
      </strong>
      {run.state === 'asking' && run.problem && (
        <div>
          {run.problem.message} {run.problem.fix}
        </div>
      )}
      {run.state === 'asking' && run.askedUntil !== null && <Countdown until={run.askedUntil} />}
      {run.truths.length > 0 && (
        <ul className={styles['truths']}>
          {run.truths.map((truth) => (
            <li key={truth.targetId}>
              <Dot tone={truthTones[truth.state]} words={truthWords[truth.state]} />
              <span>{truth.words}</span>
            </li>
          ))}
        </ul>
      )}
      <div className={styles['choices']}>
        {run.answers.map((one) => (
          <Button
            key={one}
            busy={busy}
            tone={one === 'finish' || one === 'retry' ? 'primary' : 'plain'}
            title={meanings[one]}
            onClick={() => void answer(one)}
          >
            {labels[one]}
          </Button>
        ))}
      </div>
      <div className="dim">{run.answers.map((one) => `${labels[one]} ${meanings[one]}`).join('; ')}.</div>
    </section>
  )
}

function Countdown({ until }: { until: number }) {
  const left = Math.max(0, until - useNow())
  return <div>Without an answer it goes back in {duration(Math.floor(left / 1000) * 1000)}.</div>
}
