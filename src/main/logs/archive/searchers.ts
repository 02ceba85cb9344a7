/* oxlint-disable unicorn/require-post-message-target-origin -- a thread, not a window */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { searchFile, type FileAnswer, type FileQuery } from './search'

const most = 4

/** Something that looks through one file after another. */
interface Searcher {
  search(path: string): Promise<FileAnswer>
  /** `busy`: it was left in the middle of a file. */
  end(busy: boolean): void
}

const here = (query: FileQuery): Searcher => ({
  search: async (path) => {
    // Others get their turn between the files.
    await new Promise((resolve) => setImmediate(resolve))
    return searchFile(path, query)
  },
  end: () => {},
})

/** Threads that look through files. They are kept for the next question: to start one takes longer than to look through many files. */
export class Searchers {
  /** The built file that runs on a thread; null searches on this one. */
  readonly #file: string | null
  #idle: Worker[] = []
  #ended = false

  constructor(file: string | null) {
    this.#file = file
  }

  /** Answers of files in the order in which they come, several at a time. */
  async *search(paths: readonly string[], query: FileQuery, signal: AbortSignal): AsyncGenerator<FileAnswer> {
    const threads = this.#file === null ? 0 : Math.max(1, Math.min(most, availableParallelism(), Math.ceil(paths.length / 8)))
    // The newest file is looked through here: it is answered at once.
    const mine = here(query)
    const searchers = [mine, ...Array.from({ length: threads }, () => this.#onThread(query))]
    const waiting = [...paths]
    const under = new Map<Searcher, Promise<{ searcher: Searcher; answer: FileAnswer }>>()
    const next = (searcher: Searcher) => {
      const path = waiting.shift()
      if (path === undefined) return under.delete(searcher)
      // A thread that cannot be had must not keep anybody from finding.
      const answer = searcher.search(path).catch(() => here(query).search(path))
      return under.set(
        searcher,
        answer.then((found) => ({ searcher, answer: found })),
      )
    }
    try {
      for (const searcher of searchers) next(searcher)
      while (under.size > 0 && !signal.aborted) {
        const { searcher, answer } = await Promise.race(under.values())
        if (searcher === mine && threads > 0) under.delete(mine)
        else next(searcher)
        yield answer
      }
    } finally {
      for (const searcher of searchers) searcher.end(under.has(searcher))
    }
  }

  end(): void {
    this.#ended = true
    for (const worker of this.#idle) void worker.terminate()
    this.#idle = []
  }

  #onThread(query: FileQuery): Searcher {
    const worker = this.#idle.pop() ?? new Worker(this.#file ?? '')
    worker.ref()
    worker.postMessage({ query })
    let broken: unknown = null
    const failed = (error: unknown) => (broken = error)
    worker.once('error', failed)
    return {
      search: (path) =>
        new Promise((resolve, reject) => {
          if (broken) return reject(new Error('the search ended', { cause: broken }))
          const done = (answer: FileAnswer) => {
            worker.off('error', reject)
            resolve(answer)
          }
          worker.once('message', done)
          worker.once('error', reject)
          worker.postMessage({ path })
        }),
      end: (busy) => {
        if (busy || broken || this.#ended || this.#idle.length >= most) {
          void worker.terminate()
          return
        }
        worker.off('error', failed)
        // Nobody waits for a thread that has nothing to do.
        worker.unref()
        worker.once('error', () => (this.#idle = this.#idle.filter((one) => one !== worker)))
        this.#idle.push(worker)
      },
    }
  }
}
