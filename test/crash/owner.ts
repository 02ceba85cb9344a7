// One owner of a data folder in a process of its own, to be killed. Says what it does in JSON lines on standard output.
import { createRouterClient } from '@orpc/server'
import { createApp } from '../../src/main/app'
import type { RunId } from '../../src/shared/domain/ids'
import type { Run } from '../../src/shared/domain/run'

const [task = '', dataDir = '', runtimeDir = '', supervisor = '', resources = '', argument = ''] = process.argv.slice(2)
const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`)

let passed = 0
const crashAt = task === 'promote' ? Number(argument) : 0

const app = await createApp(
  {
    kind: 'web',
    version: 'test',
    dataDir,
    runtimeDir,
    supervisor: { command: [process.execPath, supervisor] },
    resourcesDir: resources,
  },
  {
    crashPoint(name) {
      passed += 1
      if (task === 'count') say({ point: passed, name })
      if (passed === crashAt) process.kill(process.pid, 'SIGKILL')
    },
    timings: { probeInterval: 100, goodInARow: 2, upstreamProven: 0 },
    ownerlessSeconds: 30,
  },
)
const client = createRouterClient(app.router, { context: { clientId: 'test', gone: new AbortController().signal } })

async function fleet() {
  for await (const update of await client.fleet.watch()) if (update.kind === 'snapshot') return update.fleet
  throw new Error('no fleet')
}

async function over(runId: RunId): Promise<Run> {
  for (;;) {
    const { run } = await client.runs.get({ runId })
    if (run.state === 'ended' || run.state === 'interrupted') return run
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function placements() {
  const { environments, cells } = await fleet()
  const at = (slug: string) => {
    const environment = environments.find((one) => one.slug === slug)
    const cell = cells.find((one) => one.environmentId === environment?.id)
    if (!cell) throw new Error(`no ${slug}`)
    return cell.placementId
  }
  return { staging: at('staging'), production: at('production') }
}

async function promote() {
  const { staging, production } = await placements()
  const plan = await client.plans.promote({ from: staging, to: production })
  const run = await client.runs.start({ planId: plan.id, fingerprint: plan.fingerprint, typedName: 'production' })
  const ended = await over(run.id)
  return { outcome: ended.outcome, state: ended.state }
}

/** What production really runs: asked of the supervisor, not remembered. */
async function serving() {
  const { production } = await placements()
  await client.placements.refresh({ placementId: production })
  for await (const view of await client.placements.watch({ placementId: production })) {
    return {
      alias: view.cell.release?.alias ?? null,
      running: view.cell.running,
      mixed: view.cell.mixed,
      instances: view.observations.flatMap((one) => one.instances.map((instance) => instance.id)),
      address: view.cell.address,
    }
  }
  throw new Error('no view')
}

switch (task) {
  case 'demo': {
    await client.workspace.createDemo()
    const { production } = await placements()
    await client.placements.setPolicy({ placementId: production, onFailure: { rule: 'revert' }, bakeSeconds: 1 })
    break
  }
  case 'count':
  case 'promote':
    say(await promote())
    break
  case 'take-up': {
    const begun = Date.now()
    let unfinished: Run[] = []
    // The looks at what was left come within seconds; a run that is finished is not among them.
    for (;;) {
      for await (const active of await client.runs.watchActive()) {
        unfinished = active
        break
      }
      if (unfinished.every((run) => run.state === 'interrupted')) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const [run] = unfinished
    say({
      found: unfinished.length,
      tookMs: Date.now() - begun,
      truths: run?.truths.map((one) => one.state) ?? [],
      before: await serving(),
    })
    if (run) {
      const answer = argument === 'revert' && run.answers.includes('revert') ? 'revert' : 'finish'
      await client.runs.answer({ runId: run.id, answer })
      const ended = await over(run.id)
      say({ answer, outcome: ended.outcome, problem: ended.problem?.message ?? null })
    }
    say({ after: await serving(), audit: (await client.activity.verify()).kind })
    break
  }
  default:
    throw new Error(`unknown task ${task}`)
}
await app.close('wait')
process.exit(0)
