import { alias } from '../../../shared/domain/release'
import type { Step } from '../../../shared/domain/plan'
import type { LocalHandle } from '../../supervisor/handle'
import type { Clock, Effects } from '../../ports'
import type { InstanceSpec, InstanceView, JobView } from '../../supervisor/contract'
import type { StepContext, StepEvent } from '../provider'
import type { Bundles } from './bundles'
import { detailOf, type Detail } from './detail'
import { parseTarget } from './fields'
import { exitWords } from './probe'
import { problem } from './problems'

const drainMs = 30_000

export interface Ground {
  client: LocalHandle['client']
  bundles: Bundles
  clock: Clock
}

type Switch = Extract<Detail, { does: 'switch' }>
type Variables = Record<string, string>

/** The handle of an effect: enough to find out later what became of it. */
export const handles = {
  start: (id: string) => ({ does: 'start', id }),
  stop: (id: string) => ({ does: 'stop', id }),
  route: (serving: readonly string[], targetId: string) => ({ does: 'route', serving: [...serving], targetId }),
  job: (key: string) => ({ does: 'job', key }),
}

export const jobKey = (step: Step, context: StepContext) => `${context.runId} ${step.id}`

/** What to run, and its variables with the secrets in the open: handed over, never kept here. */
async function prepare(
  { bundles }: Ground,
  context: StepContext,
  id: string,
): Promise<{ spec: InstanceSpec; variables: Variables }> {
  const { app, environment, service, target, placement, artifact, release, settings } = context
  const { start, stopSeconds } = parseTarget(target.settings)
  if (!artifact) throw problem('local-bundle-missing', { digest: 'that the plan names' })
  const why = await bundles.check(artifact)
  if (why) throw why
  const given = Object.entries(await context.variables())
  return {
    spec: {
      id,
      targetId: target.id,
      placementId: placement.id,
      serviceId: service.id,
      names: { app: app.slug, environment: environment.slug, service: service.slug, release: release ? alias(release) : '' },
      digest: artifact,
      folder: bundles.folder(artifact),
      command: start,
      healthPath: service.healthPath,
      settingsRevisionId: settings?.id ?? null,
      secretKeys: given.filter(([, value]) => typeof value !== 'string').map(([key]) => key),
      stopSeconds,
    },
    variables: Object.fromEntries(given.map(([key, value]) => [key, typeof value === 'string' ? value : value.reveal()])),
  }
}

export const lookAt = async ({ client }: Ground, context: StepContext, signal: AbortSignal) => {
  const { instances, route } = await client.ask('look', { targetId: context.target.id }, signal)
  return { byId: new Map(instances.map((one) => [one.spec.id, one])), route }
}

const runs = (view: InstanceView | undefined) => view !== undefined && view.phase !== 'stopped'
const say = (words: string): StepEvent => ({ type: 'progress', words, done: null, total: null })

async function* startAll(
  ground: Ground,
  ids: readonly string[],
  context: StepContext,
  effects: Effects,
  signal: AbortSignal,
): AsyncGenerator<StepEvent> {
  const { byId } = await lookAt(ground, context, signal)
  for (const id of ids) {
    if (runs(byId.get(id))) {
      yield say(`${id} runs already`)
      continue
    }
    const prepared = await prepare(ground, context, id)
    const view = await effects.do(`start ${id}`, handles.start(id), () => ground.client.ask('start', prepared, signal))
    yield say(`${id} started as process ${view.pid}`)
    yield { type: 'output', text: `started ${id}: pid ${view.pid}, port ${view.port}` }
  }
}

async function* endAll(
  ground: Ground,
  ids: readonly string[],
  how: 'stop' | 'remove',
  context: StepContext,
  effects: Effects,
  signal: AbortSignal,
): AsyncGenerator<StepEvent> {
  const { byId } = await lookAt(ground, context, signal)
  for (const id of ids) {
    const view = byId.get(id)
    if (!view || (how === 'stop' && view.phase === 'stopped')) continue
    yield say(view.phase === 'stopped' ? `forgetting ${id}` : `stopping ${id}`)
    const exit = await effects.do(`${how === 'stop' ? 'stop' : 'retire'} ${id}`, handles.stop(id), async () =>
      how === 'stop'
        ? ((await ground.client.ask('stop', { id }, signal))?.exits.at(-1) ?? null)
        : (await ground.client.ask('remove', { id }, signal)).exit,
    )
    const words = exit?.killed ? `${id} did not end within ${view.spec.stopSeconds} s and was killed` : `${id} stopped`
    yield say(words)
    yield { type: 'output', text: words }
  }
}

