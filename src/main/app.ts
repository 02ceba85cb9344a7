import type { Router } from '@orpc/server'
import type { Contract } from '../shared/api'
import type { Host } from './host'

/** Who calls: one channel of one client. Its signal aborts when the channel is gone. */
export interface CallerContext {
  clientId: string
  gone: AbortSignal
}

export type QuitMode = 'wait' | 'safe-point' | 'leave'

export interface SlipwayApp {
  /** The same contract for every channel. */
  router: Router<Contract, CallerContext>
  /** What is under way, for the tray and for quitting. */
  activity(): { runs: { id: string; title: string }[] }
  /** Called with every change of `activity`. Answers a function that ends it. */
  onActivity(listener: () => void): () => void
  /** Ends by the quit mode: `wait` for runs, or stop at a safe point, or leave them journalled. Ends the supervisor unless runs were left. */
  close(mode: QuitMode): Promise<void>
}

/** The only wiring. Throws a ProblemError where the data folder cannot be used. */
export async function createApp(_host: Host): Promise<SlipwayApp> {
  throw new Error('wired next')
}
