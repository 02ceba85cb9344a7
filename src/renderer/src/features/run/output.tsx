import { Virtuoso } from 'react-virtuoso'
import type { LogRow } from '../../../../shared/domain/log'
import type { OutputLine } from '../../../../shared/domain/run'
import { stamp } from '../../ui/format'
import { LineText } from '../../ui/lines'
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

const tailRow = (_: number, row: LogRow) => (
  <div
    className={`${styles['line']} ${row.kind === 'line' ? (row.level === 'error' || row.level === 'fatal' ? styles['error'] : '') : styles['mark']}`}
  >
    <time>{stamp(row.at)}</time>
    <span className={styles['text']}>{row.kind === 'line' ? <LineText text={row.text} /> : row.words}</span>
  </div>
)

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

/** The log tail of the instances, beside the run. */
export function Tail() {
  const tail = useRun((state) => state.tail)
  if (tail.length === 0) return <p className={styles['nothing']}>No lines yet.</p>
  return (
    <Virtuoso
      className={styles['lines'] ?? ''}
      data={tail}
      fixedItemHeight={20}
      followOutput="auto"
      initialTopMostItemIndex={tail.length - 1}
      itemContent={tailRow}
    />
  )
}
