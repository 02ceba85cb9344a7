import type { SourcePiece } from '../source'

const most = 32

/** Pieces on their way from the one program on a server to one that follows it, a few at most. */
export class Mailbox {
  readonly #waiting: SourcePiece[] = []
  #wake = () => {}
  #room = () => {}
  #failed: { error: unknown } | null = null

  /** Resolves when there is room for more. */
  async give(piece: SourcePiece, signal: AbortSignal): Promise<void> {
    this.#waiting.push(piece)
    this.#wake()
    while (this.#waiting.length > most && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#room = resolve
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  /** Ends it, after what is in it was taken. */
  fail(error: unknown): void {
    this.#failed ??= { error }
    this.#wake()
  }

  /** Pieces as they come, until the signal aborts. Throws what it failed with. */
  async *all(signal: AbortSignal): AsyncGenerator<SourcePiece> {
    const end = () => this.#wake()
    signal.addEventListener('abort', end)
    try {
      while (!signal.aborted) {
        const piece = this.#waiting.shift()
        if (piece) {
          if (this.#waiting.length <= most / 2) this.#room()
          yield piece
        } else if (this.#failed) throw this.#failed.error
        else await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      signal.removeEventListener('abort', end)
      this.#room()
    }
  }
}
