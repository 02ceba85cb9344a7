import { appendFileSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundle, countingEffects, never, openLocal, placed, server, until, type Local } from '../../../../test/support/local'
import type { LogRecord } from '../provider'

let local: Local
beforeAll(async () => {
  local = await openLocal()
})
afterAll(() => local.close())

const get = (url: string) => fetch(url).then((response) => response.text())

test('a first deploy serves at a stable address, which a second deploy keeps', async () => {
  const shop = placed(local)
  const one = await bundle(local.artifacts, { 'server.mjs': server('one') })
  const two = await bundle(local.artifacts, { 'server.mjs': server('two') })
  await shop.deploy(one)
  const address = await shop.address()
  expect(await get(address)).toBe('one')
  await shop.deploy(two, { number: 2 })
  expect(await shop.address()).toBe(address)
  expect(await get(address)).toBe('two')
  const seen = await shop.observe()
  expect(seen.instances.map(({ id, artifact, serving, health }) => ({ id, artifact, serving, health }))).toEqual([
    { id: expect.stringMatching(/-production-web-2\.1$/), artifact: two, serving: true, health: 'healthy' },
  ])
})

test('D5 each step twice, and the whole run again, change nothing', async () => {
  const shop = placed(local)
  const one = await bundle(local.artifacts, { 'server.mjs': server('one') })
  const two = await bundle(local.artifacts, { 'server.mjs': server('two') })
  await shop.deploy(one)
  await shop.transfer(two)
  const { made, step } = await shop.plan(two)
  const first = countingEffects()
  for (const each of made.steps) {
    await shop.carryOut({ ...made, steps: [each] }, step, first.effects)
    const second = countingEffects()
    await shop.carryOut({ ...made, steps: [each] }, step, second.effects)
    expect(second.done).toEqual([])
  }
  const again = countingEffects()
  await shop.carryOut(made, step, again.effects)
  expect(again.done).toEqual([])
  expect((await shop.plan(two)).made.steps).toEqual([])
})

test('D7 10,000 requests over 20 switches, and none fails', async () => {
  const shop = placed(local)
  const digests = [
    await bundle(local.artifacts, { 'server.mjs': server('one') }),
    await bundle(local.artifacts, { 'server.mjs': server('two') }),
  ]
  await shop.deploy(digests[0]!)
  const address = await shop.address()
  let asked = 0
  let failed = 0
  const going = { switching: true }
  const visitor = async () => {
    while (going.switching || asked < 10_000) {
      asked += 1
      const answer = await fetch(address, asked % 5 === 0 ? { method: 'POST', body: 'x'.repeat(1000) } : {}).catch(() => null)
      if (answer?.status !== 200 || !/^(one|two)/.test(await answer.text())) failed += 1
    }
  }
  const visitors = Array.from({ length: 8 }, visitor)
  for (let i = 1; i <= 20; i += 1) await shop.deploy(digests[i % 2]!, { number: i + 1 })
  going.switching = false
  await Promise.all(visitors)
  expect(failed).toBe(0)
  expect(asked).toBeGreaterThanOrEqual(10_000)
  const { series } = await shop.observe()
  expect(series.find((one) => one.name === 'Errors')?.points.filter((one) => one !== null && one > 0)).toEqual([])
}, 240_000)

test('a request that runs long is answered by the old version before it is stopped', async () => {
  const shop = placed(local)
  await shop.deploy(await bundle(local.artifacts, { 'server.mjs': server('one') }))
  const slow = get(`${await shop.address()}/slow`)
  await new Promise((resolve) => setTimeout(resolve, 50))
  await shop.deploy(await bundle(local.artifacts, { 'server.mjs': server('two') }))
  expect(await slow).toBe('one')
})

test('an upgraded connection passes through the address', async () => {
  const shop = placed(local)
  await shop.deploy(await bundle(local.artifacts, { 'server.mjs': server('one') }))
  const { port } = new URL(await shop.address())
  const socket = connect(Number(port), '127.0.0.1')
  let got = ''
  socket.on('data', (chunk) => (got += String(chunk)))
  socket.write('GET /live HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n')
  await until(() => got.includes('101'))
  socket.write('hello')
  await until(() => got.endsWith('hello'))
  socket.destroy()
  expect(got).toMatch(/101 Switching Protocols/)
})

