import { create } from 'zustand'
import type { SignInQuestion } from '../../../shared/domain/server'
import { client } from './link'
import { resumed } from './resumed'

/** What servers and locked keys ask now. */
export const useQuestions = create<{ waiting: SignInQuestion[]; watch(signal: AbortSignal): Promise<void> }>((set) => ({
  waiting: [],
  async watch(signal) {
    try {
      for await (const waiting of resumed<SignInQuestion[]>(() => client.connections.questions(undefined, { signal }), signal))
        set({ waiting })
    } catch {
      // The window says by itself that its owner is away.
    }
  },
}))
