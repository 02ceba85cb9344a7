import { useCallback, useEffect, useLayoutEffect, useRef, useState, type UIEvent } from 'react'
import { useLogs } from './store'

export const rowHeight = 20

/** Drawn above and below what is seen, so that scrolling meets rows. */
const beside = 20

export interface Shown {
  /** The rows that are seen: `from` up to but without `to`. */
  from: number
  to: number
  /** The rows that are drawn. */
  first: number
  last: number
}

/** Which rows a box of this height shows. One that follows shows the last, wherever its scroll bar was. */
export function shownIn(total: number, height: number, top: number, following: boolean): Shown {
  const lowest = Math.max(0, total * rowHeight - height)
  const at = following ? lowest : Math.min(top, lowest)
  const from = Math.floor(at / rowHeight)
  const to = Math.min(total, Math.ceil((at + height) / rowHeight))
  // While following, what lies outside is gone before anybody sees it.
  return following
    ? { from, to, first: from, last: to }
    : { from, to, first: Math.max(0, from - beside), last: Math.min(total, to + beside) }
}

/**
 * The scroll box of rows of one height. What it draws follows from how many rows there are, in the same frame:
 * a list that waits for its own scroll event is blank for a frame each time it moves.
 */
export function useScroll(total: number, following: boolean, jumpTo: number | null) {
  const box = useRef<HTMLDivElement>(null)
  const [height, setHeight] = useState(0)
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return undefined
    const measure = new ResizeObserver(() => setHeight(element.clientHeight))
    measure.observe(element)
    setHeight(element.clientHeight)
    return () => measure.disconnect()
  }, [])
  const lowest = Math.max(0, total * rowHeight - height)
  useLayoutEffect(() => {
    if (following) box.current?.scrollTo({ top: lowest })
  }, [following, lowest])
  useLayoutEffect(() => {
    // From here on the place is the reader's.
    if (!following) setTop(box.current?.scrollTop ?? 0)
  }, [following])
  useLayoutEffect(() => {
    if (jumpTo === null || !box.current) return
    box.current.scrollTop = (jumpTo + 0.5) * rowHeight - box.current.clientHeight / 2
    setTop(box.current.scrollTop)
  }, [jumpTo])
  usePauseOnScroll(box)
  const onScroll = useCallback(
    (event: UIEvent<HTMLDivElement>) => !following && setTop(event.currentTarget.scrollTop),
    [following],
  )
  return { box, onScroll, shown: shownIn(total, height, top, following) }
}

/** Pauses when the reader scrolls up; what the list scrolls itself does not count. */
function usePauseOnScroll(box: { current: HTMLDivElement | null }) {
  const pause = useLogs((state) => state.pause)
  useEffect(() => {
    const element = box.current
    if (!element) return undefined
    const over = new AbortController()
    const listening = { signal: over.signal, passive: true }
    element.addEventListener('wheel', (event) => event.deltaY < 0 && pause(), listening)
    element.addEventListener('touchmove', () => pause(), listening)
    // A press on the scroll bar lands right of the content.
    element.addEventListener('pointerdown', (event) => event.offsetX >= element.clientWidth && pause(), listening)
    element.addEventListener(
      'keydown',
      (event) => {
        if (event.key === 'Enter') useLogs.getState().step(0)
        if (['ArrowUp', 'PageUp', 'Home'].includes(event.key)) pause()
      },
      listening,
    )
    return () => over.abort()
  }, [box, pause])
}
