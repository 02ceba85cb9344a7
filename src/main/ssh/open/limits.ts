import type { Clock } from '../../ports'

/** How long a part of the way may take, in milliseconds. */
export interface Limits {
  /** Until a TCP connection stands. */
  connect: number
  /** From there until the keys are exchanged. */
  handshake: number
  /** For an answer to one try to sign in. Time in which somebody is asked does not count. */
  signIn: number
  /** Between two signs of life; three that stay unanswered are a lost link. */
  keepalive: number
  /** Before the next try after a server closed before it said who it is; doubled each time. */
  backOff: number
}

export const usualLimits: Limits = { connect: 15_000, handshake: 20_000, signIn: 30_000, keepalive: 10_000, backOff: 400 }

/** Waits for `work`, but not for longer than `ms`: then throws what `late` makes. */
export async function within<T>(ms: number, clock: Clock, work: Promise<T>, late: () => Error): Promise<T> {
  const over = new AbortController()
  const timeout = clock.sleep(ms, over.signal).then(() => {
    throw late()
  })
  timeout.catch(() => {})
  try {
    return await Promise.race([work, timeout])
  } finally {
    over.abort()
  }
}

/** A little more or less, so that many who wait do not come at once. */
export const jittered = (ms: number) => ms * (0.5 + Math.random() / 2)
