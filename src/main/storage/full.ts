import { problem } from './text'

const isFull = (error: unknown) => error instanceof Error && 'code' in error && String(error.code) === 'SQLITE_FULL'

/** Does a write, and says in plain words where the disk had no room for it. Then nothing of it was written. */
export function orFull<T>(file: string, write: () => T): T {
  try {
    return write()
  } catch (error) {
    if (isFull(error)) throw problem('disk-full', { file }, error)
    throw error
  }
}

/** The same for a write that is awaited. */
export async function orFullLater<T>(file: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (isFull(error)) throw problem('disk-full', { file }, error)
    throw error
  }
}
