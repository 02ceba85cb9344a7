import { createRouterClient } from '@orpc/server'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createApp } from '../../../src/main/app'
import type { Digest } from '../../../src/shared/domain/artifact'
import type { PlacementId, ReleaseId } from '../../../src/shared/domain/ids'
import type { Plan } from '../../../src/shared/domain/plan'
import { bundle, countingEffects, never, openLocal, placed, server, type Local, type Placed } from '../../support/local'
import { median } from '../measure'
import { against, row, type Row } from '../report'

const versions = ['one', 'two']
const rounds = 7
const probeInterval = 10
const goodInARow = 3

/** A service on this computer, and the provider's session driven by hand: no plan is kept, nothing is journalled. */
class Bare {
  #number = 0
  readonly #place: Placed
  constructor(local: Local) {
    this.#place = placed(local)
  }

  async deploy(digest: Digest): Promise<void> {
    await this.#place.transfer(digest)
    const { made, step } = await this.#place.plan(digest, { number: ++this.#number })
    const { effects } = countingEffects()
    for (const one of made.steps) {
      if (one.phase !== 'healthy' && one.phase !== 'bake')
        for await (const _ of this.#place.session.apply(one, step, effects, never));
      if (one.phase === 'healthy') await this.#well(one, step)
      // A bake of no seconds is one look.
      if (one.phase === 'bake') await this.#place.session.probe(one, step, never)
    }
  }

  async #well(one: Plan['steps'][number], step: Parameters<Placed['session']['probe']>[1]) {
    for (let good = 0; good < goodInARow;) {
      const answers = await this.#place.session.probe(one, step, never)
      good = answers.every((answer) => answer.known && answer.healthy) ? good + 1 : 0
      if (good < goodInARow) await sleep(probeInterval)
    }
  }
}

/** The app as it ships, on a folder of its own, with one service in three environments. */
async function openEngine(base: string, supervisor: readonly string[]) {
  const [dataDir, runtimeDir] = [join(base, 'data'), join(base, 'run')]
  mkdirSync(dataDir)
  mkdirSync(runtimeDir, { mode: 0o700 })
  const app = await createApp(
    { kind: 'web', version: 'bench', dataDir, runtimeDir, supervisor: { command: supervisor }, resourcesDir: base },
    { timings: { probeInterval, goodInARow, upstreamProven: 0 } },
  )
  const client = createRouterClient(app.router, { context: { clientId: 'bench', gone: never } })
  const folder = (version: string) => join(base, version)
  for (const version of versions) {
    mkdirSync(folder(version))
    writeFileSync(join(folder(version), 'server.mjs'), server(version))
  }
  const made = await client.apps.create({
    slug: 'bench',
    name: 'Bench',
    services: [
      {
        slug: 'web',
        folder: folder('one'),
        start: '{node} server.mjs',
        build: '',
        healthPath: '/health',
        releaseCommand: '',
        route: true,
      },
    ],
  })
  const places: PlacementId[] = []
  for await (const update of await client.fleet.watch()) {
    if (update.kind === 'snapshot')
      places.push(
        ...update.fleet.environments.map((one) => update.fleet.cells.find((cell) => cell.environmentId === one.id)!.placementId),
      )
    break
  }
  for (const placementId of places)
    await client.placements.setPolicy({ placementId, onFailure: { rule: 'revert' }, bakeSeconds: 0 })
  const service = made.services[0]!

  async function release(version: string): Promise<ReleaseId> {
    const sources = { [service.id]: { kind: 'folder' as const, folder: folder(version), build: '' } }
    for await (const event of await client.releases.create({ appId: made.id, placementId: null, sources, note: '' }))
      if (event.kind === 'made') return event.release.id
    throw new Error('No release was made.')
  }

  async function carryOut(plan: Plan): Promise<void> {
    const { planId, fingerprint, typedName } = { planId: plan.id, fingerprint: plan.fingerprint, typedName: plan.needs.typedName }
    const run = await client.runs.start({ planId, fingerprint, ...(typedName ? { typedName } : {}) })
    for await (const _ of await client.runs.watch({ runId: run.id, after: 0 }));
    const { run: ended } = await client.runs.get({ runId: run.id })
    if (ended.outcome !== 'succeeded') throw new Error(`The run ended ${ended.outcome}: ${ended.problem?.message}`)
  }

  const [, staging, production] = places as [PlacementId, PlacementId, PlacementId]
  return {
    release,
    toStaging: async (releaseId: ReleaseId) => carryOut(await client.plans.deploy({ placementId: staging, releaseId })),
    promote: async () => carryOut(await client.plans.promote({ from: staging, to: production })),
    close: () => app.close('leave'),
  }
}

const timed = async (work: () => Promise<void>) => {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

/** The same change to one service: by the provider's session alone, and from plan to ended run. One after the other, in turn. */
export async function promote(): Promise<Row[]> {
  const local = await openLocal()
  const base = mkdtempSync(join(tmpdir(), 'sw-b-'))
  const engine = await openEngine(base, local.command)
  try {
    const bare = new Bare(local)
    const digests = [
      await bundle(local.artifacts, { 'server.mjs': server('one') }),
      await bundle(local.artifacts, { 'server.mjs': server('two') }),
    ]
    const releases = [await engine.release('one'), await engine.release('two')]
    const times = { ours: [] as number[], bare: [] as number[] }
    for (let round = 0; round < rounds + 2; round++) {
      await engine.toStaging(releases[round % 2]!)
      const ours = await timed(engine.promote)
      const theirs = await timed(() => bare.deploy(digests[round % 2]!))
      // The first of each version unpacks it, and has nothing old to retire.
      if (round < 2) continue
      times.ours.push(ours)
      times.bare.push(theirs)
    }
    const [ours, theirs] = [median(times.ours), median(times.bare)]
    return [
      against('promote, plan to ended run, no bake', ours, 'the provider’s session alone', theirs, 'ms'),
      row('promote, what the engine adds', ours - theirs, 'ms'),
    ]
  } finally {
    await engine.close()
    await local.close()
    rmSync(base, { recursive: true, force: true })
  }
}
