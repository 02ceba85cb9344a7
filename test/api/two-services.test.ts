import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ContractRouterClient } from '@orpc/contract'
import { createRouterClient } from '@orpc/server'
import { expect, test } from 'vitest'
import { createApp } from '../../src/main/app'
import type { Contract } from '../../src/shared/api'
import { never } from '../support/local'
import { builtSupervisor } from '../support/supervisor'

const program = `
import http from 'node:http'
http.createServer((request, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
`

test('two services of the same files are deployed to the same computer at once', async () => {
  const supervisor = await builtSupervisor()
  const home = mkdtempSync(join(tmpdir(), 'sw-two-'))
  const [dataDir, folder] = [join(home, 'data'), join(home, 'source')]
  for (const made of [dataDir, folder]) mkdirSync(made)
  writeFileSync(join(folder, 'server.mjs'), program)
  const app = await createApp(
    {
      kind: 'web',
      version: 'test',
      dataDir,
      runtimeDir: home,
      supervisor: { command: supervisor.command },
      resourcesDir: 'resources',
    },
    { timings: { probeInterval: 100, goodInARow: 2, healthyTimeout: 10_000, upstreamProven: 0 } },
  )
  const client = createRouterClient(app.router, { context: { clientId: 'test', gone: never } })
  try {
    const service = (slug: string) => ({
      slug,
      folder,
      start: '{node} server.mjs',
      build: '',
      healthPath: '/',
      releaseCommand: '',
      route: slug === 'web',
    })
    const made = await client.apps.create({ slug: 'pair', name: 'Pair', services: ['web', 'worker'].map(service) })
    const environments = await client.environments.list()
    const dev = environments.find((one) => one.slug === 'dev')
    const sources = Object.fromEntries(made.services.map(({ id }) => [id, { kind: 'folder' as const, folder, build: '' }]))
    for await (const event of await client.releases.create({ appId: made.id, placementId: null, sources, note: '' })) {
      if (event.kind !== 'made') continue
      const placementId = await placementIn(client, dev?.id)
      await client.placements.setPolicy({ placementId, onFailure: { rule: 'revert' }, bakeSeconds: 0 })
      const plan = await client.plans.deploy({ placementId, releaseId: event.release.id })
      const { id } = await client.runs.start({ planId: plan.id, fingerprint: plan.fingerprint })
      for await (const _ of await client.runs.watch({ runId: id, after: 0 }));
      expect((await client.runs.get({ runId: id })).run).toMatchObject({ state: 'ended', outcome: 'succeeded' })
    }
  } finally {
    await app.close('leave')
    supervisor.remove()
    rmSync(home, { recursive: true, force: true })
  }
})

async function placementIn(client: ContractRouterClient<Contract>, environmentId: string | undefined) {
  for await (const update of await client.fleet.watch()) {
    if (update.kind !== 'snapshot') continue
    const cell = update.fleet.cells.find((one) => one.environmentId === environmentId)
    if (cell) return cell.placementId
  }
  throw new Error('it is nowhere')
}
