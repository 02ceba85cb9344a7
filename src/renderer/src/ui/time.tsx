import { useSyncExternalStore } from 'react'
import { useLink } from '../client'
import { ago, dateTime, duration, span } from './format'

// One timer for all that shows an age: it ticks once a second, and only while something looks.
const lookers = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined
let now = Date.now()
/** The time up to which what is shown was true: it stands still while nobody answers. */
let seen = now

function tick() {
  now = Date.now()
  if (useLink.getState().state === 'open') seen = now
}

function look(changed: () => void) {
  lookers.add(changed)
  if (timer === undefined) tick()
  timer ??= setInterval(() => {
    tick()
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

/** The time of what is shown: ages do not grow under a page that hears nothing. */
const useSeen = () => useSyncExternalStore(look, () => seen)

/** How old something is; the exact time on hover. */
export function Age({ at, suffix = false }: { at: number; suffix?: boolean }) {
  const elapsed = Math.max(0, useSeen() - at)
  return (
    <time dateTime={new Date(at).toISOString()} title={dateTime(at)}>
      {suffix ? ago(elapsed) : span(elapsed)}
    </time>
  )
}

/** How long something has been going on, or took. */
export function Elapsed({ from, to }: { from: number; to: number | null }) {
  const current = useSeen()
  return <span>{duration(Math.max(0, (to ?? current) - from))}</span>
}
