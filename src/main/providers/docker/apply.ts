import type { StepEvent } from '../provider'
import { inspect, remove, start, stop } from './containers'
import { launch } from './create'
import { detailOf, type Switch } from './detail'
import { containersWithTraffic } from './look'
import { numbersOf } from './names'
import { proxyOf } from './proxy'
import { isLive } from './proxy/nginx'
import { sameShares, type Proxy, type Upstream } from './proxy/proxy'
import { runReleaseCommand } from './release-command'
import { problem } from './text'
import { fenced, handles, type Work } from './work'

const drainMs = 30_000
/** For what the old ones answered in place of the new: hardly ever anything, and what else is long was waited for at the switch. */
const spareDrainMs = 5000

const say = (words: string): StepEvent => ({ type: 'progress', words, done: null, total: null })
const put = (text: string): StepEvent => ({ type: 'output', text })

const look = ({ host, context, signal }: Work) => containersWithTraffic(host, context, signal)

async function* startAll(work: Work, names: readonly string[]): AsyncGenerator<StepEvent> {
  const { host, context, settings, signal } = work
  for (const name of names) {
    const there = await inspect(host, name, signal)
    if (there?.State.Running) {
      yield say(`${name} runs already`)
      continue
    }
    await fenced(work, `start ${name} on ${host.name}`, handles.start(name), async ({ still }) => {
      // One that was made and never began, or ended: nothing of it is worth keeping.
      if (there) await remove(host, name, signal)
      await still()
      await launch(host, context, settings, name, signal)
    })
    yield say(`${name} started`)
    yield put(`started ${name} on ${host.name}`)
  }
}

/** Asks containers to end. What is removed is gone; what is only stopped can be started again. */
async function* endAll(work: Work, names: readonly string[], how: 'stop' | 'remove'): AsyncGenerator<StepEvent> {
  const { host, settings, signal } = work
  for (const name of names) {
    const there = await inspect(host, name, signal)
    if (!there || (how === 'stop' && !there.State.Running && !there.State.Restarting)) continue
    yield say(`stopping ${name}`)
    await fenced(work, `${how} ${name} on ${host.name}`, handles[how](name), async ({ still }) => {
      await stop(host, name, settings.stopSeconds, signal)
      await still()
      if (how === 'remove') await remove(host, name, signal)
    })
    yield put(`${how === 'stop' ? 'stopped' : 'removed'} ${name} on ${host.name}`)
  }
}

/** Ports and weights of what is to serve. */
function upstreamsFor(
  own: Awaited<ReturnType<typeof look>>['own'],
  serving: readonly string[],
  { before, percent }: Pick<Switch, 'before' | 'percent'>,
): Upstream[] {
  const old = serving.filter((name) => before.includes(name)).length
  const fresh = serving.length - old
  const weightOf = (name: string) => {
    if (percent === null) return 100
    const share = before.includes(name) ? (100 - percent) / Math.max(1, old) : percent / Math.max(1, fresh)
    return Math.max(1, Math.round(share))
  }
  return own.flatMap(({ container, port }) =>
    serving.includes(container.name) && port !== null ? [{ port, weight: weightOf(container.name) }] : [],
  )
}

async function alreadySo(proxy: Proxy, work: Work, upstreams: readonly Upstream[]): Promise<boolean> {
  const { host, context, settings, signal } = work
  if (settings.proxy === 'nginx') return isLive({ host, context, settings }, upstreams, signal)
  return sameShares((await proxy.see({ host, context, settings }, signal)).upstreams, upstreams)
}

/** The old ones, where new ones take over their traffic: should those fall, they still answer. Retiring them takes them out before. */
function sparesFor(
  own: Awaited<ReturnType<typeof look>>['own'],
  serving: readonly string[],
  { before, percent }: Switch,
): Upstream[] {
  if (percent !== null || serving.every((name) => before.includes(name))) return []
  return own.flatMap(({ container, port }) =>
    container.running && port !== null && before.includes(container.name) && !serving.includes(container.name)
      ? [{ port, weight: 1, spare: true as const }]
      : [],
  )
}

/** Makes exactly these the upstream. */
const lead = (work: Work, proxy: Proxy, upstreams: readonly Upstream[], { effect, step }: { effect: string; step: string }) => {
  const { host, context, settings, signal } = work
  // A key of its own for each attempt: one that was refused may be tried again.
  const key = { run: context.runId, step: `${step}-${work.clock.now().toString(36)}-${host.connectionId.slice(-6)}` }
  return fenced(work, `${effect} on ${host.name}`, handles.route(key.step, upstreams), (fence) =>
    proxy.point({ host, context, settings }, upstreams, key, fence, signal),
  )
}

