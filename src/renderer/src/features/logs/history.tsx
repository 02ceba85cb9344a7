import { useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react'
import type { Histogram } from '../../../../shared/api/logs'
import { useWatch } from '../../client'
import type { LogMarker } from './buffer'
import { count, number } from '../../ui/format'
import { rangeWords } from './filter'
import styles from './history.module.css'
import { barsPath, bucketAt, moved, spanOf, ticksOf, trimmed, type Brush } from './history-shape'
import { useLogs } from './store'
import { view } from './view'

const buckets = 120
const height = 44

/** Counts over time of what passes, read again and again while it changes: never more than a twentieth of the time. */
function useHistogram(): Histogram | null {
  const filter = useLogs((state) => state.filter)
  const ticked = useLogs((state) => state.ticked)
  const [bars, setBars] = useState<Histogram | null>(null)
  useWatch(
    async (signal) => {
      let [wait, reads] = [150, 0]
      while (!signal.aborted) {
        await new Promise((resolve) => setTimeout(resolve, wait))
        if (signal.aborted) return
        if (document.hidden) continue
        const begun = performance.now()
        const whole = await view.histogram(buckets)
        const part = whole && trimmed(whole)
        const next = part ? await view.histogram(buckets, part) : whole
        if (signal.aborted) return
        if (next) setBars(next)
        wait = next ? Math.max(reads++ < 4 ? 600 : 2000, (performance.now() - begun) * 20) : 150
      }
    },
    [filter, ticked],
  )
  return bars
}

/** How much came when, of what the list shows. */
export function History() {
  const bars = useHistogram()
  const markers = useLogs((state) => state.markers)
  const range = useLogs((state) => state.filter.range)
  const setFilter = useLogs((state) => state.setFilter)
  if (!bars) return <div className={styles['history']} aria-hidden />
  return (
    <Chart
      label="Lines over time"
      bars={bars}
      markers={markers}
      onZoom={(part) => void setFilter({ range: part })}
      onLeave={() => range && void setFilter({ range: null })}
    />
  )
}

interface ChartProps {
  label: string
  bars: Histogram
  markers: readonly LogMarker[]
  onZoom: (range: { from: number; to: number }) => void
  onLeave: () => void
}

/** Counts over time, errors in their own colour, deploys as dashed lines. A stretch is chosen by drag or by keys. */
export function Chart({ label, bars, markers, onZoom, onLeave }: ChartProps) {
  const [brush, setBrush] = useState<Brush | null>(null)
  const box = useRef<HTMLDivElement>(null)
  const dragging = useRef(false)
  const paths = useMemo(() => ({ all: barsPath(bars.counts, bars, height), bad: barsPath(bars.errors, bars, height) }), [bars])
  const width = bars.counts.length
  const to = bars.from + bars.step * width
  const zoom = (part: Brush) => {
    setBrush(null)
    onZoom(spanOf(part, bars))
  }
  const place = (event: PointerEvent) => {
    const rect = box.current?.getBoundingClientRect()
    return rect ? bucketAt((event.clientX - rect.left) / rect.width, width) : 0
  }
  const pressed = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -width, End: width }[event.key]
    if (by !== undefined) setBrush(moved(brush, by, event.shiftKey, width))
    else if (event.key === 'Enter' && brush) zoom(brush)
    else if (event.key === 'Escape' && brush) setBrush(null)
    else if (event.key === 'Escape') onLeave()
    else return
    event.preventDefault()
  }
  const release = () => {
    dragging.current = false
    if (brush && brush.anchor !== brush.head) zoom(brush)
    else setBrush(null)
  }
  return (
    <div className={styles['history']}>
      <div
        ref={box}
        className={styles['bars']}
        role="slider"
        tabIndex={0}
        aria-label={`${label}: arrows move, Shift with arrows takes a stretch, Enter shows it, Escape leaves it`}
        aria-valuemin={0}
        aria-valuemax={width - 1}
        aria-valuenow={brush?.head ?? width - 1}
        aria-valuetext={brush ? wordsOf(brush, bars) : `${count(sum(bars.counts), 'line')}, ${count(sum(bars.errors), 'error')}`}
        onKeyDown={pressed}
        onPointerDown={(event) => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          dragging.current = true
          setBrush({ anchor: place(event), head: place(event) })
        }}
        onPointerMove={(event) => {
          const head = place(event)
          if (dragging.current) setBrush((now) => now && { ...now, head })
        }}
        onPointerUp={release}
        onPointerCancel={release}
      >
        <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden>
          <path className={styles['all']} d={paths.all} />
          <path className={styles['bad']} d={paths.bad} />
          {brush && (
            <rect
              className={styles['brush']}
              x={Math.min(brush.anchor, brush.head)}
              width={Math.abs(brush.anchor - brush.head) + 1}
              y={0}
              height={height}
            />
          )}
        </svg>
        {markers
          .filter(({ at }) => at >= bars.from && at <= to)
          .map((marker) => (
            <span
              key={`${marker.runId} ${marker.at}`}
              className={styles['deploy']}
              style={{ left: `${((marker.at - bars.from) / (to - bars.from)) * 100}%` }}
              title={marker.words}
            />
          ))}
      </div>
      <div className={styles['axis']} aria-hidden>
        {brush ? <strong>{wordsOf(brush, bars)}</strong> : ticksOf(bars.from, to).map((tick) => <span key={tick}>{tick}</span>)}
      </div>
    </div>
  )
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

function wordsOf(brush: Brush, bars: Histogram): string {
  const [first, last] = [Math.min(brush.anchor, brush.head), Math.max(brush.anchor, brush.head) + 1]
  const errors = sum(bars.errors.slice(first, last))
  return `${rangeWords(spanOf(brush, bars))} · ${count(sum(bars.counts.slice(first, last)), 'line')}${errors > 0 ? `, ${number(errors)} of them errors` : ''}`
}
