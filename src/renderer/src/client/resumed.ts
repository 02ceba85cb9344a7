import { link } from './link'
import { resumeWith } from './streams'

/** A stream that survives a lost link; see `resumeWith`. */
export function resumed<T>(open: (last: T | null, signal: AbortSignal) => Promise<AsyncIterable<T>>, signal: AbortSignal) {
  return resumeWith(link, open, signal)
}
