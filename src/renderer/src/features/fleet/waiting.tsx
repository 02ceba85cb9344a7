import { IconHelpHexagon } from '@tabler/icons-react'
import type { Run } from '../../../../shared/domain/run'
import { useSession } from '../../client'
import { hashOf } from '../../ui/route'
import { Elapsed } from '../../ui/time'
import styles from './fleet.module.css'

/** Why a run waits, as the end of a sentence that begins with its title. */
export const waitWords = (run: Pick<Run, 'state' | 'stopping'>) =>
  run.state === 'asking'
    ? 'met a failure and asks you what to do'
    : `was ${run.stopping ? 'stopped' : 'interrupted'} and waits for you to decide`

/** Whether only a person can take it further. */
export const waits = (run: Pick<Run, 'state'>) => run.state === 'asking' || run.state === 'interrupted'

/** Runs that only a person can end: nothing else may change their environment until then. */
export function Waiting() {
  const runs = useSession((session) => session.activeRuns)
  const waiting = runs.filter(waits)
  if (waiting.length === 0) return null
  return (
    <div className={styles['waiting']} role="status">
      {waiting.map((run) => (
        <div key={run.id}>
          <IconHelpHexagon size={17} stroke={1.75} aria-hidden />
          <span>
            <strong>{run.title}</strong> {waitWords(run)}.{' '}
            <span className="dim">
              Started <Elapsed from={run.startedAt} to={null} /> ago; nothing else changes there until then.
            </span>
          </span>
          <a href={hashOf(['run', run.id])}>Open the run</a>
        </div>
      ))}
    </div>
  )
}