async function* point(
  ground: Ground,
  serving: readonly string[],
  standby: readonly string[],
  detail: Switch,
  context: StepContext,
  effects: Effects,
  signal: AbortSignal,
): AsyncGenerator<StepEvent> {
  const { target, service } = context
  const { byId, route } = await lookAt(ground, context, signal)
  const same =
    route &&
    route.routed === detail.routed &&
    sameList(route.serving, serving) &&
    (detail.port === null || detail.port === route.port)
  if (!same) {
    const input = {
      targetId: target.id,
      routed: detail.routed,
      port: detail.port,
      serving: [...serving],
      standby: standby.filter((id) => byId.has(id)),
    }
    const { port } = await effects.do(`switch ${service.slug}`, handles.route(serving, target.id), () =>
      ground.client.ask('route', input, signal),
    )
    yield {
      type: 'output',
      text:
        port === null
          ? `${service.slug}: ${serving.join(' ') || 'nothing'} at work`
          : `http://127.0.0.1:${port} leads to ${serving.join(' ') || 'nothing'}`,
    }
  }
  const old = standby.filter((id) => byId.has(id))
  if (!detail.routed || old.length === 0) {
    yield say('switched')
    return
  }
  yield say('waiting until the old ones have answered all requests')
  const { left } = await ground.client.ask('drain', { ids: old, capMs: drainMs }, signal)
  yield say(
    left > 0 ? `switched; ${left} long requests still run on the old ones` : 'switched; the old ones have nothing in flight',
  )
}

export const sameList = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((one, i) => one === b[i])

async function* runCommand(
  ground: Ground,
  step: Step,
  context: StepContext,
  effects: Effects,
  signal: AbortSignal,
): AsyncGenerator<StepEvent> {
  const { client, clock } = ground
  const command = context.service.releaseCommand
  if (!command) return
  const key = jobKey(step, context)
  const before = await client.ask('job', { key, from: 0 }, signal)
  if (before.state === 'ended' && before.exit?.code === 0) {
    yield say('it ran before, and ended well')
    return
  }
  const prepared = await prepare(ground, context, `${context.service.slug}-release-command`)
  const begun = Promise.withResolvers<void>()
  const over = Promise.withResolvers<JobView>()
  const effect = effects.do('release command', handles.job(key), async () => {
    await client.ask(
      'runJob',
      { key, spec: { ...prepared.spec, command }, variables: prepared.variables, again: before.state !== 'none' },
      signal,
    )
    begun.resolve()
    judgeJob(await over.promise, command)
  })
  effect.catch(begun.reject)
  await begun.promise
  for (let from = 0; ;) {
    const job = await client.call('job', { key, from }, signal).catch((error: unknown) => (over.reject(error), null))
    if (!job) break
    from = job.next
    if (job.output) yield { type: 'output', text: job.output.trimEnd() }
    else if (job.state === 'running') await clock.sleep(100, signal)
    else {
      over.resolve(job)
      break
    }
  }
  await effect
  yield say('it ended well')
}

function judgeJob({ state, exit }: JobView, words: readonly string[]) {
  const command = words.join(' ')
  if (state !== 'ended' || !exit) throw problem('release-command-lost', { command })
  if (exit.code !== 0)
    throw problem('release-command-failed', { command, exit: exit.signal ? `signal ${exit.signal}` : `code ${exit.code}` })
}

/** Carries a step out. Reads what is so before it writes: a second time changes nothing. */
export async function* applyStep(
  ground: Ground,
  step: Step,
  context: StepContext,
  effects: Effects,
  signal: AbortSignal,
): AsyncGenerator<StepEvent> {
  const detail = detailOf(step)
  switch (detail.does) {
    case 'release-command':
      yield* runCommand(ground, step, context, effects, signal)
      break
    case 'start':
      yield* startAll(ground, detail.ids, context, effects, signal)
      break
    case 'switch':
      yield* endAll(ground, detail.stop, 'stop', context, effects, signal)
      yield* startAll(ground, detail.start, context, effects, signal)
      yield* point(
        ground,
        detail.serving,
        detail.before.filter((id) => !detail.serving.includes(id)),
        detail,
        context,
        effects,
        signal,
      )
      break
    case 'retire':
      yield* endAll(ground, detail.ids, 'remove', context, effects, signal)
      break
    case 'watch':
      break
    default:
      detail satisfies never
  }
}

/** Takes a step back. Does nothing where nothing was done. */
export async function* undoStep(
  ground: Ground,
  step: Step,
  context: StepContext,
  effects: Effects,
  signal: AbortSignal,
): AsyncGenerator<StepEvent> {
  const detail = detailOf(step)
  if (detail.does === 'start') yield* endAll(ground, detail.ids, 'remove', context, effects, signal)
  if (detail.does !== 'switch') return
  const { byId } = await lookAt(ground, context, signal)
  const gone = detail.before.filter((id) => !byId.has(id))
  if (gone.length > 0) throw problem('old-gone', { instances: gone })
  yield* endAll(ground, detail.start, 'remove', context, effects, signal)
  for (const id of detail.before) {
    if (runs(byId.get(id))) continue
    const view = await effects.do(`start ${id}`, handles.start(id), () =>
      ground.client.ask('revive', { id, variables: null }, signal),
    )
    yield { type: 'output', text: `started ${id} again: pid ${view.pid}` }
  }
  yield* point(
    ground,
    detail.before,
    detail.routed ? detail.serving.filter((id) => !detail.before.includes(id)) : [],
    detail,
    context,
    effects,
    signal,
  )
}

/** How an instance stopped, for the capsule. */
export const stopReason = (view: InstanceView | undefined) => (view ? exitWords(view) : 'it is not there')
