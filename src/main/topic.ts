/** Something happened, to those who wait for it. Keeps no history: a waiter looks at the state itself. */
export class Topic {
  readonly #listeners = new Set<() => void>()

  publish(): void {
    for (const listener of this.#listeners) listener()
  }

  /** Answers a function that ends the subscription. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Yields once at the start and then after each publish, until the signal aborts.
   * Publishes that come while the consumer works are joined into one; `quietMs` joins bursts.
   */
  async *turns(signal: AbortSignal, quietMs = 0): AsyncGenerator<void> {
    let pending = true
    let wake: () => void = () => {}
    const end = this.subscribe(() => {
      pending = true
      wake()
    })
    const onAbort = () => wake()
    signal.addEventListener('abort', onAbort)
    try {
      while (!signal.aborted) {
        if (!pending) await new Promise<void>((resolve) => (wake = resolve))
        if (signal.aborted) return
        pending = false
        yield
        await new Promise((resolve) => (quietMs > 0 ? setTimeout(resolve, quietMs) : setImmediate(resolve)))
      }
    } finally {
      end()
      signal.removeEventListener('abort', onAbort)
    }
  }
}
