import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below the ranges from which systems take ports for outgoing connections, so that nobody happens to sit on it at the next start. */
const lasting = { from: 20_000, to: 32_000 }
const tries = 200

/** Whether nobody listens on this port of the loopback. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)))
  })
}

/** A free loopback port that is meant to be kept. Answers 0, which means any, where none of many tries was free. */
export async function lastingPort(): Promise<number> {
  for (let count = 0; count < tries; count += 1) {
    const port = randomInt(lasting.from, lasting.to)
    if (await isFree(port)) return port
  }
  return 0
}
