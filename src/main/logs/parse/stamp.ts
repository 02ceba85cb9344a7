const digit = (text: string, at: number) => text.charCodeAt(at) - 48
const two = (text: string, at: number) => {
  const [tens, ones] = [digit(text, at), digit(text, at + 1)]
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1
}

// Days since 1970 of a civil date (Howard Hinnant's algorithm): Date.UTC costs five times as much.
export function daysOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

const signOf = (text: string, at: number) => text.charCodeAt(at)
const [dash, colon, dot, comma, plus, space, upperT, upperZ, bracket] = [45, 58, 46, 44, 43, 32, 84, 90, 91]

/** Milliseconds of the zone's offset at this place; NaN where there is no zone. */
function zoneAt(text: string, at: number): number {
  const sign = signOf(text, at)
  if (sign === upperZ || sign === 122) return 0
  if (sign !== plus && sign !== dash) return NaN
  const [hours, minutes] = [two(text, at + 1), two(text, at + (signOf(text, at + 3) === colon ? 4 : 3))]
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return NaN
  return (sign === plus ? 1 : -1) * (hours * 60 + minutes) * 60_000
}

/** What a place without a zone in its stamps means: nothing is known, or so many milliseconds east of UTC. */
export type Zone = number | null

// `+0200` behind a blank; a dash alone is punctuation.
const zoned = (text: string, at: number) => signOf(text, at) === plus && two(text, at + 1) >= 0

/** The RFC 3339 stamp at the beginning of a line, in milliseconds since 1970, or NaN. `[` may stand before it. */
export const leadingStamp = (text: string): number => dashedStamp(text, () => NaN)

/** As `leadingStamp`; `local` answers what a time without a zone means, from its digits read as UTC. */
export function dashedStamp(text: string, local: (asUtc: number) => number): number {
  const from = signOf(text, 0) === bracket ? 1 : 0
  if (text.length < from + 19 || signOf(text, from + 4) !== dash || signOf(text, from + 7) !== dash) return NaN
  const between = signOf(text, from + 10)
  if (
    (between !== upperT && between !== space && between !== 116) ||
    signOf(text, from + 13) !== colon ||
    signOf(text, from + 16) !== colon
  )
    return NaN
  const [century, years, month, day] = [two(text, from), two(text, from + 2), two(text, from + 5), two(text, from + 8)]
  const [hour, minute, second] = [two(text, from + 11), two(text, from + 14), two(text, from + 17)]
  if (century < 0 || years < 0 || month < 1 || month > 12 || day < 1 || day > 31) return NaN
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return NaN
  let at = from + 19
  let fraction = 0
  if (signOf(text, at) === dot || signOf(text, at) === comma) {
    at += 1
    for (let weight = 100; ; weight /= 10, at++) {
      const value = digit(text, at)
      if (!(value >= 0 && value <= 9)) break
      if (weight >= 1) fraction += value * weight
    }
  }
  const zone = zoneAt(text, signOf(text, at) === space && zoned(text, at + 1) ? at + 1 : at)
  const whole = ((daysOf(century * 100 + years, month, day) * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + fraction
  return Number.isNaN(zone) ? local(whole) : whole - zone
}
