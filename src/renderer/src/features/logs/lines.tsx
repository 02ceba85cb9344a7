import { useEffect, useMemo, type CSSProperties } from 'react'
import { useSession } from '../../client'
import { reachableRows, rowAt } from './buffer'
import { labelsOf, widthOf } from './labels'
import styles from './logs.module.css'
import { Row } from './row'
import { rowHeight, useScroll } from './scroll'
import { useLogs } from './store'

/** The virtual list over all that passes the filter: rows have one height, so a place is a position. */
export function Lines({ onRange }: { onRange: (from: number, to: number) => void }) {
  const { buffer, following, at, text, sources, apps, opened, need, open } = useLogs()
  const hidden = Math.max(0, buffer.matching - reachableRows)
  const total = buffer.matching - hidden
  const environments = useSession((session) => session.environments)
  const labels = useMemo(() => labelsOf(sources ?? [], environments, apps), [sources, environments, apps])
  const { box, onScroll, shown } = useScroll(total, following, at === null ? null : at - hidden)
  const { from, to, first, last } = shown
  useEffect(() => {
    onRange(from + hidden, to - 1 + hidden)
    if (!following) void need(first + hidden, last + hidden)
  })
  return (
    <div className={styles['lines']} style={{ '--name-width': `${widthOf(labels)}ch` } as CSSProperties}>
      {total === 0 && (
        <p className={styles['nothing']}>
          {text ? 'No kept line holds this text.' : 'No lines yet. They appear as they are written.'}
        </p>
      )}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls is reached by keyboard */}
      <div ref={box} className={styles['scroller']} role="region" aria-label="Log lines" tabIndex={0} onScroll={onScroll}>
        <div style={{ height: total * rowHeight }} />
        <div className={styles['drawn']} style={{ top: first * rowHeight }}>
          {Array.from({ length: last - first }, (_, i) => {
            const place = first + i + hidden
            const row = rowAt(buffer, place)
            const label = row && row.kind !== 'marker' && row.source ? labels.get(row.source) : undefined
            const here = row !== undefined && (at === place || row === opened)
            // While following, the rows on screen stay and only what they say changes.
            return <Row key={following ? i : place} row={row} label={label} find={text} here={here} onOpen={open} />
          })}
        </div>
      </div>
    </div>
  )
}