test('a version that answers 500 is never well, its answers are evidence, and taking it back leaves the old one serving', async () => {
  const shop = placed(local)
  await shop.deploy(await bundle(local.artifacts, { 'server.mjs': server('good') }))
  const sick = await bundle(local.artifacts, { 'server.mjs': server('sick') })
  await shop.transfer(sick)
  const { made, step } = await shop.plan(sick)
  const { effects } = countingEffects()
  const [start, healthy] = made.steps
  await shop.carryOut({ ...made, steps: [start!] }, step, effects)
  await until(async () => (await local.session.probe(healthy!, step, never))[0]?.words === 'GET /health answered 500')
  const [evidence] = await local.session.evidence(healthy!, step, { lines: 200, bytes: 100_000 }, never)
  expect(evidence?.healthAnswers.some(({ words }) => words.includes('500'))).toBe(true)
  expect(evidence?.lastLines).toContain('listening v1')
  for await (const _ of local.session.undo(start!, step, effects, never));
  expect(await get(await shop.address())).toBe('good')
  expect((await shop.observe()).instances).toHaveLength(1)
})

test('a version that crashes is started again, its exit code is kept, and visitors get the old one meanwhile', async () => {
  const shop = placed(local)
  await shop.deploy(await bundle(local.artifacts, { 'server.mjs': server('old') }))
  const crash = await bundle(local.artifacts, { 'server.mjs': server('new', 'setTimeout(() => process.exit(3), 1500)') })
  await shop.transfer(crash)
  const { made, step } = await shop.plan(crash)
  const { effects } = countingEffects()
  const until4 = made.steps.slice(0, 3)
  await shop.carryOut({ ...made, steps: until4 }, step, effects)
  const address = await shop.address()
  await until(async () => (await get(address)) === 'old')
  const bake = made.steps.find((one) => one.phase === 'bake')!
  expect((await local.session.probe(bake, step, never))[0]).toMatchObject({
    healthy: false,
    known: true,
    words: expect.stringContaining('code 3'),
  })
  for (const one of until4.toReversed()) for await (const _ of local.session.undo(one, step, effects, never));
  expect(await get(address)).toBe('old')
})

test('a service without a route stops the old copy and starts the new, and goes back when taken back', async () => {
  const job = (say: string) => `console.log('${say} begins'); setInterval(() => {}, 1000)`
  const worker = placed(local, { slug: 'worker', route: false, healthPath: null })
  const one = await bundle(local.artifacts, { 'server.mjs': job('one') })
  const two = await bundle(local.artifacts, { 'server.mjs': job('two') })
  await worker.deploy(one)
  await worker.transfer(two)
  const { made, step } = await worker.plan(two)
  expect(made.steps.map((each) => each.id)).toEqual(['worker:switch', 'worker:bake', 'worker:retire'])
  const { effects } = countingEffects()
  await worker.carryOut({ ...made, steps: made.steps.slice(0, 2) }, step, effects)
  expect((await worker.observe()).instances.map((each) => each.artifact)).toEqual([two])
  for await (const _ of local.session.undo(made.steps[0]!, step, effects, never));
  expect((await worker.observe()).instances.map(({ artifact, serving }) => ({ artifact, serving }))).toEqual([
    { artifact: one, serving: true },
  ])
})

test('scaling adds and takes away copies, and stopping leaves none', async () => {
  const shop = placed(local)
  const one = await bundle(local.artifacts, { 'server.mjs': server('one') })
  await shop.deploy(one)
  await shop.deploy(one, { kind: 'scale', instances: 3 })
  expect((await shop.observe()).instances.map((each) => each.id.slice(-4))).toEqual(['-1.1', '-1.2', '-1.3'])
  await shop.deploy(one, { kind: 'scale', instances: 1 })
  expect((await shop.observe()).instances).toHaveLength(1)
  await shop.deploy(null, { kind: 'stop', instances: 0 })
  expect(await shop.observe()).toMatchObject({ instances: [], desired: 0 })
  const answer = await fetch(await shop.address())
  expect([answer.status, await answer.text()]).toEqual([503, 'Nothing is running here at the moment. Try again soon.\n'])
  await shop.deploy(one, { kind: 'start' })
  expect(await get(await shop.address())).toBe('one')
})

