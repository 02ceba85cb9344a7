import { useMemo } from 'react'
import { segmentsOf } from './sgr'
import styles from './lines.module.css'

/** A line from outside, as text: only its colours are interpreted, other control characters are made visible. */
export function LineText({ text }: { text: string }) {
  const segments = useMemo(() => segmentsOf(text), [text])
  return segments.map((segment, index) => {
    const names = [
      segment.colour !== null && styles[`c${segment.colour}`],
      segment.bold && styles['bold'],
      segment.dim && styles['faint'],
    ]
      .filter(Boolean)
      .join(' ')
    // oxlint-disable-next-line react/no-array-index-key -- segments of a line never move
    return names ? (
      <span key={index} className={names}>
        {segment.text}
      </span>
    ) : (
      segment.text
    )
  })
}
