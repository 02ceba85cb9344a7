// One owner of a data folder in a process of its own, to be killed or stopped. Says what it does in JSON lines on standard output.
import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRouterClient } from '@orpc/server'
import { createApp } from '../../src/main/app'
import { dockerProvider } from '../../src/main/providers/docker'
import { providers as shipped } from '../../src/main/providers/registry'
import type { PlacementId, ReleaseId, RunId } from '../../src/shared/domain/ids'
import type { Run } from '../../src/shared/domain/run'

interface Asked {
  task: 'count' | 'deploy' | 'take-up'
  dataDir: string
  home: string
  supervisor: string
  placementId: PlacementId
  releaseId: ReleaseId
  /** deploy: end at this crash point, by its number or by what its name begins with, in this way. */
  at?: { point?: number; name?: string; signal: 'SIGKILL' | 'SIGSTOP' }
  /** take-up: what is answered where it is offered. */
  answer?: 'finish' | 'revert'
}
const asked = JSON.parse(process.argv[2] ?? '{}') as Asked
// At once, before the signal that may follow.
const say = (what: object) => writeSync(1, `${JSON.stringify(what)}\n`)

let passed = 0
let met = false
const app = await createApp(
  {
    kind: 'web',
    version: 'test',
    dataDir: asked.dataDir,
    runtimeDir: asked.dataDir,
    supervisor: { command: [process.execPath, asked.supervisor] },
    resourcesDir: 'resources',
  },
  {
    home: asked.home,
    providers: new Map(shipped).set('docker', dockerProvider({ aliveMs: 1500 })),
    timings: { probeInterval: 200, goodInARow: 2, healthyTimeout: 12_000, upstreamProven: 0, linkPatience: 20_000 },
    crashPoint(name) {
      passed += 1
      const { task, at } = asked
      if (task === 'count') say({ point: passed, name })
      if (task !== 'deploy' || !at || met || (passed !== at.point && !(at.name && name.includes(at.name)))) return
      met = true
      say({ at: name, point: passed })
      process.kill(process.pid, at.signal)
    },
  },
)
const client = createRouterClient(app.router, { context: { clientId: 'test', gone: new AbortController().signal } })
const { placementId, releaseId } = asked

async function over(runId: RunId): Promise<Run> {
  for (; ; await sleep(50)) {
    const { run } = await client.runs.get({ runId })
    if (run.state === 'ended' || run.state === 'interrupted') return run
  }
}

const told = ({ state, outcome, problem, truths, answers }: Run) => ({
  state,
  outcome,
  problem: problem?.message ?? null,
  truths: truths.map((one) => one.state),
  answers,
})

async function deploy() {
  let plan = await client.plans.deploy({ placementId, releaseId })
  // What a former owner left of its locks is given back soon after the start.
  const locked = () => plan.checks.some((check) => /^(?:server-)?lock/.test(check.id) && check.outcome === 'block')
  for (let tries = 0; tries < 20 && locked(); tries += 1) {
    await sleep(500)
    plan = await client.plans.deploy({ placementId, releaseId })
  }
  const typedName = plan.needs.typedName ? { typedName: plan.needs.typedName } : {}
  const run = await client.runs.start({ planId: plan.id, fingerprint: plan.fingerprint, ...typedName })
  say({ run: run.id })
  const rested = await over(run.id)
  say(told(rested))
}

/** Runs that a former owner left, once they were looked at. */
async function leftRuns(): Promise<Run[]> {
  for (; ; await sleep(50)) {
    let found: Run[] = []
    for await (const active of await client.runs.watchActive()) {
      found = active
      break
    }
    if (found.every((run) => run.state === 'interrupted')) return found
  }
}

async function takeUp() {
  const begun = Date.now()
  const [run] = await leftRuns()
  say({ found: run ? told(run) : null, tookMs: Date.now() - begun })
  if (!run) return
  const answer = asked.answer && run.answers.includes(asked.answer) ? asked.answer : 'finish'
  await client.runs.answer({ runId: run.id, answer })
  say({ answer, ...told(await over(run.id)) })
}

try {
  await (asked.task === 'take-up' ? takeUp() : deploy())
} catch (error) {
  say({ refused: error instanceof Error ? error.message : String(error) })
}
await app.close('wait')
process.exit(0)
