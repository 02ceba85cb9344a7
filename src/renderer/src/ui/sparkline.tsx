import type { Series } from '../../../shared/domain/observation'
import styles from './sparkline.module.css'

interface Shape {
  line: string
  area: string
  gaps: { x: number; width: number }[]
}

/** The path of a series in a box of the given size. Spans that nobody watched are gaps, not zeros. */
export function shapeOf(points: readonly (number | null)[], width: number, height: number): Shape {
  const known = points.filter((point) => point !== null)
  const top = Math.max(1e-9, ...known)
  const step = points.length > 1 ? width / (points.length - 1) : width
  const place = (value: number) => height - 2 - (value / top) * (height - 6)
  const shape: Shape = { line: '', area: '', gaps: [] }
  let from = -1
  for (let i = 0; i <= points.length; i += 1) {
    const point = points[i]
    if (point !== null && point !== undefined) {
      if (from < 0) from = i
      shape.line += `${i === from ? 'M' : 'L'}${(i * step).toFixed(1)} ${place(point).toFixed(1)}`
    } else {
      if (from >= 0) {
        const part = points.slice(from, i).map((value, j) => `${((from + j) * step).toFixed(1)} ${place(value ?? 0).toFixed(1)}`)
        shape.area += `M${(from * step).toFixed(1)} ${height}L${part.join('L')}L${((i - 1) * step).toFixed(1)} ${height}Z`
      }
      from = -1
      const before = shape.gaps.at(-1)
      if (i < points.length && before && points[i - 1] === null) before.width += step
      else if (i < points.length) shape.gaps.push({ x: Math.max(0, (i - 0.5) * step), width: step })
    }
  }
  return shape
}

/** A series as a line, with the deploys in its span as dashed marks. */
export function Sparkline({
  series,
  deploys,
  bad,
  label,
  height = 28,
}: {
  series: Series
  deploys: readonly number[]
  bad?: boolean
  label: string
  height?: number
}) {
  const width = 212
  const { line, area, gaps } = shapeOf(series.points, width, height)
  const total = series.spanMs * Math.max(1, series.points.length - 1)
  const marks = deploys.filter((at) => at >= series.at && at <= series.at + total).map((at) => ((at - series.at) / total) * width)
  return (
    <svg
      className={`${styles['chart']} ${bad ? styles['bad'] : ''}`}
      viewBox={`0 0 ${width} ${height}`}
      height={height}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {gaps.map((gap) => (
        <line
          key={gap.x}
          className={styles['gap']}
          x1={gap.x}
          x2={Math.min(width, gap.x + gap.width)}
          y1={height - 1}
          y2={height - 1}
          vectorEffect="non-scaling-stroke"
        />
      ))}
      <path className={styles['area']} d={area} />
      <path className={styles['line']} d={line} vectorEffect="non-scaling-stroke" />
      {marks.map((x) => (
        <line key={x} className={styles['mark']} x1={x} x2={x} y1={0} y2={height} vectorEffect="non-scaling-stroke" />
      ))}
    </svg>
  )
}
