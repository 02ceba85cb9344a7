/* oxlint-disable unicorn/require-post-message-target-origin -- a thread, not a window */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { sealedBytes, type Filled } from './sealed'
import { FileSearch, type FileAnswer, type FileQuery } from './search'

const most = 4

/** Files that are looked through at one word: few at first, so that what is new is there at once. */
const atOnce = (done: number) => Math.min(16, 1 + Math.floor(done / 4))

/** Something that looks through files, some at a time. */
interface Searcher {
  search(paths: readonly string[], least: number): Promise<FileAnswer>
  /** `busy`: it was left in the middle of a file. */
  end(busy: boolean): void
}

const here = (query: FileQuery): Searcher => {
  const files = new FileSearch(0)
  return {
    search: async (paths, least) => {
      // Others get their turn between the files.
      await new Promise((resolve) => setImmediate(resolve))
      return files.search(paths, query, least)
    },
    end: () => {},
  }
}

/** The next answer of a thread; throws what ends it. */
const answerOf = <Answer>(worker: Worker, question: object): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const done = (answer: Answer) => {
      worker.off('error', reject)
      resolve(answer)
    }
    worker.once('message', done)
    worker.once('error', reject)
    worker.postMessage(question)
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

  /**
   * Answers of files in the order in which they come, several at a time. `least` says from which time on lines are still wanted;
   * older ones are counted.
   */
  async *search(
    paths: readonly string[],
    query: FileQuery,
    least: () => number,
    signal: AbortSignal,
  ): AsyncGenerator<FileAnswer> {
    const threads = this.#file === null ? 0 : Math.max(1, Math.min(most, availableParallelism(), Math.ceil(paths.length / 8)))
    // The newest file is looked through here: it is answered at once.
    const mine = here(query)
    const searchers = [mine, ...Array.from({ length: threads }, () => this.#onThread(query))]
    const queues = queuesOf(paths, searchers.length)
    const under = new Map<Searcher, Promise<{ searcher: Searcher; answer: FileAnswer }>>()
    let done = 0
    const next = (searcher: Searcher) => {
      const own = queues[searchers.indexOf(searcher)] ?? []
      // Who is done helps the others, but for this thread, which has other things to do.
      const from = own.length > 0 || searcher === mine ? own : (queues.toSorted((a, b) => b.length - a.length)[0] ?? own)
      const some = from.splice(0, searcher === mine ? 1 : Math.min(atOnce(done), Math.ceil(from.length / 2)))
      if (some.length === 0) return under.delete(searcher)
      // A thread that cannot be had must not keep anybody from finding.
      const answer = searcher.search(some, least()).catch(() => here(query).search(some, least()))
      return under.set(
        searcher,
        answer.then((found) => ({ searcher, answer: found })),
      )
    }
    try {
      for (const searcher of searchers) next(searcher)
      while (under.size > 0 && !signal.aborted) {
        const { searcher, answer } = await Promise.race(under.values())
        done += answer.files
        next(searcher)
        yield answer
      }
    } finally {
      for (const searcher of searchers) searcher.end(under.has(searcher))
    }
  }

  /** The bytes of a full file, made on a thread where there is one. */
  async pack(filled: Filled): Promise<Uint8Array> {
    if (this.#file === null || this.#ended) return sealedBytes(filled)
    const worker = this.#take(this.#file)
    try {
      const bytes = await answerOf<Uint8Array>(worker, { filled })
      this.#rest(worker)
      return bytes
    } catch {
      void worker.terminate()
      return sealedBytes(filled)
    }
  }

  end(): void {
    this.#ended = true
    for (const worker of this.#idle) void worker.terminate()
    this.#idle = []
  }

  #onThread(query: FileQuery): Searcher {
    const worker = this.#take(this.#file ?? '')
    worker.postMessage({ query })
    let broken: unknown = null
    const failed = (error: unknown) => (broken = error)
    worker.once('error', failed)
    return {
      search: (paths, least) =>
        broken ? Promise.reject(new Error('the search ended', { cause: broken })) : answerOf(worker, { paths, least }),
      end: (busy) => {
        worker.off('error', failed)
        if (busy || broken) void worker.terminate()
        else this.#rest(worker)
      },
    }
  }

  #take(file: string): Worker {
    const idle = this.#idle.shift()
    idle?.ref()
    if (idle) return idle
    const worker = new Worker(file)
    worker.once('error', () => (this.#idle = this.#idle.filter((one) => one !== worker)))
    return worker
  }

  /** Holds a thread for the next question. Nobody waits for one that has nothing to do. */
  #rest(worker: Worker): void {
    if (this.#ended || this.#idle.length >= most) {
      void worker.terminate()
      return
    }
    worker.unref()
    this.#idle.push(worker)
  }
}

/** The newest file alone for the first; the others in turn, so that a file comes to the thread that had it before. */
function queuesOf(paths: readonly string[], count: number): string[][] {
  if (count === 1) return [[...paths]]
  const queues = Array.from({ length: count }, (): string[] => [])
  for (const [at, path] of paths.entries()) queues[at === 0 ? 0 : 1 + (numberIn(path) % (count - 1))]?.push(path)
  return queues
}

const numberIn = (path: string) => Number(/(\d+)\.\w+$/.exec(path)?.[1] ?? 0)
