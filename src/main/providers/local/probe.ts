import type { ConnectionId } from '../../../shared/domain/ids'
import type { HealthAnswer, InstanceView } from '../../supervisor/contract'
import type { ProbeAnswer } from '../provider'

const seconds = (ms: number) => `${Math.floor(ms / 1000)} s`

/** How the last end of an instance reads. */
export function exitWords({ exits }: Pick<InstanceView, 'exits'>): string | null {
  const last = exits.at(-1)
  if (!last) return null
  if (last.killed) return 'it did not end when asked, and was killed'
  return last.signal ? `it ended by signal ${last.signal}` : `it ended with code ${last.code}`
}

/**
 * Whether an instance is well. One that only just started and said nothing bad yet is not known, rather than sick.
 * `asked` is the answer of its health path, where it has one.
 */
export function judge(
  view: InstanceView | undefined,
  id: string,
  connectionId: ConnectionId,
  asked: HealthAnswer | null,
  now: number,
  aliveMs: number,
): ProbeAnswer {
  const answer = (healthy: boolean, known: boolean, words: string): ProbeAnswer => ({
    instance: id,
    connectionId,
    healthy,
    known,
    words,
  })
  if (!view) return answer(false, true, 'it is not there')
  const end = exitWords(view)
  if (view.phase !== 'running')
    return answer(
      false,
      true,
      view.problem?.message ?? (end ? `${end}${view.phase === 'waiting' ? ', and starts again soon' : ''}` : 'it does not run'),
    )
  const age = now - (view.startedAt ?? now)
  if (view.restarts > 0 && age < aliveMs)
    return answer(false, true, `${end ?? 'it ended'} and was started again ${seconds(age)} ago`)
  if (asked) {
    const young = view.healthySince === null && view.answers.every((one) => !one.healthy) && age < aliveMs
    return asked.healthy ? answer(true, true, asked.words) : answer(false, !young, asked.words)
  }
  return age >= aliveMs
    ? answer(true, true, `alive for ${seconds(age)}`)
    : answer(false, false, `alive for ${seconds(age)} of ${seconds(aliveMs)}`)
}
