import { randomUUID } from 'node:crypto'
import type { SignInQuestion } from '../../../shared/domain/server'
import type { Clock } from '../../ports'
import type { Asked } from '../../ssh/open'
import type { ServerKindPort } from '../connection'

/** How long a question waits for its answer. */
export const questionMs = 120_000

export interface OpenQuestions {
  port: ServerKindPort['questions']
  /** Asks, and waits: null where it was cancelled or nobody answered in time. */
  ask(connectionId: string, question: Asked, signal: AbortSignal): Promise<readonly string[] | null>
}

/** Questions that wait for somebody at the screen. Answers are handed on and never kept. */
export function openQuestions(clock: Clock, patienceMs = questionMs): OpenQuestions {
  const waiting = new Map<string, { question: SignInQuestion; answer(answers: readonly string[] | null): void }>()
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  return {
    port: {
      list: () => [...waiting.values()].map(({ question }) => question),
      subscribe(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      answer: (id, answers) => waiting.get(id)?.answer(answers),
    },
    async ask(connectionId, asked, signal) {
      signal.throwIfAborted()
      const id = randomUUID()
      const given = Promise.withResolvers<readonly string[] | null>()
      const over = new AbortController()
      const question = { ...asked, id, connectionId, expiresAt: clock.now() + patienceMs }
      const onAbort = () => given.reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      waiting.set(id, { question, answer: given.resolve })
      clock.sleep(patienceMs, over.signal).then(
        () => given.resolve(null),
        () => {},
      )
      changed()
      try {
        return await given.promise
      } finally {
        over.abort()
        signal.removeEventListener('abort', onAbort)
        waiting.delete(id)
        changed()
      }
    },
  }
}
