import type { Run } from '../../../../shared/domain/run'
import card from '../../ui/card.module.css'
import { Empty } from '../../ui/problem'
import { hashOf } from '../../ui/route'
import { Age, Elapsed } from '../../ui/time'
import styles from './environment.module.css'
import { Outcome } from './releases'

/** The runs of this placement, newest first. */
export function Runs({ runs }: { runs: readonly Run[] }) {
  if (runs.length === 0) return <Empty title="Nothing has been run here yet." />
  return (
    <ul className={styles['list']}>
      {runs.map((run) => (
        <li key={run.id} className={card['row']}>
          <a className={`${card['grow']} clip`} href={hashOf(['run', run.id])}>
            {run.title}
          </a>
          <span className={card['grow']}>
            <Outcome run={run} />
          </span>
          <span className={`${styles['took']} dim`}>
            <Elapsed from={run.startedAt} to={run.endedAt} />
          </span>
          <span className={`${styles['who']} dim clip`}>{run.actor.name}</span>
          <span className={`${styles['when']} dim`}>
            <Age at={run.startedAt} suffix />
          </span>
        </li>
      ))}
    </ul>
  )
}
