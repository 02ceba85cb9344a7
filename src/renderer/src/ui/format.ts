const plain = new Intl.NumberFormat('en')
const dayAndTime = new Intl.DateTimeFormat('en', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
})
const hoursAndMinutes = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const plurals = new Intl.PluralRules('en')

export const number = (value: number) => plain.format(value)
export const dateTime = (at: number) => dayAndTime.format(at)
export const clock = (at: number) => hoursAndMinutes.format(at)

/** `1 release`, `3 releases`. */
export const count = (value: number, one: string, many = `${one}s`) =>
  `${number(value)} ${plurals.select(value) === 'one' ? one : many}`

const spans: readonly [number, string, string][] = [
  [86_400_000, 'day', 'days'],
  [3_600_000, 'h', 'h'],
  [60_000, 'min', 'min'],
  [1000, 's', 's'],
]

/** How long, in its greatest unit: `3 h`, `12 min`, `2 days`. */
export function span(ms: number) {
  for (const [unit, one, many] of spans) {
    const value = Math.floor(ms / unit)
    if (value >= 1) return `${value} ${value === 1 ? one : many}`
  }
  return 'now'
}

/** How long ago, as a sentence's end. */
export const ago = (ms: number) => (ms < 1000 ? 'just now' : `${span(ms)} ago`)

/** A duration to the second: `4 min 02 s`, `48 s`, `0.4 s`. */
export function duration(ms: number) {
  if (ms < 10_000) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`
  const seconds = Math.floor(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** A value of a series with as many digits as it deserves. */
export const figure = (value: number) =>
  Math.abs(value) >= 100 || Number.isInteger(value) ? number(Math.round(value)) : value.toPrecision(2)

/** `14:02:11.204`, in the reader's time. */
export function stamp(at: number) {
  const date = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`
}
