import { useCallback, useEffect, useRef, type KeyboardEvent, type WheelEvent } from 'react'
import { Virtuoso, type VirtuosoHandle } from 'react-virtuoso'
import type { LogRow } from '../../../../shared/domain/log'
import type { OutputLine } from '../../../../shared/domain/run'
import { stamp } from '../../ui/format'
import { LineText } from '../../ui/lines'
import { shapeOf } from '../../ui/shape'
import { useRun } from './store'
import styles from './run.module.css'

const outputLine = (_: number, line: OutputLine) => (
  <div className={styles['line']}>
    <time>{stamp(line.at)}</time>
    <span className={styles['text']}>
      <LineText text={line.text} />
    </span>
  </div>
)

function TailRow({ row, prefix }: { row: LogRow; prefix: string }) {
  if (row.kind !== 'line') {
    return (
      <div className={`${styles['line']} ${styles['mark']}`}>
        <time>{stamp(row.at)}</time>
        <span className={styles['text']}>{row.words}</span>
      </div>
    )
  }
  const { words, fields } = shapeOf(row)
  return (
    <div
      className={`${styles['line']} ${row.level === 'error' || row.level === 'fatal' ? styles['error'] : ''}`}
      title={row.text}
    >
      <time>{stamp(row.at)}</time>
      <span className={styles['instance']}>
        {row.instance.startsWith(prefix) ? row.instance.slice(prefix.length) : row.instance}
      </span>
      <span className={styles['text']}>
        <LineText text={words} />
        {fields.length > 0 && <span className="dim"> {fields.map(({ key, value }) => `${key}=${value}`).join(' ')}</span>}
      </span>
    </div>
  )
}

/** Keeps the newest row in sight until the reader scrolls up, and again once he is back at the end. */
function useFollow(rows: readonly unknown[]) {
  const list = useRef<VirtuosoHandle>(null)
  const following = useRef(true)
  useEffect(() => {
    if (following.current && rows.length > 0) list.current?.scrollToIndex({ index: rows.length - 1, align: 'end' })
  }, [rows])
  return {
    ref: list,
    onWheel: (event: WheelEvent) => {
      if (event.deltaY < 0) following.current = false
    },
    onKeyDown: (event: KeyboardEvent) => {
      if (['ArrowUp', 'PageUp', 'Home'].includes(event.key)) following.current = false
    },
    atBottomStateChange: (atBottom: boolean) => {
      if (atBottom) following.current = true
    },
  }
}

/** What the steps print, as it comes. */
export function Output() {
  const output = useRun((state) => state.output)
  const follow = useFollow(output)
  if (output.length === 0) return <p className={styles['nothing']}>Nothing printed yet.</p>
  return <Virtuoso {...follow} className={styles['lines'] ?? ''} data={output} fixedItemHeight={20} itemContent={outputLine} />
}

/** The log tail of the instances, beside the run; what all their names begin with is left out. */
export function Tail({ prefix }: { prefix: string }) {
  const tail = useRun((state) => state.tail)
  const follow = useFollow(tail)
  const rowOf = useCallback((_: number, row: LogRow) => <TailRow row={row} prefix={prefix} />, [prefix])
  if (tail.length === 0) return <p className={styles['nothing']}>No lines yet.</p>
  return <Virtuoso {...follow} className={styles['lines'] ?? ''} data={tail} fixedItemHeight={20} itemContent={rowOf} />
}
