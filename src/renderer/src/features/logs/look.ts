import { create } from 'zustand'

/** How this person likes the list; it is no part of what is shown, so links do not carry it. */
export interface Look {
  wrap: boolean
  roomy: boolean
  zone: 'local' | 'utc' | 'host'
  time: boolean
  source: boolean
  level: boolean
  chart: boolean
}

const place = 'slipway-logs-look'
const usual: Look = { wrap: false, roomy: false, zone: 'local', time: true, source: true, level: true, chart: true }

function kept(): Look {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(place) ?? '{}')
    return typeof found === 'object' && found !== null ? { ...usual, ...found } : usual
  } catch {
    return usual
  }
}

export const useLook = create<Look>(() => kept())

/** Changes the look and keeps it for the next time. */
export function setLook(change: Partial<Look>) {
  useLook.setState(change)
  localStorage.setItem(place, JSON.stringify(useLook.getState()))
}

const two = (value: number) => String(value).padStart(2, '0')

/** This computer's zone, UTC, or so many milliseconds east of it. */
export type ShownZone = 'local' | 'utc' | number

/** `14:02:11.204` in a zone. */
export function stampIn(at: number, zone: ShownZone): string {
  if (typeof zone === 'number') return new Date(at + zone).toISOString().slice(11, 23)
  const date = new Date(at)
  if (zone === 'utc') return date.toISOString().slice(11, 23)
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`
}
