import { useEffect, useLayoutEffect, useRef, useState, type UIEvent } from 'react'
import { useLogs } from './store'

export const heightOf = ({ roomy }: { roomy: boolean }) => (roomy ? 26 : 20)

/** Drawn above and below what is seen, so that scrolling meets rows. */
const beside = 20

export interface Shown {
  /** The rows that are seen: `from` up to but without `to`. */
  from: number
  to: number
  /** The rows that are drawn. */
  first: number
  last: number
  /** Of the whole list. */
  height: number
  /** The lower edge of what is seen. */
  bottom: number
}

export interface Scrolled {
  total: number
  following: boolean
  rowHeight: number
  /** Rows are as high as their text: a place still has one row's height, and what is seen is drawn from its first row on. */
  wrap: boolean
}

/** Which rows a box of this height shows. One that follows shows the last, wherever its scroll bar was. */
export function shownIn({ total, following, rowHeight, wrap }: Scrolled, height: number, top: number): Shown {
  // Wrapped rows need more room than their places have: the last of them can be scrolled to the upper edge.
  const whole = total * rowHeight + (wrap && !following ? Math.max(0, height - rowHeight) : 0)
  const lowest = Math.max(0, whole - height)
  const at = following ? lowest : Math.min(top, lowest)
  const from = Math.min(Math.floor(at / rowHeight), total)
  const to = Math.min(total, Math.ceil((at + height) / rowHeight))
  const edges = { from, to, height: whole, bottom: at + height }
  // While following, what lies outside is gone before anybody sees it.
  if (following || wrap) return { ...edges, first: from, last: to }
  return { ...edges, first: Math.max(0, from - beside), last: Math.min(total, to + beside) }
}

/**
 * The scroll box of rows of one height. What it draws follows from how many rows there are, in the same frame:
 * a list that waits for its own scroll event is blank for a frame each time it moves.
 */
export function useScroll(list: Scrolled, jumpTo: number | null, held: { place: number } | null) {
  const { total, following, rowHeight } = list
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
  }, [jumpTo, rowHeight])
  useLayoutEffect(() => {
    if (held === null || !box.current) return
    box.current.scrollTop = held.place * rowHeight
    setTop(box.current.scrollTop)
  }, [held, rowHeight])
  usePauseOnScroll(box)
  const onScroll = (event: UIEvent<HTMLDivElement>) => {
    if (!following) setTop(event.currentTarget.scrollTop)
  }
  return { box, onScroll, shown: shownIn(list, height, top) }
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
