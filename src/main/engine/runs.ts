import { RunId, newId, type ReleaseId } from '../../shared/domain/ids'
import type { Guard, Plan } from '../../shared/domain/plan'
import type { Run, RunAnswer } from '../../shared/domain/run'
import type { SettingsRevision } from '../../shared/domain/settings'
import { placeOf, type Place } from './contexts'
import type { EnginePorts } from './engine'
import { mustBeFresh, mustPass, requestOf } from './guard'
import { dropLocks, takeLocks, type HeldLocks } from './locks'
import { problemIn, type Looks } from './looks'
import type { Planner } from './planner'
import { runningRelease } from './ground'
import { settleOpen } from './read-back'
import { newControl, type Control, type Running } from './running'
import { answersAtRest, createRunner, type Rest } from './runner'
import { settleAfter } from './settle'
import { problem } from './text'

/** Between two tries to write that a run broke off. */
const breatheMs = 2000

interface Live {
  control: Control
  title: string
  over: Promise<void>
}

/** The run as it is before its first event. */
function firstState(ports: EnginePorts, plan: Plan, guard: Guard, from: ReleaseId | null): Run {
  return {
    v: 1,
    id: newId(RunId),
    installationId: ports.self.installationId,
    actor: ports.self.actor,
    planId: plan.id,
    kind: plan.kind,
    title: plan.title,
    appId: plan.appId,
    environmentId: plan.environmentId,
    placementId: plan.placementId,
    releaseId: plan.releaseId,
    fromReleaseId: from,
    startedAt: ports.clock.now(),
    endedAt: null,
    state: 'running',
    outcome: null,
    phase: null,
    steps: plan.steps.map(({ id, phase }) => ({
      id,
      phase,
      state: 'waiting',
      startedAt: null,
      endedAt: null,
      words: '',
      done: null,
      total: null,
      problem: null,
      open: [],
    })),
    problem: null,
    truths: [],
    answers: [],
    askedUntil: null,
    stopping: null,
    capsuleId: null,
    fence: 0,
    reason: guard.reason?.trim() || null,
    holdAfter: plan.kind === 'roll-back' && guard.holdAfter !== false,
    seq: 0,
  }
}

