import type { LogBatch } from '../../shared/api/logs'
import type { SourceStatus } from '../../shared/domain/log'
import type { Clock } from '../ports'
import type { View } from './view'

const rateTurnMs = 1000

/** Gives a view's batches to its reader: when rows came, a state changed, or a rate moved; never more than it has credit for. */
export async function* followView(
  view: View,
  statusesOf: () => SourceStatus[],
  clock: Clock,
  ended: AbortSignal,
): AsyncGenerator<LogBatch> {
  const wake = () => view.wake()
  // Once for the stream, not once a wait.
  ended.addEventListener('abort', wake)
  view.begin()
  let [last, rated] = ['', 0]
  try {
    while (!ended.aborted) {
      const woken = view.woken()
      const statuses = statusesOf()
      const moving = statuses.some(({ rate }) => rate > 0)
      const looks = JSON.stringify([view.matching, statuses.map(({ state, problem }) => [state, problem?.code])])
      const rateDue = clock.now() - rated >= rateTurnMs && moving
      if (view.hasCredit && (view.hasFresh || looks !== last || rateDue)) {
        last = looks
        rated = clock.now()
        yield view.batch(statuses)
        // A reader in the same process would otherwise keep everybody else, and its own abort, waiting.
        await new Promise((resolve) => setImmediate(resolve))
        continue
      }
      await (moving && view.hasCredit ? Promise.race([woken, clock.sleep(rateTurnMs, ended).catch(() => {})]) : woken)
    }
  } finally {
    ended.removeEventListener('abort', wake)
  }
}
