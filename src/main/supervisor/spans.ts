import type { SpanCount } from './contract'

export const spanMs = 5000
const kept = 60
const sampled = 2000

/** Counts of requests over spans of five seconds, the last five minutes. */
export class Spans {
  private spans: (SpanCount & { latencies: number[] })[] = []

  constructor(private readonly now: () => number) {}

  /** One answered or failed request. */
  count(latencyMs: number, failed: boolean) {
    const span = this.current()
    span.requests += 1
    if (failed) span.errors += 1
    if (span.latencies.length < sampled) span.latencies.push(latencyMs)
  }

  private current() {
    const at = Math.floor(this.now() / spanMs) * spanMs
    const last = this.spans.at(-1)
    if (last?.at === at) return last
    const span = { at, requests: 0, errors: 0, p95: null, latencies: [] }
    this.spans = [...this.spans.slice(1 - kept), span]
    return span
  }

  /** Spans in which something came, oldest first. */
  view(): SpanCount[] {
    return this.spans.map(({ at, requests, errors, latencies }) => {
      const sorted = latencies.toSorted((a, b) => a - b)
      const p95 = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))] ?? null
      return { at, requests, errors, p95 }
    })
  }
}