/** Starts plans, keeps hold of what is under way, and takes what people say to a run. */
export function createRuns(ports: EnginePorts, planner: Planner, looks: Looks) {
  const runner = createRunner(ports, looks)
  const live = new Map<RunId, Live>()
  const starting = new Map<string, Promise<Run>>()
  let closing = false

  async function runningOf(
    run: Run,
    plan: Plan,
    place: Place,
    { fence, fences }: Pick<HeldLocks, 'fence' | 'fences'>,
  ): Promise<Running> {
    const revisions = new Map<string, SettingsRevision>()
    for (const [service, id] of Object.entries(plan.settingsRevisions)) {
      const revision = id ? await ports.records.settings.get(id) : null
      if (revision) revisions.set(service, revision)
    }
    const release = plan.releaseId ? await ports.records.releases.get(plan.releaseId) : null
    return {
      runId: run.id,
      plan,
      place,
      release,
      revisions,
      control: newControl(),
      fence,
      fences,
      excluded: new Set(),
      journal: (body) => void ports.journal.append(run.id, body),
    }
  }

  /** Something went wrong that no rule covers, a full disk for one: the run rests, and says so as soon as that can be written. */
  async function brokeOff(running: Running, title: string, error: unknown): Promise<Rest> {
    const { runId, control } = running
    const why = problemIn(ports, error, title)
    while (!control.leave.signal.aborted) {
      try {
        const run = ports.journal.run(runId)
        running.journal({ type: 'interrupted', truths: [], answers: run ? answersAtRest(run) : [] })
        ports.audit.record('run.broke-off', { title, problem: why.message, runId })
        return 'paused'
      } catch {
        await ports.clock.sleep(breatheMs, control.leave.signal).catch(() => {})
      }
    }
    return 'left'
  }

  /** Somebody took the lock away: the run rests where it is, and says so. */
  function lockLost({ runId, journal }: Running, title: string): Rest {
    const run = ports.journal.run(runId)
    journal({ type: 'interrupted', truths: [], answers: run ? answersAtRest(run) : [] })
    ports.audit.record('run.lock-lost', { title, runId })
    return 'paused'
  }

  /** Lets a run go its way in the background, with its locks, until it rests. */
  function launch(running: Running, locks: HeldLocks, title: string, way: 'forward' | 'revert') {
    const { runId, control } = running
    const beating = new AbortController()
    let passed = false
    void locks.keep(beating.signal, () => {
      passed = true
      control.leave.abort()
    })
    const over = runner
      .carryOut(running, way)
      .catch((error: unknown) => brokeOff(running, title, error))
      .then(async (rest) => {
        beating.abort()
        if (rest === 'left' && passed) rest = lockLost(running, title)
        // It counts as going on until its locks are given back: a quit that waits for runs waits for that too.
        try {
          if (rest !== 'left' && rest !== 'paused') {
            await settleAfter(ports, running, rest.ended, rest.problem)
            await locks.release()
          }
        } finally {
          live.delete(runId)
        }
        const rested = ports.journal.run(runId)
        if (rested && rest !== 'left') ports.rested(rested)
        ports.changed.publish()
      })
    live.set(runId, { control, title, over })
    ports.changed.publish()
  }

  async function start(guard: Guard, signal: AbortSignal): Promise<Run> {
    if (closing) throw problem('app-closing', {})
    const plan = await ports.records.plans.get(guard.planId)
    if (!plan) throw problem('not-found', { noun: 'plan', id: guard.planId })
    const begun = ports.journal.byPlan(plan.id)
    if (begun && begun.seq > 0) return begun
    const place = await placeOf(ports.records, plan.placementId)
    mustPass(guard, plan, place.environment, ports.clock.now())
    const again = await planner.again(requestOf(plan), signal)
    mustBeFresh(plan, again, place.environment)
    const observations = new Map(
      (await Promise.all(place.contexts.map(({ target }) => looks.last(target.id)))).flatMap((one) =>
        one ? [[one.targetId, one] as const] : [],
      ),
    )
    const current = runningRelease(place, observations, await ports.records.releases.list(place.app.id))
    const run = firstState(ports, plan, guard, current?.id ?? null)
    const locks = await takeLocks(ports, place, run.id)
    try {
      return await begin(run, plan, place, locks)
    } catch (error) {
      // Nothing was started: what was taken for it is given back.
      await locks.release()
      throw error
    }
  }

  async function begin(run: Run, plan: Plan, place: Place, locks: HeldLocks): Promise<Run> {
    const { run: kept, fresh } = ports.journal.begin(run)
    if (!fresh && kept.seq > 0) {
      await locks.release()
      return kept
    }
    ports.audit.record(
      'run.started',
      { title: plan.title, runId: kept.id, planId: plan.id, fingerprint: plan.fingerprint },
      kept.reason,
    )
    const running = await runningOf(kept, plan, place, locks)
    running.journal({ type: 'run-started', fence: locks.fence, reason: kept.reason })
    launch(running, locks, plan.title, 'forward')
    return ports.journal.run(kept.id) ?? kept
  }

  /** Goes on with a run that rests: interrupted, or asking after a restart. */
  async function resume(run: Run, way: 'forward' | 'revert') {
    const plan = await ports.records.plans.get(run.planId)
    if (!plan) throw problem('not-found', { noun: 'plan', id: run.planId })
    const place = await placeOf(ports.records, run.placementId)
    const locks = await takeLocks(ports, place, run.id)
    const running = await runningOf(run, plan, place, locks)
    for (const step of run.steps) await settleOpen(ports, running, step.id, AbortSignal.timeout(ports.timings.checkTimeout))
    launch(running, locks, plan.title, way)
  }

  async function giveUp(run: Run) {
    const plan = await ports.records.plans.get(run.planId)
    if (!plan) throw problem('not-found', { noun: 'plan', id: run.planId })
    const place = await placeOf(ports.records, run.placementId)
    const running = await runningOf(run, plan, place, { fence: run.fence, fences: new Map() })
    const { truths } = await runner.truths(running)
    // Whatever serves, nobody saw it through: only what is as it was before counts as settled.
    const outcome = truths.every((one) => one.state === 'old')
      ? 'reverted'
      : truths.some((one) => one.state === 'unknown')
        ? 'unknown'
        : 'failed'
    const why =
      run.problem ?? (outcome === 'reverted' ? null : problem('run-left', { words: truths.map((one) => one.words) }).problem)
    running.journal({ type: 'run-ended', outcome, problem: why, truths })
    await settleAfter(ports, running, outcome, why)
    await dropLocks(ports, place, run.id)
    ports.changed.publish()
  }

  async function answer(runId: RunId, given: RunAnswer): Promise<void> {
    const run = ports.journal.run(runId)
    if (!run) throw problem('not-found', { noun: 'run', id: runId })
    if (run.state === 'ended') throw problem('run-over', {})
    if (!run.answers.includes(given)) throw problem('answer-unfit', { answer: given, open: run.answers })
    ports.audit.record('run.answered', { runId, title: run.title, answer: given })
    const waiting = live.get(runId)?.control.answer
    if (waiting) return waiting(given)
    if (live.has(runId)) throw problem('answer-unfit', { answer: given, open: [] })
    if (given === 'leave') return giveUp(run)
    ports.journal.append(runId, { type: 'answered', answer: given, actor: ports.self.actor })
    await resume(run, given === 'revert' ? 'revert' : 'forward')
  }

  function stop(runId: RunId, mode: 'safe-point' | 'revert') {
    const run = ports.journal.run(runId)
    if (!run) throw problem('not-found', { noun: 'run', id: runId })
    const running = live.get(runId)
    if (!running || run.state === 'ended') throw problem('run-over', {})
    ports.audit.record('run.stop-requested', { runId, title: run.title, mode })
    ports.journal.append(runId, { type: 'stop-requested', mode, actor: ports.self.actor })
    running.control.stopping = mode
    running.control.safePoint.abort()
  }

  return {
    /** Starts a plan once: while it starts, and ever after, the same call answers the same run. */
    start(guard: Guard, signal: AbortSignal): Promise<Run> {
      const already = starting.get(guard.planId)
      if (already) return already
      const promise = start(guard, signal).finally(() => starting.delete(guard.planId))
      starting.set(guard.planId, promise)
      return promise
    },
    answer,
    stop,
    runner,
    active: () => [...live].map(([id, { title }]) => ({ id, title })),
    isLive: (runId: RunId) => live.has(runId),
    /** Refuses new runs and brings the ones under way to rest by the quit mode. */
    async close(mode: 'wait' | 'safe-point' | 'leave') {
      closing = true
      for (const [runId, { control }] of live) {
        if (mode === 'leave') control.leave.abort()
        if (mode === 'safe-point' && !control.stopping) stop(runId, 'safe-point')
      }
      await Promise.all([...live.values()].map((one) => one.over))
    },
  }
}
export type Runs = ReturnType<typeof createRuns>
