import { LinkLost, ProblemError } from '../../../shared/domain/problem'
import type { Clock } from '../../ports'
import type { ServerHandle, ServerLink } from '../link'
import { jittered } from './limits'

/** What time mends. Anything else (a wrong key, a refused sign-in) is told at once, and tried anew when somebody asks. */
const passing = new Set([
  'server-name-unknown',
  'server-refused',
  'server-no-route',
  'server-silent',
  'server-busy',
  'server-broke-off',
  'forward-failed',
])

export interface Keeper extends ServerHandle {
  close(): Promise<void>
}

const longestPause = 10_000

const isTimeout = (error: unknown) => error instanceof DOMException && error.name === 'TimeoutError'

/** Waits for a work that others share; an own abort ends the waiting only. */
function joined<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/**
 * What time mends comes as LinkLost.
 * One connection to a server, shared by all who use it. One that was lost is opened anew at the next use; after a failure
 * that time may mend, the next try waits, each time for longer.
 */
export function keeper(open: (signal: AbortSignal) => Promise<ServerLink>, clock: Clock, firstPause = 500): Keeper {
  const closed = new AbortController()
  let link: ServerLink | null = null
  let opening: { work: Promise<ServerLink>; stop: AbortController; waiters: number } | null = null
  let failures = 0
  let failedAt = 0
  let failure: unknown = null

  async function openNew(signal: AbortSignal): Promise<ServerLink> {
    const pause = failures === 0 ? 0 : Math.min(longestPause, firstPause * 2 ** (failures - 1))
    const left = failedAt + jittered(pause) - clock.now()
    if (pause > 0 && left > 0) await clock.sleep(left, signal)
    try {
      link = await open(signal)
      failures = 0
      return link
    } catch (error) {
      const mends = error instanceof LinkLost || (error instanceof ProblemError && passing.has(error.problem.code))
      failures = mends ? failures + 1 : 0
      failedAt = clock.now()
      // Whoever is at work there knows nothing of it now: that is no failure of his.
      failure = mends && error instanceof ProblemError ? new LinkLost(error.problem) : error
      throw failure
    }
  }

  function begin() {
    const stop = new AbortController()
    const work = openNew(AbortSignal.any([stop.signal, closed.signal]))
    const mine = { work, stop, waiters: 0 }
    const over = () => {
      if (opening === mine) opening = null
    }
    work.then(over, over)
    return mine
  }

  return {
    async link(signal) {
      signal.throwIfAborted()
      closed.signal.throwIfAborted()
      if (link && !link.lost.aborted) return link
      const shared = (opening ??= begin())
      shared.waiters++
      try {
        return await joined(shared.work, signal)
      } catch (error) {
        // Whose time was up while it waited for the next try is told why there was none yet.
        throw isTimeout(error) && failures > 0 ? failure : error
      } finally {
        // What nobody waits for any more is not opened.
        if (--shared.waiters === 0 && signal.aborted) {
          shared.stop.abort(signal.reason)
          if (opening === shared) opening = null
        }
      }
    },
    async close() {
      const pending = opening?.work
      closed.abort(new DOMException('The connection was closed.', 'AbortError'))
      const late = await pending?.catch(() => null)
      await (late ?? link)?.close()
      link = null
    },
  }
}
