import { useEffect, useMemo, type CSSProperties } from 'react'
import { useSession } from '../../client'
import { isKept, useBookmarks } from './bookmarks'
import { reachableRows, rowAt, type Buffer } from './buffer'
import { finder, narrows } from './filter'
import { labelsOf, widthOf } from './labels'
import styles from './logs.module.css'
import { useLook } from './look'
import { Row } from './row'
import { heightOf, useScroll } from './scroll'
import { seen, useLogs } from './store'
import { offsetOf, useZones } from './zones'

/** Deploys and gaps pass every filter: alone they are no answer to it. */
const onlyMarks = ({ rows, matching }: Buffer) => matching < 20 && rows.every((row) => row.kind !== 'line')

/** The virtual list over all that passes the filter: rows have one height, so a place is a position. */
export function Lines({ onRange }: { onRange: (from: number, to: number) => void }) {
  const { buffer, following, at, held, filter, sources, apps, opened, need, open } = useLogs()
  const look = useLook()
  const marks = useBookmarks((state) => state.marks)
  const zones = useZones()
  const hidden = Math.max(0, buffer.matching - reachableRows)
  const total = buffer.matching - hidden
  const rowHeight = heightOf(look)
  const environments = useSession((session) => session.environments)
  const labels = useMemo(() => labelsOf(sources ?? [], environments, apps), [sources, environments, apps])
  const find = useMemo(() => finder(filter), [filter])
  const { box, onScroll, shown } = useScroll(
    { total, following, rowHeight, wrap: look.wrap },
    at === null ? null : at - hidden,
    held,
  )
  const { from, to, first, last } = shown
  useEffect(() => {
    onRange(from + hidden, to - 1 + hidden)
    seen(from + hidden)
    if (!following) void need(first + hidden, last + hidden)
  })
  const without = ['time', 'source', 'level'].filter((column) => !look[column as 'time' | 'source' | 'level'])
  const bottom = look.wrap && following
  return (
    <div
      className={`${styles['lines']} ${look.wrap ? styles['wrap'] : ''}`}
      data-without={without.join(' ')}
      data-zones={zones.differ ? 'differ' : 'one'}
      style={{ '--name-width': `${widthOf(labels)}ch`, '--row-height': `${rowHeight}px` } as CSSProperties}
    >
      {(total === 0 || onlyMarks(buffer)) && (
        <p className={styles['nothing']} style={{ top: total * rowHeight + 16 }}>
          {narrows(filter) ? 'No kept line passes this filter.' : 'No lines yet. They appear as they are written.'}
        </p>
      )}
      <div
        ref={box}
        className={styles['scroller']}
        // What streams by is not read out; a paused list is a log that can be read line by line.
        role={following ? 'region' : 'log'}
        aria-live="off"
        aria-label="Log lines"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls is reached by keyboard
        tabIndex={0}
        onScroll={onScroll}
      >
        <div style={{ height: shown.height }} />
        <div
          className={styles['drawn']}
          style={bottom ? { top: shown.bottom, translate: '0 -100%' } : { top: first * rowHeight }}
        >
          {Array.from({ length: last - first }, (_, i) => {
            const place = first + i + hidden
            const row = rowAt(buffer, place)
            const source = row && row.kind !== 'marker' ? row.source : null
            const label = source === null ? undefined : labels.get(source)
            const here = row !== undefined && (at === place || row === opened)
            return (
              <Row
                // While following, the rows on screen stay and only what they say changes.
                key={following ? i : place}
                row={row}
                label={label}
                find={find}
                zone={zones.of(source)}
                offset={zones.differ && row?.kind === 'line' ? offsetOf(zones.of(source)) : ''}
                folded={filter.folded}
                here={here}
                kept={marks.length > 0 && isKept(marks, row)}
                onOpen={open}
              />
            )
          })}
        </div>
      </div>
    </div>
  )
}
