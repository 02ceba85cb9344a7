import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp, type SlipwayApp } from '../../src/main/app'
import type { PlacementId, RunId } from '../../src/shared/domain/ids'
import type { Plan } from '../../src/shared/domain/plan'
import { builtSupervisor } from '../support/supervisor'

let supervisor: Awaited<ReturnType<typeof builtSupervisor>>
let home: string
let app: SlipwayApp

/** Secrets of several shapes: plain, with signs that other forms escape, with a line break, with other letters. */
const canaries = [
  'canary-plain-81f2',
  `canary "quoted" 'both' $x`,
  'canary/with+base&url=signs%',
  'canary\nsecond-line-of-it-99',
  'canary-ünïcode-密码-7',
]
const passphrase = 'canary passphrase of twelve'

beforeAll(async () => {
  supervisor = await builtSupervisor()
  home = mkdtempSync(join(tmpdir(), 'sw-c1-'))
  mkdirSync(join(home, 'data'))
  app = await createApp(
    {
      kind: 'web',
      version: 'test',
      dataDir: join(home, 'data'),
      runtimeDir: home,
      supervisor: { command: supervisor.command },
      resourcesDir: 'resources',
    },
    { timings: { probeInterval: 100, goodInARow: 2, healthyTimeout: 3000, upstreamProven: 0 } },
  )
}, 60_000)
afterAll(async () => {
  await app?.close('leave')
  supervisor?.remove()
  rmSync(home, { recursive: true, force: true })
})

/** Says its secrets in every way, tells that it got them, and is well or not as its file says. */
const program = (health: number) => `
import http from 'node:http'
import { createHash } from 'node:crypto'
const all = Object.keys(process.env).filter((key) => key.startsWith('CANARY_')).sort().map((key) => process.env[key])
const say = () => {
  for (const one of all) {
    console.log('raw', one)
    console.log(JSON.stringify({ one }), Buffer.from(one).toString('base64'), encodeURIComponent(one))
    console.error(new Error('with ' + one).stack)
  }
}
say()
http.createServer((request, response) => {
  if (request.url === '/health') return response.writeHead(${health}).end()
  say()
  response.end(createHash('sha256').update(all.join('|')).digest('hex'))
}).listen(process.env.PORT, '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
`

const forms = [...canaries, passphrase].flatMap((one) => [
  one.split('\n')[0] ?? one,
  JSON.stringify(one).slice(1, -1),
  Buffer.from(one).toString('base64').slice(0, -4),
  encodeURIComponent(one),
])

/** Where any of them stands, in any file below the folder. */
function hitsBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const file = join(folder, name)
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return []
    const text = readFileSync(file, 'utf8')
    return forms.filter((form) => text.includes(form)).map((form) => `${name}: ${form}`)
  })
}

test('C1 secrets reach the program, and stand in no file, no answer and no command line', async () => {
  const gone = new AbortController()
  const client = createRouterClient(app.router, { context: { clientId: 'test', gone: gone.signal } })
  const answers: string[] = []
  const heard = <T>(answer: T): T => {
    answers.push(JSON.stringify(answer) ?? '')
    return answer
  }
  const lines = new Set<string>()
  const sampling = setInterval(() => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        lines.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
      } catch {
        // It ended meanwhile.
      }
    }
  }, 20)

  const folder = join(home, 'source')
  mkdirSync(folder)
  writeFileSync(join(folder, 'server.mjs'), program(200))
  heard(await client.vault.create({ home: 'passphrase', passphrase }))
  const made = heard(
    await client.apps.create({
      slug: 'speaker',
      name: 'Speaker',
      services: [
        { slug: 'web', folder, start: '{node} server.mjs', build: '', healthPath: '/health', releaseCommand: '', route: true },
      ],
    }),
  )
  const service = made.services[0]!
  const fleet = async () => {
    for await (const update of await client.fleet.watch()) if (update.kind === 'snapshot') return heard(update.fleet)
    throw new Error('no fleet')
  }
  const placementId: PlacementId = (await fleet()).cells[0]!.placementId
  heard(
    await client.placements.saveSettings({
      placementId,
      serviceId: service.id,
      basedOn: 0,
      values: canaries.map((value, index) => ({ key: `CANARY_${index}`, value: { kind: 'secret' as const, value } })),
    }),
  )
  await client.placements.setPolicy({ placementId, onFailure: { rule: 'revert' }, bakeSeconds: 1 })

  const over = async (runId: RunId) => {
    for (;;) {
      const { run } = heard(await client.runs.get({ runId }))
      if (run.state === 'ended') return run
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  const start = async (plan: Plan) =>
    over((await client.runs.start({ planId: heard(plan).id, fingerprint: plan.fingerprint })).id)
  const release = async () => {
    for await (const step of await client.releases.create({
      appId: made.id,
      placementId: null,
      sources: { [service.id]: { kind: 'folder', folder, build: '' } },
      note: '',
    })) {
      if (heard(step).kind === 'made' && step.kind === 'made') return step.release
    }
    throw new Error('no release')
  }
  const good = await release()
  const first = await start(await client.plans.deploy({ placementId, releaseId: good.id }))
  expect(first.outcome).toBe('succeeded')

  const address = (await fleet()).cells.find((cell) => cell.placementId === placementId)?.address
  const { createHash } = await import('node:crypto')
  expect(await (await fetch(address!)).text()).toBe(createHash('sha256').update(canaries.join('|')).digest('hex'))

  // One that is never well: its capsule, its output and the audit tell of it.
  writeFileSync(join(folder, 'server.mjs'), program(500))
  const bad = await release()
  const failed = await start(await client.plans.deploy({ placementId, releaseId: bad.id }))
  expect(failed.outcome).toBe('reverted')
  const capsule = heard(await client.runs.capsule({ capsuleId: failed.capsuleId! }))
  expect(JSON.stringify(capsule)).toContain('[secret]')
  for await (const output of await client.runs.output({ runId: failed.id, offset: 0 })) heard(output)

  const sources = heard(await client.logs.sources({ placementId }))
  const { viewId } = await client.logs.open({
    sources: sources.map((one) => one.id),
    filter: { text: '', level: null, sources: null },
  })
  let shown = { rows: [] as unknown[], matching: 0 }
  while (shown.matching < 20) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    shown = await client.logs.window({ viewId, from: 0, count: 500 })
  }
  heard(shown)
  expect(JSON.stringify(shown)).toContain('[secret]')
  heard(await client.placements.settings({ placementId }))
  heard(await client.activity.audit({ before: null, limit: 500 }))
  heard(await client.workspace.exportText())
  heard(await client.host.report())
  for await (const view of await client.placements.watch({ placementId })) {
    heard(view)
    break
  }

  clearInterval(sampling)
  gone.abort()
  expect(hitsBelow(join(home, 'data'))).toEqual([])
  expect(
    forms.filter((form) => answers.some((answer) => answer.includes(form) || answer.includes(JSON.stringify(form).slice(1, -1)))),
  ).toEqual([])
  expect(forms.filter((form) => [...lines].some((line) => line.includes(form)))).toEqual([])
  expect(lines.size).toBeGreaterThan(5)
  await app.close('wait')
}, 120_000)
