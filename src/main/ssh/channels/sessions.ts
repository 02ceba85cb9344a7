import type { Client } from 'ssh2'
import { LinkLost } from '../../../shared/domain/problem'
import type { Clock } from '../../ports'
import type { About } from './about'
import { lostWhile, problem } from './text'

/** OpenSSH grants ten (MaxSessions); two are left for others. What stays open for long leaves two to short commands. */
const most = 8
const mostLong = 6
/** Milliseconds that something which stays waits for its place: what holds the others may last for days. */
const patience = 15_000
const tries = 6

/** A command that ends by itself, or what is open until somebody closes it. */
export type Stay = 'short' | 'long'

interface Opened {
  once(event: 'close', listener: () => void): unknown
  destroy(): unknown
}
export type Done<T> = (error: Error | null | undefined, channel: T) => void

/** So many at once; whoever comes later waits in line until its signal ends it. */
export class Places {
  #free: number
  readonly #waiting = new Set<() => void>()

  constructor(free: number) {
    this.#free = free
  }

  /** Answers how to give the place back, which counts once. */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    if (this.#free > 0) this.#free -= 1
    else await this.#turn(signal)
    let here = true
    return () => {
      if (here) this.#leave()
      here = false
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const go = () => (signal.removeEventListener('abort', giveUp), resolve())
      const giveUp = () => (this.#waiting.delete(go), reject(signal.reason as Error))
      this.#waiting.add(go)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  #leave(): void {
    const [next] = this.#waiting
    if (next) {
      this.#waiting.delete(next)
      next()
    } else this.#free += 1
  }
}

/** A server that has no room for a channel says so; what else goes wrong is no matter of room. */
const isRefusal = (error: unknown) => error instanceof Error && error.message.includes('Channel open failure')

/** Hands out session channels, so many at once; whoever comes later waits. */
export class SessionGate {
  readonly #all = new Places(most)
  readonly #long = new Places(mostLong)
  readonly #about: About
  readonly #clock: Clock

  constructor(about: About, clock: Clock) {
    this.#about = about
    this.#clock = clock
  }

  /** Opens a channel; its place is free again when it closes. A refusal for want of room is tried again. */
  async open<T extends Opened>(stay: Stay, open: (done: Done<T>) => void, signal: AbortSignal): Promise<T> {
    const places: (() => void)[] = []
    const leave = () => places.forEach((one) => one())
    try {
      if (stay === 'long') places.push(await this.#inTime(signal))
      places.push(await this.#all.enter(AbortSignal.any([signal, this.#about.lost])))
      const channel = await this.#opened(open, signal)
      channel.once('close', leave)
      return channel
    } catch (error) {
      leave()
      throw error
    }
  }

  async #inTime(signal: AbortSignal): Promise<() => void> {
    const [late, inside] = [new AbortController(), new AbortController()]
    void this.#clock.sleep(patience, inside.signal).then(
      () => late.abort(problem('channels-taken', { server: this.#about.name, most: mostLong })),
      () => {},
    )
    try {
      return await this.#long.enter(AbortSignal.any([signal, this.#about.lost, late.signal]))
    } finally {
      inside.abort()
    }
  }

  async #opened<T extends Opened>(open: (done: Done<T>) => void, signal: AbortSignal): Promise<T> {
    for (let wait = 100, left = tries; ; wait *= 2, left--) {
      try {
        return await opening(this.#about, 'opening a channel', open, signal)
      } catch (error) {
        if (signal.aborted || !isRefusal(error)) throw error
        if (left <= 1) throw problem('channels-refused', { server: this.#about.name }, error)
        await this.#clock.sleep(wait * (0.5 + Math.random()), AbortSignal.any([signal, this.#about.lost]))
      }
    }
  }
}

/** Opens a channel, unless the link goes or the signal ends the wait: one that comes later still is closed again. */
export async function opening<T extends Pick<Opened, 'destroy'>>(
  about: About,
  doing: string,
  open: (done: Done<T>) => void,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted()
  throwIfLost(about)
  const channel = new Promise<T>((resolve, reject) => open((error, opened) => (error ? reject(error) : resolve(opened))))
  try {
    return await orLost(about, doing, channel, signal)
  } catch (error) {
    channel.then(
      (late) => late.destroy(),
      () => {},
    )
    throw error
  }
}

export function throwIfLost({ lost }: Pick<About, 'lost'>): void {
  if (lost.aborted) throw lost.reason
}

/** Waits for work, for the link to go, or for the signal, whichever comes first. */
export function orLost<T>(about: About, doing: string, work: Promise<T>, signal?: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const gone = () => reject(about.lost.reason instanceof LinkLost ? about.lost.reason : lostWhile(about.name, doing))
    const ended = () => reject(signal?.reason as Error)
    work.then(resolve, reject).finally(() => {
      about.lost.removeEventListener('abort', gone)
      signal?.removeEventListener('abort', ended)
    })
    if (about.lost.aborted) return gone()
    if (signal?.aborted) return ended()
    about.lost.addEventListener('abort', gone, { once: true })
    signal?.addEventListener('abort', ended, { once: true })
  })
}

/** Opens a channel by the client, whose own throw (not connected) is a lost link too. */
export function byClient(client: Client, about: About, call: (client: Client) => void): void {
  try {
    call(client)
  } catch {
    throw about.lost.aborted ? about.lost.reason : lostWhile(about.name, 'opening a channel')
  }
}
