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

type Ask = (question: Asked, signal: AbortSignal) => Promise<readonly string[] | null>

/**
 * Keeps a typed passphrase or password in memory for as long as a connection is open, so that a link that was lost comes back
 * without somebody at the screen. One-time codes are asked anew. Each answer is used once an opening; a second question means
 * that it was wrong.
 */
export function rememberedWhileOpen(ask: Ask) {
  const known = new Map<string, readonly string[]>()
  return {
    forget: () => known.clear(),
    opening(): Ask {
      const used = new Set<string>()
      return async (question, signal) => {
        const key = `${question.kind} ${question.about}`
        const kept = used.has(key) ? undefined : known.get(key)
        used.add(key)
        if (kept) return kept
        const answers = await ask(question, signal)
        if (answers && question.kind !== 'interactive') known.set(key, answers)
        return answers
      }
    },
  }
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
