import { IconPlugConnectedX, IconRocket } from '@tabler/icons-react'
import { memo } from 'react'
import type { LogRow } from '../../../../shared/domain/log'
import { number, stamp } from '../../ui/format'
import { LineText } from '../../ui/lines'
import { shownText } from '../../ui/sgr'
import type { LogLine } from './buffer'
import type { SourceLabel } from './labels'
import styles from './logs.module.css'
import { shapeOf, shows } from '../../ui/shape'

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
  label: SourceLabel | undefined
  find: string
  here: boolean
  onOpen: (row: LogLine) => void
}

/** One row of the timeline: a line, a gap that says what is not known, or a deploy. */
export const Row = memo(function Row({ row, label, find, here, onOpen }: RowProps) {
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
  const colour = `var(--s${label?.colour ?? 0})`
  return (
    // The keyboard opens a line by Enter on the list; a press here is the same by mouse.
    <div
      className={`${styles['row']} ${styles[`is-${level}`] ?? ''} ${label?.guarded ? styles['protected'] : ''} ${here ? styles['here'] : ''}`}
      style={{ borderLeftColor: colour }}
      onClick={() => window.getSelection()?.isCollapsed !== false && onOpen(row)}
    >
      <time className={styles['time']} title={row.late ? 'Put in place late' : undefined}>
        {stamp(row.at)}
        {row.late ? '*' : ''}
      </time>
      <span className={styles['name']} style={{ color: colour }} title={row.instance}>
        {label?.place && <span className={label.guarded ? styles['guarded'] : styles['place']}>{label.place}/</span>}
        {label?.name}
      </span>
      <span className={`${styles['lvl']} ${styles[`lvl-${level}`] ?? ''}`}>{level.toUpperCase()}</span>
      <span className={styles['text']}>
        <Line row={row} find={find} />
        {row.cut > 0 && <span className={styles['cut']}> … {number(row.cut)} bytes cut</span>}
      </span>
    </div>
  )
})

const clipped = (text: string) => (text.length > drawn ? text.slice(0, drawn) : text)

/** What the line says beyond its columns; as it was written where only that holds what was looked for. */
function Line({ row, find }: { row: LogLine; find: string }) {
  const shape = shapeOf(row)
  if (find !== '' && !shows(shape, find)) return <Found text={clipped(row.text)} find={find} />
  return (
    <>
      <Found text={clipped(shape.words)} find={find} />
      {shape.fields.slice(0, 40).map(({ key, value }) => (
        <span key={key} className={styles['field']}>
          {' '}
          <Found text={`${key}=${clipped(value)}`} find={find} />
        </span>
      ))}
    </>
  )
}

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
