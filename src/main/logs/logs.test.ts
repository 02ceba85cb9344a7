import { afterEach, expect, test, vi } from 'vitest'
import type { LogBatch } from '../../shared/api/logs'
import type { LogRow } from '../../shared/domain/log'
import { newId, RunId } from '../../shared/domain/ids'
import { ProblemError } from '../../shared/domain/problem'
import type { LogRecord } from '../providers/provider'
import { clock, logsOver, Spring, textOf, textsOf } from './fixtures/sources'
import type { Logs } from './index'

const opened: Logs[] = []
afterEach(async () => {
  for (const logs of opened.splice(0)) await logs.stop()
})

function over(...parameters: Parameters<typeof logsOver>) {
  const made = logsOver(...parameters)
  opened.push(made.logs)
  return made
}

const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 15_000, interval: 20 })
const lines = (rows: readonly LogRow[]) => rows.filter((row) => row.kind === 'line')
const record = (at: number, text: string): LogRecord => ({ at, instance: 'one', text, cut: 0 })

/** Reads batches and acknowledges each, until `enough` says so. */
async function read(
  stream: AsyncIterable<LogBatch>,
  acknowledge: (batch: number) => Promise<void>,
  enough: (rows: LogRow[], batch: LogBatch) => boolean,
) {
  const rows: LogRow[] = []
  for await (const batch of stream) {
    rows.push(...batch.rows)
    await acknowledge(batch.batch)
    if (enough(rows, batch)) break
  }
  return rows
}

test('lines of several sources are shown in the order of their own time, each once, none lost', async () => {
  const springs = ['a', 'b', 'c', 'd'].map((id) => new Spring(id))
  const { open, rowsOf } = over(springs)
  const viewId = await open()
  const said: string[] = []
  // A fixed seed: the same delays every time.
  let seed = 7
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
  for (let count = 0; count < 2000; count++) {
    const spring = springs[Math.floor(random() * springs.length)] as Spring
    const text = `line ${count}`
    said.push(text)
    const at = Date.now()
    setTimeout(() => spring.say(text, at), random() * 30)
    if (count % 40 === 0) await clock.sleep(4)
  }
  await until(async () => expect(lines(await rowsOf(viewId))).toHaveLength(2000))
  const rows = lines(await rowsOf(viewId))
  expect(new Set(textsOf(rows))).toEqual(new Set(said))
  expect(rows.every((row, place) => place === 0 || (rows[place - 1] as LogRow).at <= row.at)).toBe(true)
  expect(new Set(rows.map((row) => `${row.at} ${row.seq}`)).size).toBe(2000)
})

test('the same lines come in the same order, whichever source was faster', async () => {
  const at = Date.now() - 60_000
  const history = (id: string) => Array.from({ length: 500 }, (_, index) => record(at + Math.floor(index / 10), `${id} ${index}`))
  const orders: string[][] = []
  for (const ids of [
    ['a', 'b', 'c'],
    ['c', 'b', 'a'],
    ['b', 'a', 'c'],
  ]) {
    const springs = ids.map((id) => new Spring(id))
    for (const spring of springs) spring.sayAll(history(spring.source.id))
    const { open, rowsOf } = over(springs)
    const viewId = await open()
    await until(async () => expect(await rowsOf(viewId)).toHaveLength(1500))
    orders.push(textsOf(await rowsOf(viewId)))
  }
  expect(orders[1]).toEqual(orders[0])
  expect(orders[2]).toEqual(orders[0])
})

test('a line that comes after its neighbours were shown is put in place and marked late', async () => {
  const [one, two] = [new Spring('one'), new Spring('two')]
  const { open, rowsOf } = over([one, two])
  const viewId = await open()
  const began = Date.now()
  one.say('first', began)
  one.say('third', began + 20)
  await until(async () => expect(await rowsOf(viewId)).toHaveLength(2))
  one.say('fourth')
  await until(async () => expect(await rowsOf(viewId)).toHaveLength(3))
  two.say('second', began + 10)
  await until(async () => expect(await rowsOf(viewId)).toHaveLength(4))
  const rows = lines(await rowsOf(viewId))
  expect(textsOf(rows)).toEqual(['first', 'second', 'third', 'fourth'])
  expect(rows.map((row) => row.late)).toEqual([false, true, false, false])
})

