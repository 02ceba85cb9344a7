import type { ReactNode } from 'react'
import type { Health, Tone } from '../../../shared/domain/observation'
import styles from './state.module.css'

export const healthTone: Record<Health, Tone> = { healthy: 'ok', starting: 'warn', unhealthy: 'bad', unknown: 'unknown' }
const healthWords: Record<Health, string> = {
  healthy: 'Healthy',
  starting: 'Starting',
  unhealthy: 'Unhealthy',
  unknown: 'Not known',
}

/** A state as a small shape: round is well, a triangle waits, a square is bad, a hatched ? is not known. */
export function Dot({ tone, words, small }: { tone: Tone; words: string; small?: boolean }) {
  return (
    <span className={`${styles['dot']} ${styles[tone]} ${small ? styles['little'] : ''}`} title={words}>
      <span aria-hidden className={styles['shape']}>
        {tone === 'unknown' ? '?' : ''}
      </span>
      <span className="sr">{words}</span>
    </span>
  )
}

export function HealthDot({ health, small, words }: { health: Health; small?: boolean; words?: string }) {
  return <Dot tone={healthTone[health]} words={words ?? healthWords[health]} {...(small ? { small } : {})} />
}

/** A word in a rounded field, in the colour of its state. */
export function Pill({
  tone = 'plain',
  icon,
  children,
}: {
  tone?: Tone | 'accent' | 'protected'
  icon?: ReactNode
  children: ReactNode
}) {
  return (
    <span className={`${styles['pill']} ${styles[`pill-${tone}`]}`}>
      {icon}
      <span className="clip">{children}</span>
    </span>
  )
}