/** Takes out the old ones that stood by, and waits until what they had begun is answered. */
async function* takeOutSpares(work: Work): AsyncGenerator<StepEvent> {
  const { host, context, settings, signal } = work
  const proxy = context.service.route ? proxyOf(settings) : null
  if (!proxy?.takesSpares) return
  const place = { host, context, settings }
  const { upstreams, spares } = await proxy.see(place, signal)
  if (spares.length === 0) return
  const effect = `take the old ${context.service.slug} out of ${proxy.name}`
  await lead(work, proxy, upstreams, { effect, step: 'retire' })
  yield put(`the old ones do not stand by any more at ${proxy.name} on ${host.name}`)
  await proxy.drained(place, spares, spareDrainMs, signal)
}

/** Makes these containers the upstream, and waits until what was taken away has answered what it had begun. */
async function* point(work: Work, serving: readonly string[], detail: Switch): AsyncGenerator<StepEvent> {
  const { host, context, settings, signal } = work
  const proxy = proxyOf(settings)
  if (!proxy) return
  const { own } = await look(work)
  const missing = serving.filter(
    (name) => !own.some((one) => one.container.name === name && one.port !== null && one.container.running),
  )
  if (missing.length > 0) throw problem('instance-gone', { instance: missing.join(', ') })
  const upstreams = [...upstreamsFor(own, serving, detail), ...(proxy.takesSpares ? sparesFor(own, serving, detail) : [])]
  if (!(await alreadySo(proxy, work, upstreams))) {
    await lead(work, proxy, upstreams, { effect: `switch ${context.service.slug}`, step: 'switch' })
    yield put(`${proxy.name} on ${host.name} leads to ${serving.join(', ') || 'nothing'}`)
  }
  const gone = own.filter((one) => one.container.running && one.port !== null && !serving.includes(one.container.name))
  if (gone.length === 0) {
    yield say('switched')
    return
  }
  yield say('waiting until the old ones have answered all requests')
  const drained = await proxy.drained(
    { host, context, settings },
    gone.flatMap((one) => one.port ?? []),
    drainMs,
    signal,
  )
  yield say(drained ? 'switched; the old ones have nothing in flight' : 'switched; some long requests still run on the old ones')
}

/** The old ones end; the newest of them stay, stopped, so that nobody prunes their image. */
async function* retire(work: Work, names: readonly string[], keep: number): AsyncGenerator<StepEvent> {
  yield* takeOutSpares(work)
  const { own } = await look(work)
  const ours = own.filter((one) => numbersOf(one.container.name)[0] > 0)
  const stopped = ours
    .filter((one) => !one.serving && (names.includes(one.container.name) || !one.container.running))
    .map((one) => one.container.name)
    .toSorted((a, b) => numbersOf(b)[0] - numbersOf(a)[0] || numbersOf(b)[1] - numbersOf(a)[1])
  yield* endAll(work, names, 'stop')
  yield* endAll(work, stopped.slice(keep), 'remove')
}

/** Carries a step out. Reads what is so before it writes: a second time changes nothing. */
export async function* applyStep(work: Work): AsyncGenerator<StepEvent> {
  const detail = detailOf(work.step)
  switch (detail.does) {
    case 'release-command':
      yield* runReleaseCommand(work)
      break
    case 'start':
      yield* startAll(work, detail.names)
      break
    case 'switch':
      if (detail.routed) yield* point(work, detail.serving, detail)
      else {
        yield* endAll(work, detail.stop, 'stop')
        yield* startAll(work, detail.start)
      }
      break
    case 'retire':
      yield* retire(work, detail.names, detail.keep)
      break
    case 'watch':
      break
    default:
      detail satisfies never
  }
}

/** Takes a step back. Does nothing where nothing was done. */
export async function* undoStep(work: Work): AsyncGenerator<StepEvent> {
  const { host, signal } = work
  const detail = detailOf(work.step)
  if (detail.does === 'start') yield* endAll(work, detail.names, 'remove')
  if (detail.does === 'release-command') return
  if (detail.does !== 'switch') return
  const gone: string[] = []
  for (const name of detail.before) if (!(await inspect(host, name, signal))) gone.push(name)
  if (gone.length > 0) throw problem('old-gone', { host: host.name, instances: gone })
  if (!detail.routed) yield* endAll(work, detail.start, 'remove')
  for (const name of detail.before) {
    const there = await inspect(host, name, signal)
    if (there?.State.Running) continue
    await fenced(work, `start ${name} on ${host.name}`, handles.start(name), () => start(host, name, signal))
    yield put(`started ${name} on ${host.name} again`)
  }
  if (detail.routed) yield* point(work, detail.before, { ...detail, percent: null })
}
