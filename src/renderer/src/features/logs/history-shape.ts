import type { Histogram } from '../../../../shared/api/logs'
import { clock, dateTime, stamp } from '../../ui/format'

/** A stretch that is being chosen, by its bars. */
export interface Brush {
  anchor: number
  head: number
}

/** The time of the bars with something in them, where it is a small part of all: a deploy long before the lines would press them together. */
export function trimmed({ counts, from, step }: Histogram): { from: number; to: number } | null {
  const first = counts.findIndex((value) => value > 0)
  const last = counts.findLastIndex((value) => value > 0)
  if (first < 0 || last - first + 1 >= counts.length * 0.8) return null
  return { from: from + first * step, to: from + (last + 1) * step }
}

/** Bars as one path, a unit wide each; what is there is at least seen. */
export function barsPath(values: readonly number[], { counts }: Pick<Histogram, 'counts'>, height: number): string {
  const most = Math.max(1, ...counts)
  return values
    .map((value, x) =>
      value === 0 ? '' : `M${x + 0.12} ${height}v-${Math.max(2, (value / most) * height).toFixed(1)}h.76V${height}z`,
    )
    .join('')
}

/** The bar under a share of the width. */
export const bucketAt = (share: number, buckets: number) => Math.min(buckets - 1, Math.max(0, Math.floor(share * buckets)))

/** The time that a stretch covers, its last bar whole. */
export function spanOf({ anchor, head }: Brush, { from, step }: Pick<Histogram, 'from' | 'step'>): { from: number; to: number } {
  const [first, last] = [Math.min(anchor, head), Math.max(anchor, head)]
  return { from: Math.floor(from + first * step), to: Math.floor(from + (last + 1) * step - 1) }
}

/** The stretch after a key: its moving end, and with Shift also where it began. */
export function moved(brush: Brush | null, by: number, stretch: boolean, width: number): Brush {
  const now = brush ?? { anchor: width - 1, head: width }
  const head = Math.min(width - 1, Math.max(0, now.head + by))
  return { anchor: stretch ? now.anchor : head, head }
}

/** Five times along the axis: as fine as it takes for them to differ, with the day where it is long. */
export function ticksOf(from: number, to: number): string[] {
  if (to - from < 8000) return [0, 0.25, 0.5, 0.75, 1].map((share) => stamp(from + (to - from) * share))
  const say = to - from < 5 * 60_000 ? (at: number) => stamp(at).slice(0, 8) : to - from < 20 * 3_600_000 ? clock : dateTime
  return [0, 0.25, 0.5, 0.75, 1].map((share) => say(from + (to - from) * share))
}
