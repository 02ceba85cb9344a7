import { useCallback } from 'react'
import { Virtuoso } from 'react-virtuoso'
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

/** What the steps print, as it comes. */
export function Output() {
  const output = useRun((state) => state.output)
  if (output.length === 0) return <p className={styles['nothing']}>Nothing printed yet.</p>
  return (
    <Virtuoso
      className={styles['lines'] ?? ''}
      data={output}
      fixedItemHeight={20}
      followOutput="auto"
      initialTopMostItemIndex={output.length - 1}
      itemContent={outputLine}
    />
  )
}

/** The log tail of the instances, beside the run; what all their names begin with is left out. */
export function Tail({ prefix }: { prefix: string }) {
  const tail = useRun((state) => state.tail)
  const rowOf = useCallback((_: number, row: LogRow) => <TailRow row={row} prefix={prefix} />, [prefix])
  if (tail.length === 0) return <p className={styles['nothing']}>No lines yet.</p>
  return (
    <Virtuoso
      className={styles['lines'] ?? ''}
      data={tail}
      fixedItemHeight={20}
      followOutput="auto"
      initialTopMostItemIndex={tail.length - 1}
      itemContent={rowOf}
    />
  )
}