test('a program that ignores the request to end is killed after its grace, and that is said', async () => {
  const stubborn = placed(local, { slug: 'worker', route: false, healthPath: null }, { stopSeconds: 1 })
  await stubborn.deploy(
    await bundle(local.artifacts, { 'server.mjs': `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)` }),
  )
  const { said } = await stubborn.deploy(null, { kind: 'stop', instances: 0 })
  expect(said.join('\n')).toMatch(/did not end within 1 s and was killed/)
})

test('a release command runs once, its output is seen, and a failing one stops the run with its exit code', async () => {
  const command = ['{node}', 'migrate.mjs']
  const shop = placed(local, { releaseCommand: command })
  const counter = join(local.dataDir, 'count')
  const migrate = `import { appendFileSync } from 'node:fs'; console.log('migrating', process.env.DB); appendFileSync(${JSON.stringify(counter)}, 'x')`
  const good = await bundle(local.artifacts, { 'server.mjs': server('one'), 'migrate.mjs': migrate })
  await shop.transfer(good)
  const { made, step } = await shop.plan(good, { releaseCommand: true, variables: { DB: 'orders' } })
  const { effects } = countingEffects()
  const said = await shop.carryOut({ ...made, steps: made.steps.slice(0, 1) }, step, effects)
  await shop.carryOut({ ...made, steps: made.steps.slice(0, 1) }, step, effects)
  expect(said).toContain('migrating orders')
  expect(readFileSync(counter, 'utf8')).toBe('x')
  const bad = await bundle(local.artifacts, { 'server.mjs': server('one'), 'migrate.mjs': 'process.exit(7)' })
  await expect(shop.deploy(bad, { releaseCommand: true })).rejects.toMatchObject({
    problem: { code: 'release-command-failed', data: { exit: 'code 7' } },
  })
})

test('a bundle that was changed on disk is noticed, and a deploy writes it anew', async () => {
  const shop = placed(local)
  const one = await bundle(local.artifacts, { 'server.mjs': server('one') })
  await shop.deploy(one)
  const file = join(local.dataDir, 'local/bundles', one.slice(7), 'server.mjs')
  appendFileSync(file, '\n// changed')
  expect((await shop.plan(one, { kind: 'restart' })).made.checks).toContainEqual(
    expect.objectContaining({ id: 'bundle', outcome: 'block', detail: expect.stringContaining('server.mjs') }),
  )
  expect(await local.session.artifacts!.has(one, local.record.id, never)).toBe(false)
  await shop.transfer(one)
  await shop.deploy(one, { kind: 'restart' })
  expect(await get(await shop.address())).toBe('one')
})

test('a command that does not exist, or may not be executed, is a check that blocks and a problem that says so', async () => {
  const gone = placed(local, {}, { start: ['no-such-program-here'] })
  const one = await bundle(local.artifacts, { 'server.mjs': server('one'), 'run.sh': 'echo hello' })
  expect((await gone.plan(one)).made.checks).toContainEqual(expect.objectContaining({ id: 'start-command', outcome: 'block' }))
  await expect(gone.deploy(one)).rejects.toMatchObject({ problem: { code: 'command-not-found' } })
  const plain = placed(local, {}, { start: ['./run.sh'] })
  await expect(plain.deploy(one)).rejects.toMatchObject({ problem: { code: 'command-not-executable' } })
  expect((await gone.observe()).instances).toEqual([])
})

test('a port that another program has is a check that blocks, and the switch says which port', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const address = other.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const shop = placed(local, {}, { port })
  const one = await bundle(local.artifacts, { 'server.mjs': server('one') })
  expect((await shop.plan(one)).made.checks).toContainEqual(expect.objectContaining({ id: 'port', outcome: 'block' }))
  await expect(shop.deploy(one)).rejects.toMatchObject({ problem: { code: 'port-taken', data: { port } } })
  other.close()
})

