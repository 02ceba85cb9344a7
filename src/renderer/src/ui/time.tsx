import { useSyncExternalStore } from 'react'
import { ago, dateTime, duration, span } from './format'

// One timer for all that shows an age: it ticks once a second, and only while something looks.
const lookers = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined
let now = Date.now()

function look(changed: () => void) {
  lookers.add(changed)
  timer ??= setInterval(() => {
    now = Date.now()
    for (const looker of lookers) looker()
  }, 1000)
  return () => {
    lookers.delete(changed)
    if (lookers.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The time, to the second. */
export const useNow = () => useSyncExternalStore(look, () => now)

/** How old something is; the exact time on hover. */
export function Age({ at, suffix = false }: { at: number; suffix?: boolean }) {
  const elapsed = Math.max(0, useNow() - at)
  return (
    <time dateTime={new Date(at).toISOString()} title={dateTime(at)}>
      {suffix ? ago(elapsed) : span(elapsed)}
    </time>
  )
}

/** How long something has been going on, or took. */
export function Elapsed({ from, to }: { from: number; to: number | null }) {
  const current = useNow()
  return <span>{duration(Math.max(0, (to ?? current) - from))}</span>
}
