import type { Digest } from '../../shared/domain/artifact'
import type { ConnectionId } from '../../shared/domain/ids'

type Chunk = Uint8Array | null

/** How far ahead of the slowest reader a source may be read. */
const aheadChunks = 64

interface Reader {
  queue: Chunk[]
  wake: (() => void) | null
  gone: boolean
}

/** One source, read once for several readers, at the pace of the slowest that is still there. */
class Relay {
  readonly #readers: Reader[] = []
  #expected: number
  #open: (() => AsyncIterable<Uint8Array>) | null = null
  #room: (() => void) | null = null
  #failed: { error: unknown } | null = null

  constructor(expected: number) {
    this.#expected = expected
  }

  /** One that might have read does not need to. */
  skip(): void {
    this.#expected -= 1
    this.#begin()
  }

  /** The bytes, from the first one on. The source opens once everybody is here. */
  async *read(open: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const reader: Reader = { queue: [], wake: null, gone: false }
    this.#readers.push(reader)
    this.#open ??= open
    this.#begin()
    try {
      for (;;) {
        while (reader.queue.length === 0 && !this.#failed) await new Promise<void>((resolve) => (reader.wake = resolve))
        const chunk = reader.queue.shift()
        this.#room?.()
        if (chunk) yield chunk
        else if (chunk === null) return
        else throw this.#failed?.error
      }
    } finally {
      reader.gone = true
      this.#room?.()
    }
  }

  #begin() {
    if (this.#open && this.#readers.length >= this.#expected) {
      const open = this.#open
      this.#expected = Infinity
      void this.#pump(open)
    }
  }

  async #pump(open: () => AsyncIterable<Uint8Array>) {
    try {
      for await (const chunk of open()) {
        this.#give(chunk)
        while (this.#readers.some((one) => !one.gone && one.queue.length >= aheadChunks))
          await new Promise<void>((resolve) => (this.#room = resolve))
        if (this.#readers.every((one) => one.gone)) return
      }
      this.#give(null)
    } catch (error) {
      this.#failed = { error }
      for (const reader of this.#readers) reader.wake?.()
    }
  }

  #give(chunk: Chunk) {
    for (const reader of this.#readers) {
      if (reader.gone) continue
      reader.queue.push(chunk)
      reader.wake?.()
    }
  }
}

/** An artifact that is wanted on a connection. */
export interface Wanted {
  digest: Digest
  connectionId: ConnectionId
}

/**
 * The relays of one phase: connections that want the same artifact share one reading of it. Two services that want the same on one
 * connection do not bring it twice: the second waits for the first, and finds it there, or brings it alone.
 */
export class Relays {
  readonly #relays = new Map<Digest, Relay>()
  readonly #under = new Map<string, Promise<void>>()

  constructor(wanted: readonly Wanted[]) {
    for (const { digest } of wanted) {
      const there = new Set(wanted.filter((one) => one.digest === digest).map((one) => one.connectionId))
      this.#relays.set(digest, new Relay(there.size))
    }
  }

  /** `before` ends when nobody else brings it there; null for the first. `over` lets the next one go on. */
  turn({ digest, connectionId }: Wanted): { relay: Relay; before: Promise<void> | null; over: () => void } {
    const key = `${digest} ${connectionId}`
    const before = this.#under.get(key) ?? null
    let over = () => {}
    const mine = new Promise<void>((resolve) => (over = resolve))
    this.#under.set(key, before ? before.then(() => mine) : mine)
    const shared = before ? null : this.#relays.get(digest)
    return { relay: shared ?? new Relay(1), before, over }
  }
}