test('lines are kept whole, strange bytes and all, and one of 10 MiB is cut with a count', async () => {
  const talker = placed(local, { slug: 'worker', route: false, healthPath: null })
  const script = `
    process.stdout.write('nul\\u0000 esc\\u001b[31m <b>html</b>\\n')
    process.stdout.write(Buffer.from([0x62, 0x61, 0x64, 0xff, 0x0a]))
    process.stdout.write('x'.repeat(10 * 1024 * 1024) + '\\nafter\\n')
    setInterval(() => {}, 1000)`
  await talker.deploy(await bundle(local.artifacts, { 'server.mjs': script }))
  const records = await readUntil(talker.context.target.id, (all) => all.some((one) => one.text === 'after'))
  expect(records.map((one) => one.text.slice(0, 40)).slice(0, 2)).toEqual(['nul\u0000 esc\u001b[31m <b>html</b>', 'bad\ufffd'])
  const long = records[2]!
  expect([long.text.length, long.cut]).toEqual([64 * 1024, 10 * 1024 * 1024 - 64 * 1024])
})

test('a follower gets every line once, in order, over rotations', async () => {
  const talker = placed(local, { slug: 'worker', route: false, healthPath: null })
  const count = 300_000
  const script = `
    import { once } from 'node:events'
    for (let i = 0; i < ${count}; i += 1) if (!process.stdout.write(i + ' ' + 'y'.repeat(100) + '\\n')) await once(process.stdout, 'drain')
    setInterval(() => {}, 1000)`
  const stop = new AbortController()
  const seen: number[] = []
  const follower = (async () => {
    for await (const piece of local.session.logs!.follow(talker.context.target.id, 0, stop.signal)) {
      if (piece.kind === 'records') for (const one of piece.records) seen.push(Number.parseInt(one.text, 10))
      if (seen.length >= count) stop.abort()
    }
  })()
  await talker.deploy(await bundle(local.artifacts, { 'server.mjs': script }))
  await follower
  expect(seen.length).toBe(count)
  expect(seen.every((value, i) => value === i)).toBe(true)
}, 60_000)

test('C1 secrets are handed to the program and are on no disk, even where it says them aloud', async () => {
  const shop = placed(local)
  const canary = "canary-5f1c9e/ü'8d2"
  const aloud = `
    const token = process.env.TOKEN
    console.log('length', token.length)
    console.log('raw', token, JSON.stringify({ token }), Buffer.from(token).toString('base64'), encodeURIComponent(token))
    process.stderr.write('split ' + token.slice(0, 9))
    setTimeout(() => process.stderr.write(token.slice(9) + ' end of split\\n'), 200)
    console.log(new Error('with ' + token).stack)`
  const one = await bundle(local.artifacts, { 'server.mjs': server('one', aloud) })
  await shop.deploy(one, { variables: { TOKEN: { reveal: () => canary }, PLAIN: 'plain' } })
  expect(readFileSync(join(local.dataDir, 'local/state.json'), 'utf8')).toContain('"PLAIN":"plain"')
  const lines = await readUntil(shop.context.target.id, (all) => all.some((line) => line.text.endsWith('end of split')))
  expect(lines.some((line) => line.text === `length ${canary.length}`)).toBe(true)
  expect(lines.some((line) => line.text === 'split [secret] end of split')).toBe(true)
  const forms = [canary, 'canary-5f1c9e', Buffer.from(canary).toString('base64').slice(0, 20), encodeURIComponent(canary)]
  for (const name of readdirSync(join(local.dataDir, 'local'), { recursive: true, encoding: 'utf8' })) {
    const file = join(local.dataDir, 'local', name)
    if (!statSync(file).isFile()) continue
    const text = readFileSync(file, 'utf8')
    expect(forms.filter((form) => text.includes(form)).map((form) => `${name}: ${form}`)).toEqual([])
  }
})

async function readUntil(stream: string, enough: (records: LogRecord[]) => boolean): Promise<LogRecord[]> {
  const stop = AbortSignal.timeout(20_000)
  const records: LogRecord[] = []
  for await (const piece of local.session.logs!.follow(stream, 0, stop)) {
    if (piece.kind === 'records') records.push(...piece.records)
    if (enough(records)) return records
  }
  throw new Error('the lines never came')
}
