import { everything } from '../../shared/domain/log'
import type { Clock } from '../ports'
import { Timeline } from './timeline'
import type { TailRow } from './tail'
import { View } from './view'

/** One line of `npm run bench`, as docs/performance.md prints it. */
export interface BenchRow {
  name: string
  ours: number
  peer: string | null
  theirs: number | null
  unit: string
  ratio: number | null
  aim: string
  holds: boolean
}

const batch = 5000
const total = 1_000_000
const sources = 10

/** A clock that the measurement moves on: what waits for the window need not wait. */
function movedClock() {
  let now = Date.UTC(2026, 0, 1)
  const clock: Clock = {
    now: () => now,
    sleep: async (ms) => {
      now += ms
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
  return { clock, move: (ms: number) => (now += ms) }
}

// As a source hands it over: decoded from bytes, not put together from parts.
const flat = (text: string) => Buffer.from(text).toString('utf8')

function linesOf(at: number, count: number): TailRow[] {
  const level = ['INFO', 'INFO', 'INFO', 'DEBUG', 'WARN', 'ERROR']
  return Array.from({ length: count }, (_, index) => ({
    kind: 'line',
    at: at + (index % 50),
    instance: `web-${index % 3}`,
    text: flat(
      `${new Date(at + (index % 50)).toISOString()} ${level[index % 6]} web GET /api/orders/${index}?page=${index % 7} 200 ${index % 90}ms`,
    ),
    cut: 0,
    came: at,
    part: false,
    level: null,
    history: false,
  }))
}

async function drained(timeline: Timeline, lines: number): Promise<void> {
  while (timeline.kept.rows + timeline.kept.pruned < lines) await new Promise((resolve) => setImmediate(resolve))
}

const row = (name: string, ours: number, unit: string, aim: string, holds: boolean): BenchRow => ({
  name,
  ours: Math.round(ours),
  peer: null,
  theirs: null,
  unit,
  ratio: null,
  aim,
  holds,
})

/** Lines a second, on one thread, from what a source says to what two views show; memory and search with a million kept. */
export async function measurePipeline(redactor: { redact(text: string): string }): Promise<BenchRow[]> {
  const { clock, move } = movedClock()
  const views: View[] = []
  const parts = {
    placed: (slots: readonly number[]) => views.forEach((view) => view.offer(slots)),
    pruned: () => views.forEach((view) => view.prune()),
  }
  const timeline = new Timeline({ clock, redactor, windowMs: () => 250, archive: null, limits: {}, ...parts })
  const ids = Array.from({ length: sources }, (_, index) => `source-${index}`)
  for (const filter of [everything, { ...everything, text: 'orders/77' }])
    views.push(new View(timeline.kept, () => [], ids, filter))
  for (const view of views) await view.show({})

  let spent = 0
  for (let index = 0; index < total / batch; index++) {
    move(50)
    const lines = linesOf(clock.now(), batch)
    const began = performance.now()
    timeline.take(ids[index % sources] as string, lines)
    await drained(timeline, (index - 8) * batch)
    spent += performance.now() - began
  }
  const began = performance.now()
  await drained(timeline, total)
  const seconds = (spent + performance.now() - began) / 1000

  const held = timeline.kept.bytes / 1024 / 1024
  const view = views[0] as View
  const searched = performance.now()
  await view.show({ filter: { ...everything, text: 'orders/4242?' } })
  const search = performance.now() - searched
  return [
    row(
      'lines kept and filtered, one thread, two views',
      total / seconds,
      'lines/s',
      '≥ 1,000,000 with the source in the same thread',
      total / seconds >= 1_000_000,
    ),
    row('memory of a million kept lines of 80 bytes, columns and text', held, 'MB', '≤ 250', held <= 250),
    row('search of a million kept lines', search, 'ms', '≤ 400', search <= 400),
  ]
}