test('a stamp at the beginning of a line counts more than its arrival, and the lines of a stack trace stay together', async () => {
  const spring = new Spring('web')
  const at = Date.now() - 10_000
  const stamp = (ms: number) => new Date(at + ms).toISOString()
  spring.sayAll([
    record(at + 90, `${stamp(50)} ERROR broken`),
    record(at + 91, '    at first (file.js:1)'),
    record(at + 92, '    at second (file.js:2)'),
    record(at + 93, `${stamp(60)} INFO next`),
    record(at + 94, `${stamp(10)} INFO earlier`),
  ])
  const { open, rowsOf } = over([spring])
  const viewId = await open()
  await until(async () => expect(await rowsOf(viewId)).toHaveLength(5))
  const short = textsOf(await rowsOf(viewId)).map((text) => text.replace(/^\S+Z /, '').trim())
  expect(short).toEqual(['INFO earlier', 'ERROR broken', 'at first (file.js:1)', 'at second (file.js:2)', 'INFO next'])
})

test('a reader that follows gets what there is and then every new line, in order', async () => {
  const spring = new Spring('web')
  spring.sayAll(Array.from({ length: 100 }, (_, index) => record(Date.now() - 5000 + index, `old ${index}`)))
  const { logs, caller, open, rowsOf } = over([spring])
  const viewId = await open()
  await until(async () => expect(await rowsOf(viewId)).toHaveLength(100))
  const stream = logs.follow({ viewId }, caller, new AbortController().signal)
  const writing = (async () => {
    for (let count = 0; count < 300; count++) {
      spring.say(`new ${count}`)
      if (count % 30 === 0) await clock.sleep(5)
    }
  })()
  const rows = await read(
    stream,
    (batch) => logs.ack({ viewId, batch }, caller),
    (so) => so.length >= 400,
  )
  await writing
  expect(textsOf(rows)).toEqual([
    ...Array.from({ length: 100 }, (_, index) => `old ${index}`),
    ...Array.from({ length: 300 }, (_, index) => `new ${index}`),
  ])
})

test('a reader that acknowledges nothing gets eight batches; what it missed is counted and can be read', async () => {
  const spring = new Spring('web')
  const { logs, caller, open, rowsOf } = over([spring])
  const viewId = await open()
  const stream = logs.follow({ viewId }, caller, new AbortController().signal)
  let got = 0
  let batches = 0
  let last = 0
  let pending = stream.next()
  // Says more whenever a batch was given, and stops when none comes any more.
  for (;;) {
    spring.sayAll(Array.from({ length: 50 }, (_, index) => record(Date.now(), `line ${index}`)))
    const next = await Promise.race([pending, clock.sleep(1500).then(() => null)])
    if (next === null || next.done === true) break
    batches += 1
    got += next.value.rows.length
    last = next.value.batch
    pending = stream.next()
  }
  expect(batches).toBe(8)
  spring.sayAll(Array.from({ length: 30_000 }, (_, index) => record(Date.now(), `flood ${index}`)))
  await until(async () => expect((await logs.window({ viewId, from: 0, count: 1 }, caller)).matching).toBe(spring.records.length))
  await logs.ack({ viewId, batch: last }, caller)
  let skipped = 0
  for (let next = await pending; next.done !== true; next = await stream.next()) {
    got += next.value.rows.length
    skipped += next.value.skipped
    await logs.ack({ viewId, batch: next.value.batch }, caller)
    // Nothing more need come once all is accounted for.
    if (got + skipped >= spring.records.length) break
  }
  expect(skipped).toBeGreaterThan(0)
  expect(got + skipped).toBe(spring.records.length)
  expect(lines(await rowsOf(viewId))).toHaveLength(spring.records.length)
})

