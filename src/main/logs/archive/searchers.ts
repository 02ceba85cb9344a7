/* oxlint-disable unicorn/require-post-message-target-origin -- a thread, not a window */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { searchFile, type FileAnswer, type FileQuery } from './search'

/** Something that looks through one file after another. */
interface Searcher {
  search(path: string): Promise<FileAnswer>
  end(): void
}

const here = (query: FileQuery): Searcher => ({
  search: async (path) => {
    // Others get their turn between the files.
    await new Promise((resolve) => setImmediate(resolve))
    return searchFile(path, query)
  },
  end: () => {},
})

function onThread(file: string, query: FileQuery): Searcher {
  const worker = new Worker(file)
  worker.postMessage({ query })
  let broken: unknown = null
  worker.once('error', (error) => (broken = error))
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
    end: () => void worker.terminate(),
  }
}

/** Answers of files in the order in which they come, several at a time. `workerFile` null searches on this thread. */
export async function* searchFiles(
  paths: readonly string[],
  query: FileQuery,
  workerFile: string | null,
  signal: AbortSignal,
): AsyncGenerator<FileAnswer> {
  const threads = workerFile === null ? 1 : Math.max(1, Math.min(4, availableParallelism(), Math.ceil(paths.length / 8)))
  const others = workerFile === null ? [] : Array.from({ length: threads }, () => onThread(workerFile, query))
  // The newest file is looked through here: a thread takes longer to start than that.
  const mine = here(query)
  const searchers = [mine, ...others]
  const waiting = [...paths]
  const under = new Map<Searcher, Promise<{ searcher: Searcher; answer: FileAnswer }>>()
  const next = (searcher: Searcher) => {
    const path = waiting.shift()
    if (path === undefined) under.delete(searcher)
    // A thread that cannot be had must not keep anybody from finding.
    else
      under.set(
        searcher,
        searcher
          .search(path)
          .catch(() => here(query).search(path))
          .then((answer) => ({ searcher, answer })),
      )
  }
  try {
    for (const searcher of searchers) next(searcher)
    while (under.size > 0 && !signal.aborted) {
      const { searcher, answer } = await Promise.race(under.values())
      if (searcher === mine && others.length > 0) under.delete(mine)
      else next(searcher)
      yield answer
    }
  } finally {
    for (const searcher of searchers) searcher.end()
  }
}
