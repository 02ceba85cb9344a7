// Looks through files of kept lines, and packs those that are full, on a thread of its own: one thing after another.
import { parentPort } from 'node:worker_threads'
/* oxlint-disable unicorn/require-post-message-target-origin -- a thread, not a window */
import { sealedBytes, type Filled } from './sealed'
import { FileSearch, type FileQuery } from './search'

/** What of unpacked files is held for the next question, and how long after the last. */
const keepBytes = 96 * 1024 * 1024
const keepMs = 30_000

const files = new FileSearch(keepBytes)
let query: FileQuery | null = null
let over: NodeJS.Timeout | undefined

parentPort?.on('message', (message: { query: FileQuery } | { paths: string[]; least: number } | { filled: Filled }) => {
  if ('query' in message) {
    query = message.query
    clearTimeout(over)
    over = setTimeout(() => files.forget(), keepMs)
    over.unref()
  } else if ('filled' in message) parentPort?.postMessage(sealedBytes(message.filled))
  else if (query) parentPort?.postMessage(files.search(message.paths, query, message.least))
})