test('a filter by text, level and source shows what passes, of old lines and new ones', async () => {
  const [web, worker] = [new Spring('web'), new Spring('worker')]
  const { logs, caller, open, rowsOf } = over([web, worker])
  const viewId = await open({ text: 'ORDER' })
  web.say('INFO order 1 taken')
  web.say('INFO cart opened')
  worker.say('ERROR Order 1 failed')
  await until(async () =>
    expect(textsOf(await rowsOf(viewId)).toSorted()).toEqual(['ERROR Order 1 failed', 'INFO order 1 taken']),
  )
  const filter = (more: object) => ({ viewId, filter: { text: '', level: null, sources: null, ...more } })
  expect(await logs.setFilter(filter({ level: 'error' }), caller)).toEqual({ matching: 1 })
  expect(await logs.setFilter(filter({ sources: ['web'] }), caller)).toEqual({ matching: 2 })
  expect(await logs.setFilter(filter({ text: 'cart' }), caller)).toEqual({ matching: 1 })
  web.say('WARN CART lost')
  await until(async () => expect(textsOf(await rowsOf(viewId))).toEqual(['INFO cart opened', 'WARN CART lost']))
  expect(await logs.setFilter(filter({ text: 'ÖRDER' }), caller)).toEqual({ matching: 0 })
  worker.say('INFO örder 2')
  await until(async () => expect(textsOf(await rowsOf(viewId))).toEqual(['INFO örder 2']))
})

test('lines without a level are shown up to info and left out above', async () => {
  const spring = new Spring('web')
  const { logs, caller, open, rowsOf } = over([spring])
  const viewId = await open({ level: 'info' })
  spring.say('no level at all')
  spring.say('DEBUG detail')
  spring.say('{"level":"warn","msg":"slow"}')
  await until(async () => expect(textsOf(await rowsOf(viewId))).toEqual(['no level at all', '{"level":"warn","msg":"slow"}']))
  expect(await logs.setFilter({ viewId, filter: { text: '', level: 'warn', sources: null } }, caller)).toEqual({ matching: 1 })
})

test('an error is found before and after a place', async () => {
  const spring = new Spring('web')
  const { logs, caller, open, rowsOf } = over([spring])
  const viewId = await open()
  const at = Date.now()
  for (const [index, level] of ['INFO', 'ERROR', 'INFO', 'FATAL', 'INFO'].entries()) spring.say(`${level} ${index}`, at + index)
  await until(async () => expect(await rowsOf(viewId)).toHaveLength(5))
  const find = async (from: number, direction: 'next' | 'previous') =>
    (await logs.findError({ viewId, from, direction }, caller)).at
  expect([await find(0, 'next'), await find(1, 'next'), await find(3, 'next')]).toEqual([1, 3, null])
  expect([await find(4, 'previous'), await find(3, 'previous'), await find(1, 'previous'), await find(99, 'previous')]).toEqual([
    3,
    1,
    null,
    3,
  ])
})

test('changing the sources leaves those that stay alone, and a source is followed only while a view has it', async () => {
  const [web, worker] = [new Spring('web'), new Spring('worker')]
  const { logs, caller, open } = over([web, worker])
  const viewId = await open({}, [web])
  await until(() => expect([web.followers, worker.followers]).toEqual([1, 0]))
  await logs.setSources({ viewId, sources: ['web', 'worker'] }, caller)
  await until(() => expect([web.followers, worker.followers]).toEqual([1, 1]))
  expect(web.follows).toBe(1)
  await logs.setSources({ viewId, sources: ['worker'] }, caller)
  await until(() => expect([web.followers, worker.followers]).toEqual([0, 1]))
  await logs.close({ viewId }, caller)
  await until(() => expect([web.followers, worker.followers]).toEqual([0, 0]))
})

