import { IconAlertTriangle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { Problem } from '../../../shared/domain/problem'
import styles from './notes.module.css'

/** A problem where it happened: what, and what to do next. */
export function ProblemNote({ problem, children }: { problem: Problem; children?: ReactNode }) {
  return (
    <div className={styles['problem']} role="alert">
      <IconAlertTriangle size={17} stroke={1.75} aria-hidden />
      <div className={styles['words']}>
        <div className={styles['message']}>{problem.message}</div>
        {problem.fix && <div className={styles['fix']}>{problem.fix}</div>}
      </div>
      {children}
    </div>
  )
}

/** Where there is nothing: one sentence, one action. */
export function Empty({ icon, title, children }: { icon?: ReactNode; title: string; children?: ReactNode }) {
  return (
    <div className={styles['empty']}>
      {icon}
      <p>{title}</p>
      {children}
    </div>
  )
}

/** A grey block in the shape of what comes. */
export function Bone({ width = '100%', height = 14 }: { width?: number | string; height?: number }) {
  return <span className={styles['bone']} style={{ width, height }} aria-hidden />
}
