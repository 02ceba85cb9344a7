// Looks through files of kept lines on a thread of its own: one question after another.
import { parentPort } from 'node:worker_threads'
/* oxlint-disable unicorn/require-post-message-target-origin -- a thread, not a window */
import { searchFile, type FileQuery } from './search'

let query: FileQuery | null = null

parentPort?.on('message', (message: { query: FileQuery } | { path: string }) => {
  if ('query' in message) query = message.query
  else if (query) parentPort?.postMessage(searchFile(message.path, query))
})