test('a source that was let go and taken again shows each line once', async () => {
  const spring = new Spring('web')
  const { logs, caller, open, rowsOf } = over([spring])
  const at = Date.now() - 1000
  for (let count = 0; count < 10; count++) spring.say('the same words', at)
  const first = await open()
  await until(async () => expect(await rowsOf(first)).toHaveLength(10))
  await logs.close({ viewId: first }, caller)
  for (let count = 0; count < 5; count++) spring.say('the same words', at)
  spring.say('after')
  const second = await open()
  await until(async () => expect(textsOf(await rowsOf(second)).at(-1)).toBe('after'))
  expect(await rowsOf(second)).toHaveLength(16)
})

test('a source that breaks is told as a row and a state, tried again, and nothing comes twice', async () => {
  const spring = new Spring('web')
  const { logs, caller, open, rowsOf } = over([spring])
  const viewId = await open()
  spring.say('before')
  await until(async () => expect(await rowsOf(viewId)).toHaveLength(1))
  const unreachable = { code: 'unreachable', data: {}, message: 'web-2 does not answer.' }
  spring.break(new ProblemError(unreachable))
  const stream = logs.follow({ viewId }, caller, new AbortController().signal)
  const states = new Set<string>()
  const watching = read(
    stream,
    (batch) => logs.ack({ viewId, batch }, caller),
    (_, batch) => {
      for (const status of batch.statuses) states.add(`${status.state} ${status.problem?.code ?? ''}`.trim())
      return states.has('failed unreachable') && batch.statuses[0]?.state === 'live'
    },
  )
  await until(() => expect(states).toContain('failed unreachable'))
  spring.say('after')
  await watching
  await until(async () => expect(lines(await rowsOf(viewId))).toHaveLength(2))
  const rows = await rowsOf(viewId)
  expect(textsOf(lines(rows))).toEqual(['before', 'after'])
  expect(rows.filter((row) => row.kind === 'gap').map(textOf)).toEqual([
    'No logs from web: web-2 does not answer. Trying again.',
    expect.stringMatching(/^The logs of web are back after \d+ s\./),
  ])
})

test('what a source lost itself is a row with its count', async () => {
  const spring = new Spring('web')
  const { open, rowsOf } = over([spring])
  const viewId = await open()
  spring.gap('The log was rotated away', 120)
  await until(async () =>
    expect(await rowsOf(viewId)).toMatchObject([{ kind: 'gap', words: 'The log was rotated away', dropped: 120, source: 'web' }]),
  )
})

test('deploys are rows among the lines of their placement', async () => {
  const [web, other] = [new Spring('web'), new Spring('other')]
  const marker = (of: Spring, words: string) => ({
    placementId: of.placementId,
    at: Date.now(),
    runId: newId(RunId),
    releaseId: null,
    words,
  })
  const old = marker(web, 'v1 went live')
  const { open, rowsOf, mark } = over([web, other], {
    markers: { of: async (id) => (id === web.placementId ? [old] : []), subscribe: () => () => {} },
  })
  const viewId = await open({}, [web])
  await until(async () =>
    expect(await rowsOf(viewId)).toMatchObject([{ kind: 'marker', runId: old.runId, words: 'v1 went live' }]),
  )
  mark(marker(other, 'not of this view'))

  const later = over([web, other])
  const laterView = await later.open({}, [web])
  later.mark(marker(web, 'v2 went live'))
  later.mark(marker(other, 'not of this view'))
  await until(async () => expect(textsOf(await later.rowsOf(laterView))).toEqual(['v2 went live']))
})

test('the oldest lines go first when there are too many, and they are counted', async () => {
  const spring = new Spring('web')
  const { logs, caller, open, rowsOf } = over([spring], { limits: { rows: 40_000 } })
  const viewId = await open({ text: 'line' })
  const at = Date.now() - 100_000
  spring.sayAll(Array.from({ length: 100_000 }, (_, index) => record(at + index, `line ${index}`)))
  await until(async () => {
    const { rows, pruned } = logs.kept()
    expect(rows + pruned).toBe(100_000)
  })
  const { rows } = logs.kept()
  expect(rows).toBeLessThanOrEqual(40_000)
  const shown = textsOf(await rowsOf(viewId))
  expect(shown).toEqual(Array.from({ length: rows }, (_, index) => `line ${100_000 - rows + index}`))
  expect((await logs.window({ viewId, from: 0, count: 1 }, caller)).matching).toBe(rows)
})

