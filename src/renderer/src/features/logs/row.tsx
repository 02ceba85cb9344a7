import { IconPlugConnectedX, IconRocket } from '@tabler/icons-react'
import { memo } from 'react'
import type { LogRow } from '../../../../shared/domain/log'
import { number, stamp } from '../../ui/format'
import { LineText } from '../../ui/lines'
import { shownText } from '../../ui/sgr'
import styles from './logs.module.css'

/** Characters of a line that are drawn; the whole of it is copied. */
const drawn = 2000

/** The rows as text, as they are shown. */
export function copyText(rows: readonly LogRow[]) {
  return rows
    .map((row) =>
      row.kind === 'line'
        ? `${new Date(row.at).toISOString()} ${row.instance} ${row.level ?? ''} ${shownText(row.text)}`
        : `${new Date(row.at).toISOString()} -- ${row.words}`,
    )
    .join('\n')
}

interface RowProps {
  row: LogRow | undefined
  name: string
  colour: number
  find: string
  here: boolean
}

/** One row of the timeline: a line, a gap that says what is not known, or a deploy. */
export const Row = memo(function Row({ row, name, colour, find, here }: RowProps) {
  if (!row) return <div className={styles['row']} />
  if (row.kind === 'gap') {
    return (
      <div className={`${styles['row']} ${styles['gap']}`}>
        <IconPlugConnectedX size={14} stroke={1.75} aria-hidden />
        <span className="clip">
          {row.words}
          {row.dropped > 0 ? ` (${number(row.dropped)} lines)` : ''}
        </span>
      </div>
    )
  }
  if (row.kind === 'marker') {
    return (
      <div className={`${styles['row']} ${styles['marker']}`}>
        <IconRocket size={14} stroke={1.75} aria-hidden />
        <span className="clip">
          {stamp(row.at).slice(0, 8)} · {row.words}
        </span>
      </div>
    )
  }
  const level = row.level ?? ''
  return (
    <div
      className={`${styles['row']} ${styles[`is-${level}`] ?? ''} ${here ? styles['here'] : ''}`}
      style={{ borderLeftColor: `var(--s${colour})` }}
    >
      <time className={styles['time']} title={row.late ? 'Put in place late' : undefined}>
        {stamp(row.at)}
        {row.late ? '*' : ''}
      </time>
      <span className={styles['name']} style={{ color: `var(--s${colour})` }} title={row.instance}>
        {name}
      </span>
      <span className={`${styles['lvl']} ${styles[`lvl-${level}`] ?? ''}`}>{level.toUpperCase()}</span>
      <span className={styles['text']}>
        <Found text={row.text.length > drawn ? row.text.slice(0, drawn) : row.text} find={find} />
        {row.cut > 0 && <span className={styles['cut']}> … {number(row.cut)} bytes cut</span>}
      </span>
    </div>
  )
})

/** The text with what was looked for marked. */
function Found({ text, find }: { text: string; find: string }) {
  const at = find === '' ? -1 : text.toLowerCase().indexOf(find.toLowerCase())
  if (at < 0) return <LineText text={text} />
  return (
    <>
      <LineText text={text.slice(0, at)} />
      <mark>
        <LineText text={text.slice(at, at + find.length)} />
      </mark>
      <LineText text={text.slice(at + find.length)} />
    </>
  )
}
