import type { Client, ClientChannel } from 'ssh2'
import { setTimeout as sleep } from 'node:timers/promises'
import { LinkLost } from '../../../shared/domain/problem'
import type { About } from './about'
import { lostWhile, problem } from './text'

/** OpenSSH grants ten (MaxSessions); two are left for others. */
const most = 8
const tries = 6

/** Hands out session channels, so many at once; whoever comes later waits. */
export class SessionGate {
  #free = most
  readonly #waiting: (() => void)[] = []

  async #enter(): Promise<void> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free += 1
  }

  /** Opens a channel; its place is free again when it closes. A refusal for want of room is tried again. */
  async open(
    about: About,
    open: (done: (error: Error | undefined, channel: ClientChannel) => void) => void,
    signal: AbortSignal,
  ): Promise<ClientChannel> {
    await this.#enter()
    try {
      const channel = await this.#opened(about, open, signal)
      channel.once('close', () => this.#leave())
      return channel
    } catch (error) {
      this.#leave()
      throw error
    }
  }

  async #opened(
    about: About,
    open: (done: (error: Error | undefined, channel: ClientChannel) => void) => void,
    signal: AbortSignal,
  ): Promise<ClientChannel> {
    for (let wait = 100, left = tries; ; wait *= 2, left--) {
      signal.throwIfAborted()
      throwIfLost(about)
      try {
        return await orLost(
          about,
          'opening a channel',
          new Promise<ClientChannel>((resolve, reject) => open((error, channel) => (error ? reject(error) : resolve(channel)))),
        )
      } catch (error) {
        if (error instanceof LinkLost || left <= 1)
          throw error instanceof LinkLost ? error : problem('channels-refused', { server: about.name }, error)
        await sleep(wait * (0.5 + Math.random()), undefined, { signal })
      }
    }
  }
}

export function throwIfLost({ lost }: Pick<About, 'lost'>): void {
  if (lost.aborted) throw lost.reason
}

/** Waits for work, or for the link to go, whichever comes first. */
export function orLost<T>(about: About, doing: string, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const gone = () => reject(about.lost.reason instanceof LinkLost ? about.lost.reason : lostWhile(about.name, doing))
    if (about.lost.aborted) return gone()
    about.lost.addEventListener('abort', gone, { once: true })
    work.then(resolve, reject).finally(() => about.lost.removeEventListener('abort', gone))
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