test('C1 secrets are masked before a line is kept, also where a cut goes through one', async () => {
  const redactor = {
    redact: (text: string) => text.replaceAll('canary-in-the-log', '[secret]'),
    redactCut: (text: string) => text.replaceAll('canary-in-the-log', '[secret]').replace(/canary[a-z-]*$/, '[secret]'),
  }
  const spring = new Spring('web')
  const { logs, caller, open, rowsOf } = over([spring], { redactor })
  const viewId = await open()
  spring.say('token=canary-in-the-log sent')
  spring.say(`${'x'.repeat(64 * 1024 - 9)}canary-in-the-log`)
  await until(async () => expect(await rowsOf(viewId)).toHaveLength(2))
  const shown = textsOf(await rowsOf(viewId)).join('\n')
  expect(shown).toContain('token=[secret] sent')
  expect(shown).not.toContain('canary')
  expect(await logs.setFilter({ viewId, filter: { text: 'canary', level: null, sources: null } }, caller)).toEqual({
    matching: 0,
  })
})

test('C1 a source whose secrets are not known is not shown, and says why', async () => {
  const spring = new Spring('web')
  spring.say('canary')
  const locked = { code: 'vault-locked', data: {}, message: 'Secrets are locked.' }
  let open = false
  const made = over([spring], {
    prepare: async () => {
      if (!open) throw new ProblemError(locked)
    },
  })
  const viewId = await made.open()
  await until(async () =>
    expect(textsOf(await made.rowsOf(viewId))).toEqual(['No logs from web: Secrets are locked. Trying again.']),
  )
  expect(spring.follows).toBe(0)
  open = true
  await until(async () => expect(textsOf(lines(await made.rowsOf(viewId)))).toEqual(['canary']))
})

test('L3 hostile lines are kept as they are, and one of 10 MiB arrives cut with its count', async () => {
  const spring = new Spring('web')
  const { open, rowsOf } = over([spring])
  const viewId = await open()
  const at = Date.now()
  const hostile = [
    '<img src=x onerror=alert(1)>',
    '\u001b]52;c;aGk=\u0007',
    '\u0000\u0001',
    '\u202Egnp.exe',
    'half \ud83d',
    '__proto__',
    '2026-99-99T99:99:99Z odd',
  ]
  for (const [index, text] of hostile.entries()) spring.say(text, at + index)
  spring.say('ü'.repeat(5 * 1024 * 1024), at + 100)
  await until(async () => expect(await rowsOf(viewId)).toHaveLength(hostile.length + 1))
  const rows = lines(await rowsOf(viewId))
  expect(textsOf(rows.slice(0, -1))).toEqual(hostile.map((text) => text.toWellFormed()))
  const last = rows.at(-1)
  expect(Buffer.byteLength(last?.text ?? '')).toBe(64 * 1024)
  expect(last?.cut).toBe(10 * 1024 * 1024 - 64 * 1024)
})

test('a view ends with its client, and belongs to it', async () => {
  const spring = new Spring('web')
  const { logs, caller, client, open } = over([spring])
  const viewId = await open()
  const gone = await logs.window({ viewId, from: 0, count: 1 }, { ...caller, clientId: 'other' }).catch((error: unknown) => error)
  expect(gone).toMatchObject({ problem: { code: 'view-gone' } })
  const stream = logs.follow({ viewId }, caller, new AbortController().signal)
  const reading = read(
    stream,
    async () => {},
    () => false,
  )
  await until(() => expect(spring.followers).toBe(1))
  client.abort()
  await reading
  await until(() => expect(spring.followers).toBe(0))
  await expect(logs.ack({ viewId, batch: 1 }, caller)).rejects.toMatchObject({ problem: { code: 'view-gone' } })
})
