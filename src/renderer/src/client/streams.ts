import { isAnswer } from './problems'

export interface ResumePorts {
  whenOpen: (signal: AbortSignal) => Promise<void>
}

/**
 * A stream that outlives its link: when the link goes, it is opened again with the last item seen,
 * so that the opener can ask for what came after. Ends with the stream or the signal; throws what the owner answered.
 */
export async function* resumeWith<T>(
  ports: ResumePorts,
  open: (last: T | null, signal: AbortSignal) => Promise<AsyncIterable<T>>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  let last: T | null = null
  while (!signal.aborted) {
    try {
      await ports.whenOpen(signal)
      for await (const item of await open(last, signal)) {
        last = item
        yield item
      }
      return
    } catch (error) {
      if (signal.aborted) return
      if (isAnswer(error)) throw error
      // The link state needs one turn to follow a loss; without it this loop would spin.
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
