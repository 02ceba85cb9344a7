import { createInterface } from 'node:readline'
import type { Clock } from '../../ports'
import type { ServerLink } from '../../ssh/link'

/** What is known of a server's clock. Milliseconds. */
export interface ServerClock {
  /** How far it is ahead of ours. */
  skewMs: number
  /** Its zone, east of UTC. */
  zoneMs: number
  /** `CET`, or `+03` where it has no letters. */
  zoneName: string
  /** By how much that may be wrong. */
  errorMs: number
}

const trips = 7
/** Answers each line with its clock. BusyBox knows no fractions of a second. */
const answering = 'while read -r l; do date "+%s %N %z %Z"; done'

function answered(line: string): { time: number; exact: boolean; zoneMs: number; zoneName: string } | null {
  const [seconds = '', nanos = '', zone = '', name = ''] = line.split(' ')
  if (!/^\d{9,11}$/.test(seconds)) return null
  const exact = /^\d{9}$/.test(nanos)
  const [, sign, hours, minutes] = /^([+-])(\d\d)(\d\d)$/.exec(zone) ?? []
  const east = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000
  // Half a second on is the middle of what whole seconds can mean.
  const time = Number(seconds) * 1000 + (exact ? Number(nanos) / 1e6 : 500)
  return { time, exact, zoneMs: sign === '-' ? -east : east, zoneName: /^[\w+-]{1,20}$/.test(name) ? name : '' }
}

/** Measures a server's clock by several round trips: the quickest says most. null where it does not tell. */
export async function clockOf(link: ServerLink, clock: Clock, signal: AbortSignal): Promise<ServerClock | null> {
  const program = await link.start(['/bin/sh', '-c', answering], {}, signal)
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]()
  program.stderr.resume()
  try {
    let best: (ServerClock & { trip: number }) | null = null
    for (let i = 0; i < trips; i++) {
      const sent = clock.now()
      program.stdin.write('\n')
      const line = await lines.next()
      const came = clock.now()
      const said = line.done ? null : answered(line.value)
      if (!said) break
      const trip = came - sent
      if (best && best.trip <= trip) continue
      const errorMs = trip / 2 + (said.exact ? 0 : 500)
      best = { skewMs: said.time - (sent + came) / 2, zoneMs: said.zoneMs, zoneName: said.zoneName, errorMs, trip }
    }
    return best && { skewMs: best.skewMs, zoneMs: best.zoneMs, zoneName: best.zoneName, errorMs: best.errorMs }
  } finally {
    program.kill()
  }
}
