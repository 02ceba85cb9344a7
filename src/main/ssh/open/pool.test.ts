import { expect, test } from 'vitest'
import { quickClock } from '../../../../test/support/workspace'
import { linkLost, problem } from '../text'
import type { ServerLink } from '../link'
import { keeper } from './pool'

const never = new AbortController().signal

/** A link of which only the loss matters here. */
function aLink(name: string) {
  const lost = new AbortController()
  let closed = false
  const link = { name, lost: lost.signal, close: () => Promise.resolve(void (closed = true)) } as unknown as ServerLink
  return { link, lose: () => lost.abort(linkLost(name, 'cut')), isClosed: () => closed }
}

test('a link that was lost is opened anew, once for all who ask', async () => {
  const links = ['first', 'second'].map(aLink)
  let opened = 0
  const kept = keeper(() => Promise.resolve(links[opened++]!.link), quickClock())
  expect((await kept.link(never)).name).toBe('first')
  links[0]!.lose()
  const again = await Promise.all([kept.link(never), kept.link(never), kept.link(never)])
  expect(again.map(({ name }) => name)).toEqual(['second', 'second', 'second'])
  expect(opened).toBe(2)
})

test('after failures that time may mend each next try waits longer, up to ten seconds', async () => {
  const clock = quickClock()
  const waits: number[] = []
  const sleep = clock.sleep.bind(clock)
  clock.sleep = (ms, signal) => (waits.push(ms), sleep(ms, signal))
  const kept = keeper(() => Promise.reject(problem('server-refused', { hop: 'web' })), clock)
  for (let tries = 0; tries < 12; tries++)
    await expect(kept.link(never)).rejects.toMatchObject({ name: 'LinkLost', problem: { code: 'server-refused' } })
  expect(waits).toHaveLength(11)
  expect(waits[0]).toBeLessThanOrEqual(500)
  expect(waits[4]).toBeGreaterThan(500)
  for (const ms of waits) expect(ms).toBeLessThanOrEqual(10_000)
})

test('whose time is up while the next try is awaited is told why there was none yet', async () => {
  const clock = quickClock()
  const kept = keeper(() => Promise.reject(problem('server-refused', { hop: 'web' })), clock)
  await expect(kept.link(never)).rejects.toMatchObject({ problem: { code: 'server-refused' } })
  clock.sleep = (_ms, signal) =>
    new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)))
  await expect(kept.link(AbortSignal.timeout(20))).rejects.toMatchObject({ problem: { code: 'server-refused' } })
})

test('what a person must mend is told at once each time', async () => {
  const clock = quickClock()
  const before = clock.now()
  const why = problem('sign-in-unanswered', { hop: 'web', about: 'web' })
  const kept = keeper(() => Promise.reject(why), clock)
  for (let tries = 0; tries < 3; tries++) await expect(kept.link(never)).rejects.toBe(why)
  expect(clock.now()).toBe(before)
})

test('one who gives up leaves the others waiting; when all have, the opening ends', async () => {
  const signals: AbortSignal[] = []
  const one = aLink('one')
  const ready = Promise.withResolvers<ServerLink>()
  const kept = keeper((signal) => (signals.push(signal), ready.promise), quickClock())
  const [first, second] = [new AbortController(), new AbortController()]
  const [mine, theirs] = [kept.link(first.signal), kept.link(second.signal)]
  first.abort(new Error('enough'))
  await expect(mine).rejects.toThrow('enough')
  expect(signals[0]!.aborted).toBe(false)
  second.abort(new Error('enough too'))
  await expect(theirs).rejects.toThrow('enough too')
  expect(signals[0]!.aborted).toBe(true)
  ready.resolve(one.link)
})

test('a closed one opens nothing more, and closes what comes late', async () => {
  const one = aLink('one')
  const ready = Promise.withResolvers<ServerLink>()
  const kept = keeper(() => ready.promise, quickClock())
  const waiting = kept.link(never)
  waiting.catch(() => {})
  const closing = kept.close()
  ready.resolve(one.link)
  await closing
  expect(one.isClosed()).toBe(true)
  await expect(kept.link(never)).rejects.toThrow('closed')
})
