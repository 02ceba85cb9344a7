import { useCallback, useEffect, useMemo, useRef, type CSSProperties } from 'react'
import { Virtuoso, type VirtuosoHandle } from 'react-virtuoso'
import { useSession } from '../../client'
import { reachableRows, rowAt } from './buffer'
import { labelsOf, widthOf } from './labels'
import styles from './logs.module.css'
import { Row } from './row'
import { useLogs } from './store'

/** The virtual list over all that passes the filter: rows have one height, so a place is a position. */
export function Lines({ onRange }: { onRange: (from: number, to: number) => void }) {
  const list = useRef<VirtuosoHandle>(null)
  const { buffer, following, at, text, sources, apps, opened, need, pause, open } = useLogs()
  const hidden = Math.max(0, buffer.matching - reachableRows)
  const total = buffer.matching - hidden
  const environments = useSession((session) => session.environments)
  const labels = useMemo(() => labelsOf(sources ?? [], environments, apps), [sources, environments, apps])
  useEffect(() => {
    if (following && total > 0) list.current?.scrollToIndex({ index: total - 1, align: 'end' })
  }, [following, total])
  useEffect(() => {
    if (at !== null) list.current?.scrollToIndex({ index: at - hidden, align: 'center' })
  }, [at, hidden])
  const scroller = usePauseOnScroll(pause)
  const rowOf = useCallback(
    (index: number) => {
      const row = rowAt(buffer, index + hidden)
      const label = row && row.kind !== 'marker' && row.source ? labels.get(row.source) : undefined
      return (
        <Row
          row={row}
          label={label}
          find={text}
          here={row !== undefined && (at === index + hidden || row === opened)}
          onOpen={open}
        />
      )
    },
    [buffer, hidden, labels, text, at, opened, open],
  )
  return (
    <div className={styles['lines']} style={{ '--name-width': `${widthOf(labels)}ch` } as CSSProperties}>
      {total === 0 && (
        <p className={styles['nothing']}>
          {text ? 'No kept line holds this text.' : 'No lines yet. They appear as they are written.'}
        </p>
      )}
      <Virtuoso
        ref={list}
        scrollerRef={scroller}
        totalCount={total}
        fixedItemHeight={20}
        // While following, what lies outside is gone before anybody sees it.
        increaseViewportBy={following ? 0 : 400}
        rangeChanged={({ startIndex, endIndex }) => {
          onRange(startIndex + hidden, endIndex + hidden)
          if (!following) void need(startIndex + hidden, Math.min(endIndex + hidden + 1, buffer.matching))
        }}
        itemContent={rowOf}
      />
    </div>
  )
}

/** Pauses when the reader scrolls up; what the list scrolls itself does not count. */
function usePauseOnScroll(pause: () => void) {
  const element = useRef<HTMLElement | null>(null)
  const stop = useRef(() => {})
  return useCallback(
    (ref: HTMLElement | Window | null) => {
      stop.current()
      if (!(ref instanceof HTMLElement)) return
      element.current = ref
      ref.setAttribute('aria-label', 'Log lines')
      ref.setAttribute('role', 'region')
      const wheel = (event: WheelEvent) => event.deltaY < 0 && pause()
      const key = (event: KeyboardEvent) => {
        if (event.key === 'Enter') useLogs.getState().step(0)
        if (['ArrowUp', 'PageUp', 'Home'].includes(event.key)) pause()
      }
      // A press on the scrollbar lands right of the content.
      const press = (event: PointerEvent) => event.offsetX >= ref.clientWidth && pause()
      const touch = () => pause()
      ref.addEventListener('wheel', wheel, { passive: true })
      ref.addEventListener('keydown', key)
      ref.addEventListener('pointerdown', press)
      ref.addEventListener('touchmove', touch, { passive: true })
      stop.current = () => {
        ref.removeEventListener('wheel', wheel)
        ref.removeEventListener('keydown', key)
        ref.removeEventListener('pointerdown', press)
        ref.removeEventListener('touchmove', touch)
      }
    },
    [pause],
  )
}
