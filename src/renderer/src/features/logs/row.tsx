import { IconBookmarkFilled, IconClockExclamation, IconPlugConnectedX, IconRocket } from '@tabler/icons-react'
import { memo } from 'react'
import type { LogRow } from '../../../../shared/domain/log'
import { count, number } from '../../ui/format'
import { LineText } from '../../ui/lines'
import type { LogLine, LogMarker } from './buffer'
import { pieces } from './filter'
import type { SourceLabel } from './labels'
import styles from './logs.module.css'
import { stampIn, type ShownZone } from './look'
import { showSide } from './side'
import { useNewSince } from './since'
import { shapeOf, shows } from '../../ui/shape'

/** Characters of a line that are drawn; the whole of it is copied. */
const drawn = 2000

interface RowProps {
  row: LogRow | undefined
  label: SourceLabel | undefined
  find: RegExp | null
  zone: ShownZone
  /** `+02:00`, where the zones of the lines differ. */
  offset: string
  /** Whether lines that go on with another are left out. */
  folded: boolean
  here: boolean
  kept: boolean
  onOpen: (row: LogLine) => void
}

/** One row of the timeline: a line, a gap that says what is not known, or a deploy. */
export const Row = memo(function Row({ row, label, find, zone, offset, folded, here, kept, onOpen }: RowProps) {
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
          {stampIn(row.at, zone).slice(0, 8)} · {row.words}
        </span>
        <Since row={row} />
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
      <time className={styles['time']}>
        {stampIn(row.at, zone)}
        {offset !== '' && <span className={styles['offset']}>{offset}</span>}
        {row.late && (
          <span className={styles['late']} title="It came late and was put in its place by its own time">
            <IconClockExclamation size={12} stroke={2} aria-hidden />
            <span className="sr">came late</span>
          </span>
        )}
        {kept && <IconBookmarkFilled className={styles['kept']} size={11} role="img" aria-label="bookmarked" />}
      </time>
      <span className={styles['name']} style={{ color: colour }} title={row.instance}>
        {label?.place && <span className={label.guarded ? styles['guarded'] : styles['place']}>{label.place}/</span>}
        {label?.name}
      </span>
      <span className={`${styles['lvl']} ${styles[`lvl-${level}`] ?? ''}`}>{level.toUpperCase()}</span>
      <span className={styles['text']}>
        <Line row={row} find={find} />
        {folded && row.parts > 0 && <span className={styles['parts']}>+{count(row.parts, 'line')}</span>}
        {row.cut > 0 && <span className={styles['cut']}> … {number(row.cut)} bytes cut</span>}
      </span>
    </div>
  )
})

/** Leads to the errors that a deploy brought, and says how many kinds there are once that is known. */
function Since({ row }: { row: LogMarker }) {
  const kinds = useNewSince(row.runId, row.at)
  return (
    <button
      type="button"
      className={`${styles['since']} ${kinds ? styles['brought'] : ''}`}
      onClick={() => showSide({ kind: 'new', runId: row.runId })}
    >
      {kinds === null
        ? 'What is new since this deploy'
        : kinds === 0
          ? 'No new kind of error since this deploy'
          : `${count(kinds, 'new kind')} of error since this deploy`}
    </button>
  )
}

const clipped = (text: string) => (text.length > drawn ? text.slice(0, drawn) : text)

/** What the line says beyond its columns; as it was written where only that holds what was looked for. */
function Line({ row, find }: { row: LogLine; find: RegExp | null }) {
  const shape = shapeOf(row)
  if (find && !shows(shape, find)) return <Found text={clipped(row.text)} find={find} />
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
export function Found({ text, find }: { text: string; find: RegExp | null }) {
  if (!find) return <LineText text={text} />
  return pieces(text, find).map((piece, index) =>
    index % 2 === 1 ? (
      // oxlint-disable-next-line react/no-array-index-key -- pieces of a line never move
      <mark key={index}>
        <LineText text={piece} />
      </mark>
    ) : (
      // oxlint-disable-next-line react/no-array-index-key -- pieces of a line never move
      <LineText key={index} text={piece} />
    ),
  )
}
