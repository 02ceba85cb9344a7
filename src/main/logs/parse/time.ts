import { dashedStamp, daysOf, type Zone } from './stamp'

// Only the beginning is looked at: loggers write the time among the first fields, and a line may be long.
const headLength = 300
const jsonTime =
  /"(?:time|ts|timestamp|@timestamp|datetime|date|t)"\s*:\s*(?:"([^"]{10,40})"|(\d{10,19}(?:\.\d{1,9})?)(?![\d.]))/i
const logfmtTime = /^(?:\S+=\S+ ){0,3}(?:time|ts|timestamp|t)=(?:"([^"]{10,40})"|(\S{10,40}))/

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const monthOf = (word: string) => months.indexOf(word.toLowerCase()) + 1

// `Nov 21 04:20:31`; a priority or a facility in `<…>` may stand before it.
const syslog = /^(?:<\d{1,3}>)?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?= |:|$)/
// nginx's error log and Go's: `2026/11/21 04:20:31`.
const slashed = /^\[?(\d{4})\/(\d\d)\/(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?/
// Access logs of nginx and Apache: `… [21/Nov/2026:04:20:31 +0100] …`.
const access = /\[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\]/
// Apache's error log: `[Sat Nov 21 04:20:31.123456 2026]`.
const apache = /^\[[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? (\d{4})\]/
// klog and glog: `I1121 04:20:31.123456`.
const klog = /^[IWEF](\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{1,9})/
// Seconds, with a fraction or not, milliseconds, microseconds or nanoseconds since 1970.
const epoch = /^\[?(\d{10}(?:\.\d{1,9})?|\d{13}|\d{16}|\d{19})(?=[\s\]:,|]|$)/

/** Milliseconds of a number that counts seconds, milliseconds, microseconds or nanoseconds since 1970, by its digits. NaN for others. */
export function epochTime(digits: string): number {
  const whole = digits.indexOf('.') < 0 ? digits.length : digits.indexOf('.')
  switch (whole) {
    case 10:
      return Math.floor(Number(digits) * 1000)
    case 13:
      return Math.floor(Number(digits))
    case 16:
    case 19:
      return Number(digits.slice(0, 13))
    default:
      return NaN
  }
}

const milliseconds = (fraction: string | undefined) => (fraction ? Number(fraction.padEnd(3, '0').slice(0, 3)) : 0)

interface Parts {
  year: number
  month: number
  day: number
  clock: readonly (string | undefined)[]
  fraction?: string | undefined
}

function utcOf({ year, month, day, clock, fraction }: Parts): number {
  const [hour = 0, minute = 0, second = 0] = clock.map(Number)
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return NaN
  return ((daysOf(year, month, day) * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + milliseconds(fraction)
}

const quarter = 15 * 60_000

/** What local digits mean: by the zone of the place, or by the quarter of an hour that brings them nearest to when the line came. */
const meant = (near: number, zone: Zone) => (asUtc: number) => {
  if (zone !== null) return asUtc - zone
  const off = Math.round((asUtc - near) / quarter) * quarter
  // No zone is farther than that: the digits mean another day.
  return Math.abs(off) <= 14 * 3_600_000 ? asUtc - off : asUtc
}

/** The year that brings a stamp without one nearest to `near`. */
function nearestYear(near: number, of: (year: number) => number): number {
  const now = new Date(near).getUTCFullYear()
  const times = [now - 1, now, now + 1].map(of).filter((time) => !Number.isNaN(time))
  return times.reduce((best, time) => (Math.abs(time - near) < Math.abs(best - near) ? time : best), times[0] ?? NaN)
}

function accessTime(text: string): number {
  const at = text.indexOf('[')
  const found = at < 0 || at > headLength ? null : access.exec(text.slice(at, at + 32))
  if (!found) return NaN
  const [, day, month, years, hour, minute, second, sign, hours, minutes] = found
  const clock = [hour, minute, second]
  const time = utcOf({ year: Number(years), month: monthOf(month ?? ''), day: Number(day), clock })
  return time - (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}

function worded(text: string, near: number, local: (asUtc: number) => number): number {
  const first = text.charCodeAt(0)
  const upper = first >= 65 && first <= 90
  if (upper || first === 60) {
    const plain = syslog.exec(text)
    if (plain) {
      const [, month, day, hour, minute, second, fraction] = plain
      const clock = [hour, minute, second]
      return nearestYear(near, (one) =>
        local(utcOf({ year: one, month: monthOf(month ?? ''), day: Number(day), clock, fraction })),
      )
    }
    const letters = klog.exec(text)
    if (!letters) return NaN
    const [, month, day, hour, minute, second, fraction] = letters
    const clock = [hour, minute, second]
    return nearestYear(near, (one) => local(utcOf({ year: one, month: Number(month), day: Number(day), clock, fraction })))
  }
  if (first !== 91) return NaN
  const dated = apache.exec(text)
  if (!dated) return NaN
  const [, month, day, hour, minute, second, fraction, years] = dated
  return local(
    utcOf({ year: Number(years), month: monthOf(month ?? ''), day: Number(day), clock: [hour, minute, second], fraction }),
  )
}

function slashedTime(text: string, local: (asUtc: number) => number): number {
  const found = slashed.exec(text)
  if (!found) return NaN
  const [, years, month, day, hour, minute, second, fraction] = found
  return local(utcOf({ year: Number(years), month: Number(month), day: Number(day), clock: [hour, minute, second], fraction }))
}

/** The time that a value names: RFC 3339, a local form of it, or a number since 1970. */
function valueTime(quoted: string | undefined, bare: string | undefined, local: (asUtc: number) => number): number {
  if (quoted !== undefined) return /^\d+(\.\d+)?$/.test(quoted) ? epochTime(quoted) : dashedStamp(quoted, local)
  if (bare === undefined) return NaN
  return /^\d+(\.\d+)?$/.test(bare) ? epochTime(bare) : dashedStamp(bare, local)
}

/**
 * The time that a line gives itself, in milliseconds since 1970; NaN where it gives none.
 * `near` is about when it was written: it says the year and the zone where the line does not. `zone` is the place's own, where it is known.
 */
export function timeIn(text: string, near: number, zone: Zone = null): number {
  const local = meant(near, zone)
  const first = text.charCodeAt(0)
  const head = text.length > headLength ? text.slice(0, headLength) : text
  if (first === 123) {
    const found = jsonTime.exec(head)
    return found ? valueTime(found[1], found[2], local) : NaN
  }
  const digits = first >= 48 && first <= 57
  if (digits || first === 91) {
    const dashed = dashedStamp(text, local)
    if (!Number.isNaN(dashed)) return dashed
    const slashes = slashedTime(text, local)
    if (!Number.isNaN(slashes)) return slashes
    const number = epoch.exec(head)?.[1]
    if (number !== undefined) return epochTime(number)
  }
  const words = worded(text, near, local)
  if (!Number.isNaN(words)) return words
  if (first === 116 || first === 108 || first === 84) {
    const found = logfmtTime.exec(head)
    if (found) return valueTime(found[1], found[2], local)
  }
  return accessTime(text)
}

const hour = 3_600_000

/**
 * When a line was written: by its own stamp, where that is near the time of its arrival, else NaN.
 * A stamp of whole seconds says less than the arrival within that second.
 */
export function ownTime(text: string, arrived: number, zone: Zone = null): number {
  const stamp = timeIn(text, arrived, zone)
  if (Number.isNaN(stamp) || Math.abs(stamp - arrived) > hour) return NaN
  const coarse = stamp % 1000 === 0
  return coarse && arrived >= stamp && arrived - stamp < 1000 ? arrived : stamp
}
