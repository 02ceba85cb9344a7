import type { Clock } from '../../ports'
import type { ServerLink } from '../../ssh/link'
import type { SourcePiece } from '../source'
import type { Mailbox } from './mailbox'

export interface Member {
  readonly mailbox: Mailbox
}

/** Reads for all members until the signal aborts or it wants to begin anew. What it throws ends all members that are left. */
export type ReadForAll<M extends Member> = (link: ServerLink, members: ReadonlySet<M>, signal: AbortSignal) => Promise<void>

const gatherMs = 50

/**
 * One program on a server for all that follow something of one sort there: channels are few. It is begun anew when somebody comes or
 * goes; each goes on from where it was.
 */
export class Tap<M extends Member> {
  readonly #link: (signal: AbortSignal) => Promise<ServerLink>
  readonly #read: ReadForAll<M>
  readonly #clock: Clock
  readonly #members = new Set<M>()
  #turn: AbortController | null = null
  #going = false

  constructor(link: (signal: AbortSignal) => Promise<ServerLink>, clock: Clock, read: ReadForAll<M>) {
    this.#link = link
    this.#clock = clock
    this.#read = read
  }

  async *follow(member: M, signal: AbortSignal): AsyncGenerator<SourcePiece> {
    this.#members.add(member)
    this.#again()
    try {
      yield* member.mailbox.all(signal)
    } finally {
      if (this.#members.delete(member)) this.#again()
    }
  }

  /** One member alone ends. */
  drop(member: M, error: unknown): void {
    this.#members.delete(member)
    member.mailbox.fail(error)
  }

  #again(): void {
    this.#turn?.abort()
    if (!this.#going) void this.#go()
  }

  async #go(): Promise<void> {
    this.#going = true
    while (this.#members.size > 0) {
      const turn = new AbortController()
      this.#turn = turn
      try {
        // Many come at once.
        await this.#clock.sleep(gatherMs, turn.signal)
        await this.#read(await this.#link(turn.signal), this.#members, turn.signal)
      } catch (error) {
        if (!turn.signal.aborted) for (const member of this.#members) this.drop(member, error)
      }
      turn.abort()
    }
    this.#going = false
  }
}
