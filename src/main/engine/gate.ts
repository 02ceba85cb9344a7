import type { Step } from '../../shared/domain/plan'
import { LinkLost } from '../../shared/domain/problem'
import type { ProbeAnswer, Session, StepContext, StepEvent } from '../providers/provider'
import type { EnginePorts } from './engine'
import { problem } from './text'

/** `sick`: the last answer that was not good, for one that answers now this way and now that. */
type Streaks = Map<string, { good: number; bad: number; sick: string }>

function count(streaks: Streaks, answers: readonly ProbeAnswer[]) {
  for (const { instance, healthy, known, words } of answers) {
    const { good, bad, sick } = streaks.get(instance) ?? { good: 0, bad: 0, sick: '' }
    // A lost link says nothing about the instance.
    if (!known) continue
    streaks.set(instance, healthy ? { good: good + 1, bad: 0, sick } : { good: 0, bad: bad + 1, sick: words })
  }
}

const wordsOf = (answers: readonly ProbeAnswer[]) => {
  const good = answers.filter((answer) => answer.known && answer.healthy).length
  const first = answers.find((answer) => !answer.healthy)
  return first ? `${good} of ${answers.length} healthy · ${first.words}` : `${good} of ${answers.length} healthy`
}

/** Waits until every new instance is healthy several times in a row. Throws `unhealthy` when the time is over. */
export async function* untilHealthy(
  ports: EnginePorts,
  step: Step,
  session: Session,
  context: StepContext,
  signal: AbortSignal,
): AsyncGenerator<StepEvent> {
  const { clock, timings } = ports
  const streaks: Streaks = new Map()
  const end = clock.now() + timings.healthyTimeout
  for (;;) {
    const answers = await session.probe(step, context, signal)
    count(streaks, answers)
    yield { type: 'progress', words: wordsOf(answers), done: null, total: null }
    if (answers.every(({ instance }) => (streaks.get(instance)?.good ?? 0) >= timings.goodInARow)) return
    if (clock.now() >= end) {
      const sick = answers.filter(({ instance }) => (streaks.get(instance)?.good ?? 0) < timings.goodInARow)
      // Where nobody could ask, nothing is known: neither success nor failure.
      if (sick.some((one) => !one.known))
        throw new LinkLost(problem('link-lost', { what: 'waiting for it to be healthy' }).problem)
      const [first] = sick
      const last = first ? streaks.get(first.instance)?.sick : null
      throw problem('unhealthy', {
        instances: sick.map((one) => one.instance),
        words: first?.healthy ? `it was not steady${last ? `: ${last} in between` : ''}` : (first?.words ?? 'it was not steady'),
        seconds: Math.round(timings.healthyTimeout / 1000),
      })
    }
    await clock.sleep(timings.probeInterval, signal)
  }
}

/** Watches the new instances with traffic on them. Throws `gate-failed` when one stops being healthy. */
export async function* bake(
  ports: EnginePorts,
  step: Step,
  session: Session,
  context: StepContext,
  seconds: number,
  signal: AbortSignal,
): AsyncGenerator<StepEvent> {
  const { clock, timings } = ports
  const streaks: Streaks = new Map()
  const begun = clock.now()
  const spanMs = seconds * 1000
  for (;;) {
    const answers = await session.probe(step, context, signal)
    count(streaks, answers)
    const sick = answers.filter(({ instance }) => (streaks.get(instance)?.bad ?? 0) >= timings.badInARow)
    if (sick.length > 0) {
      throw problem('gate-failed', { instances: sick.map((one) => one.instance), words: sick[0]?.words ?? '' })
    }
    const passed = clock.now() - begun
    const doubtful = answers.some((answer) => !answer.known || !answer.healthy)
    yield { type: 'progress', words: wordsOf(answers), done: Math.min(passed, spanMs), total: spanMs }
    if (passed >= spanMs && !doubtful) return
    await clock.sleep(timings.probeInterval, signal)
  }
}
