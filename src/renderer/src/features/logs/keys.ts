import { useEffect, useRef } from 'react'

interface Acts {
  next(): void
  previous(): void
  pause(): void
  find(): void
  mark(): void
  search(): void
  wrap(): void
}

/** `e` and `E` go from error to error, `p` pauses and follows, `/` goes to the filter, `f` searches all that is kept, `b` marks a line, `w` wraps. */
export function useKeys(on: boolean, acts: Acts) {
  const latest = useRef(acts)
  useEffect(() => {
    latest.current = acts
  })
  useEffect(() => {
    if (!on) return undefined
    // `g` and a letter go to another page.
    let leaving = false
    const pressed = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && ['INPUT', 'TEXTAREA', 'SELECT'].includes(event.target.tagName)
      if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('[role="dialog"]')) return
      const leaves = leaving
      leaving = event.key === 'g'
      if (leaves) return
      if (event.key === 'e') latest.current.next()
      if (event.key === 'E') latest.current.previous()
      if (event.key === 'p') latest.current.pause()
      if (event.key === 'b') latest.current.mark()
      if (event.key === 'f') latest.current.search()
      if (event.key === 'w') latest.current.wrap()
      if (event.key === '/') {
        event.preventDefault()
        latest.current.find()
      }
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [on])
}
