/** So many at once, in the order in which they came. */
export interface Turns {
  /** Waits for a turn. Answers what gives it back; giving it back twice is no harm. */
  take(signal: AbortSignal): Promise<() => void>
}

export function turnsOf(most: number): Turns {
  let free = most
  const waiting: (() => void)[] = []
  const giveBack = () => {
    const next = waiting.shift()
    if (next) next()
    else free++
  }
  const once = () => {
    let given = false
    return () => {
      if (!given) giveBack()
      given = true
    }
  }
  return {
    async take(signal) {
      signal.throwIfAborted()
      if (free > 0) {
        free--
        return once()
      }
      return new Promise((resolve, reject) => {
        const onAbort = () => {
          waiting.splice(waiting.indexOf(mine), 1)
          reject(signal.reason)
        }
        const mine = () => {
          signal.removeEventListener('abort', onAbort)
          resolve(once())
        }
        waiting.push(mine)
        signal.addEventListener('abort', onAbort, { once: true })
      })
    },
  }
}
