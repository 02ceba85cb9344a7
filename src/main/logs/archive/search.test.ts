import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { bundle } from '../../../../test/support/built'
import { everything, type LogFilter } from '../../../shared/domain/log'
import type { LogFound } from '../../../shared/api/logs'
import { logsOver, Spring, textsOf } from '../fixtures/sources'

const lines = 60_000
const begun = Date.UTC(2026, 10, 21)
let built: Awaited<ReturnType<typeof bundle>>
let folder: string
let made: ReturnType<typeof logsOver>
const web = new Spring('web')
const worker = new Spring('worker')

beforeAll(async () => {
  built = await bundle({ searcher: 'src/main/logs/archive/worker.ts' })
  folder = mkdtempSync(join(tmpdir(), 'slipway-search-'))
  const levels = ['INFO', 'INFO', 'WARN', 'ERROR']
  for (let index = 0; index < lines; index++) {
    const of = index % 3 === 0 ? worker : web
    of.records.push({
      at: begun + index * 1000,
      instance: 'one',
      text: `${levels[index % 4]} order ${index} took=${index % 50}ms`,
      cut: 0,
    })
  }
  // Memory holds the newest third only.
  made = logsOver([web, worker], { folder, limits: { rows: 20_000 }, searcher: join(built.folder, 'searcher.mjs') })
  await made.open()
  await vi.waitFor(
    () => {
      const { rows, pruned } = made.logs.kept()
      expect(rows + pruned).toBe(lines)
    },
    { timeout: 15_000, interval: 20 },
  )
})

afterAll(async () => {
  await made.logs.stop()
  built.remove()
  rmSync(folder, { recursive: true, force: true })
})

async function found(filter: Partial<LogFilter>, sources = ['web', 'worker'], limit = 100) {
  const answers: LogFound[] = []
  const question = { sources, filter: { ...everything, ...filter }, limit, buckets: 10 }
  for await (const answer of made.logs.search(question, new AbortController().signal)) answers.push(answer)
  return answers.at(-1) as LogFound
}

const texts = ({ lines: all }: LogFound) => all.map(({ text }) => text)

test('a search finds what memory let go, newest first, and counts it over time', async () => {
  const all = await found({ text: 'ORDER 7' })
  const wanted = [...web.records, ...worker.records]
    .filter(({ text }) => text.includes('order 7'))
    .toSorted((a, b) => b.at - a.at)
  expect(all.found).toBe(wanted.length)
  expect(texts(all)).toEqual(wanted.slice(0, 100).map(({ text }) => text))
  expect(all.histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(wanted.length)
  expect(all.searched).toMatchObject({ rows: lines, files: all.searched.of })
  expect(all.done).toBe(true)
})

test('by expression, level, source, field, and what is left out', async () => {
  expect(texts(await found({ text: '^error order 5\\d{2} ', regex: true }))).toHaveLength(25)
  expect((await found({ level: 'error' })).found).toBe(lines / 4)
  expect((await found({}, ['worker'])).found).toBe(lines / 3)
  expect((await found({ fields: [{ key: 'took', value: '7ms', exclude: false }] })).found).toBe(lines / 50)
  expect((await found({ fields: [{ key: 'took', value: '7ms', exclude: true }] })).found).toBe(lines - lines / 50)
  expect((await found({ text: 'order 12', exclude: 'order 123' })).found).toBe(1111 - 111)
})

test('a stretch of time is searched alone, and a view of it shows what is on disk', async () => {
  const range = { from: begun + 100_000, to: begun + 199_999 }
  expect((await found({ range })).found).toBe(100)
  const viewId = await made.open({ range })
  const rows = await made.rowsOf(viewId)
  expect(textsOf(rows).map((text) => text.split(' ')[2])).toEqual(Array.from({ length: 100 }, (_, index) => String(100 + index)))
  // And back to what comes now.
  expect((await made.logs.setFilter({ viewId, filter: everything }, made.caller)).matching).toBe(made.logs.kept().rows)
})

test('a pattern that is wrong is refused before anything is read', async () => {
  await expect(found({ text: '(', regex: true })).rejects.toMatchObject({ problem: { code: 'pattern-wrong' } })
})

test('a search that nobody wants any more ends', async () => {
  const stop = new AbortController()
  const question = { sources: ['web'], filter: everything, limit: 10, buckets: 10 }
  const answers: LogFound[] = []
  for await (const answer of made.logs.search(question, stop.signal)) {
    answers.push(answer)
    stop.abort()
  }
  expect(answers.every(({ done }) => !done)).toBe(true)
})

test('without its thread a search finds the same', async () => {
  const alone = logsOver([new Spring('web'), new Spring('worker')], { folder, limits: { rows: 20_000 }, searcher: '/none.mjs' })
  await alone.logs.open({ sources: ['web'], filter: everything }, alone.caller)
  const question = { sources: ['web', 'worker'], filter: { ...everything, text: 'order 777' }, limit: 10, buckets: 10 }
  let last: LogFound | null = null
  for await (const answer of alone.logs.search(question, new AbortController().signal)) last = answer
  expect(last?.found).toBe((await found({ text: 'order 777' })).found)
})
