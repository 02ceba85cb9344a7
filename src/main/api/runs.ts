import type { Run } from '../../shared/domain/run'
import type { RunUpdate } from '../../shared/api/runs'
import type { EnginePorts } from '../engine/engine'
import type { Planner } from '../engine/planner'
import type { Runs } from '../engine/runs'
import type { OutputFiles } from '../storage/outputs'
import type { Topic } from '../topic'
import { problem, type Implementer } from './base'

export interface RunParts {
  ports: EnginePorts
  planner: Planner
  runs: Runs
  outputs: OutputFiles
  appended: Topic
  outputAppended: Topic
}

/** Aborts when the caller lets go of the stream or its channel is gone. */
const until = (signal: AbortSignal | undefined, gone: AbortSignal) => (signal ? AbortSignal.any([signal, gone]) : gone)

export function planHandlers(os: Implementer['plans'], { ports, planner }: Pick<RunParts, 'ports' | 'planner'>) {
  const anew = (signal: AbortSignal | undefined) => signal ?? new AbortController().signal
  return {
    get: os.get.handler(async ({ input }) => {
      const plan = await ports.records.plans.get(input.planId)
      if (!plan) throw problem('not-found', { noun: 'plan' })
      return plan
    }),
    promote: os.promote.handler(({ input, signal }) => planner.plan({ kind: 'promote', ...input }, anew(signal))),
    deploy: os.deploy.handler(({ input, signal }) => planner.plan({ kind: 'deploy', ...input }, anew(signal))),
    rollBack: os.rollBack.handler(({ input, signal }) => planner.plan({ kind: 'roll-back', ...input }, anew(signal))),
    change: os.change.handler(({ input: { placementId, change }, signal }) =>
      planner.plan({ placementId, ...change }, anew(signal)),
    ),
  }
}

export function runHandlers(os: Implementer['runs'], { ports, runs, outputs, appended, outputAppended }: RunParts) {
  const { journal, records } = ports
  const runOf = (runId: Run['id']): Run => {
    const run = journal.run(runId)
    if (!run) throw problem('not-found', { noun: 'run' })
    return run
  }

  async function* watch(runId: Run['id'], after: number, signal: AbortSignal): AsyncGenerator<RunUpdate> {
    let seq = after
    if (after === 0) {
      const run = runOf(runId)
      seq = run.seq
      yield { kind: 'state', run }
      if (run.state === 'ended') return
    }
    for await (const _ of appended.turns(signal)) {
      for (const event of journal.events(runId, seq)) {
        seq = event.seq
        yield { kind: 'event', event }
        if (event.body.type === 'run-ended') return
      }
      if (runOf(runId).state === 'ended') return
    }
  }

  async function* output(runId: Run['id'], from: number, signal: AbortSignal) {
    let offset = from
    for await (const _ of outputAppended.turns(signal, 100)) {
      for (;;) {
        const ended = runOf(runId).state === 'ended'
        const { lines, next } = outputs.read(runId, offset)
        if (lines.length > 0) yield { lines, next }
        const moved = next > offset
        offset = next
        if (!moved && ended) return
        if (!moved) break
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }

  async function* watchActive(signal: AbortSignal) {
    let last = ''
    for await (const _ of appended.turns(signal, 100)) {
      const active = journal.unfinished()
      const text = JSON.stringify(active.map((run) => [run.id, run.state, run.phase]))
      if (text !== last) yield active
      last = text
    }
  }

  return {
    start: os.start.handler(({ input, context }) => runs.start(input, context.gone)),
    list: os.list.handler(({ input }) => journal.list(input.placementId, input.limit)),
    watchActive: os.watchActive.handler(({ signal, context }) => watchActive(until(signal, context.gone))),
    get: os.get.handler(async ({ input }) => {
      const run = runOf(input.runId)
      const plan = await records.plans.get(run.planId)
      if (!plan) throw problem('not-found', { noun: 'plan' })
      return { run, plan }
    }),
    watch: os.watch.handler(({ input, signal, context }) => watch(input.runId, input.after, until(signal, context.gone))),
    output: os.output.handler(({ input, signal, context }) => output(input.runId, input.offset, until(signal, context.gone))),
    stop: os.stop.handler(({ input }) => runs.stop(input.runId, input.mode)),
    answer: os.answer.handler(({ input }) => runs.answer(input.runId, input.answer)),
    capsule: os.capsule.handler(async ({ input }) => {
      const capsule = await records.capsules.get(input.capsuleId)
      if (!capsule) throw problem('not-found', { noun: 'capsule' })
      return capsule
    }),
  }
}
