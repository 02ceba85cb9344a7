import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { newId, RunId } from '../../../shared/domain/ids'
import { defaultLogSettings, type LogSettings } from '../../../shared/domain/log'
import { clock, logsOver, Spring, textsOf } from '../fixtures/sources'
import type { Logs } from '../index'

const opened: Logs[] = []
const folders: string[] = []
afterEach(async () => {
  for (const logs of opened.splice(0)) await logs.stop()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-logs-'))
  folders.push(folder)
  return folder
}

function over(springs: readonly Spring[], folder: string, more: Parameters<typeof logsOver>[1] = {}) {
  const made = logsOver(springs, { folder, ...more })
  opened.push(made.logs)
  return made
}

const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 15_000, interval: 20 })
const settings = (more: Partial<LogSettings>) => ({ settings: () => ({ ...defaultLogSettings, windowMs: 60, ...more }) })
const onDisk = (folder: string, text: string) =>
  readdirSync(folder).some((name) => name.endsWith('.open') && readFileSync(join(folder, name)).includes(text))
const record = (at: number, text: string) => ({ at, instance: 'one', text, cut: 0 })

test('after a new start the view shows what was kept, in the same order, and nothing twice', async () => {
  const folder = freshFolder()
  const [web, worker] = [new Spring('web'), new Spring('worker')]
  const at = Date.now() - 60_000
  web.sayAll(Array.from({ length: 300 }, (_, index) => record(at + index, 'the same words')))
  worker.sayAll(Array.from({ length: 300 }, (_, index) => record(at + index, `worker ${index}`)))
  const first = over([web, worker], folder)
  const before = await first.open()
  await until(async () => expect(await first.rowsOf(before)).toHaveLength(600))
  const shown = await first.rowsOf(before)
  await first.logs.stop()

  web.say('meanwhile')
  const second = over([web, worker], folder)
  const view = await second.open()
  await until(async () => expect(textsOf(await second.rowsOf(view)).at(-1)).toBe('meanwhile'))
  const rows = await second.rowsOf(view)
  expect(textsOf(rows)).toEqual([...textsOf(shown), 'meanwhile'])
  expect(rows.slice(0, -1).map(({ at: time }) => time)).toEqual(shown.map(({ at: time }) => time))
})

test('lines of a container that is gone are still there after a new start', async () => {
  const folder = freshFolder()
  const web = new Spring('web')
  web.say('from the old one', Date.now() - 5000, { instance: 'old' })
  const first = over([web], folder)
  const view = await first.open()
  await until(async () => expect(await first.rowsOf(view)).toHaveLength(1))
  await first.logs.stop()
  web.records.splice(0)
  web.say('from the new one', Date.now(), { instance: 'new' })
  const second = over([web], folder)
  const again = await second.open()
  await until(async () => expect(textsOf(await second.rowsOf(again))).toEqual(['from the old one', 'from the new one']))
  expect((await second.rowsOf(again)).map((row) => row.kind === 'line' && row.instance)).toEqual(['old', 'new'])
})

test('what was on disk a moment after it was shown is there after a crash, and a half-written end is passed over', async () => {
  const folder = freshFolder()
  const web = new Spring('web')
  const { open } = over([web], folder)
  await open()
  web.say('line one')
  await until(() => expect(onDisk(folder, 'line one')).toBe(true))
  web.say('line two')
  await until(() => expect(onDisk(folder, 'line two')).toBe(true))
  // The folder as a crash leaves it, with the beginning of a frame at its end.
  const left = freshFolder()
  cpSync(folder, left, { recursive: true })
  const [file = ''] = readdirSync(left)
  appendFileSync(join(left, file), Buffer.from([200, 0, 0, 0, 1, 2, 3]))
  const silent = new Spring('web')
  const after = over([silent], left)
  const view = await after.open()
  expect(textsOf(await after.rowsOf(view))).toEqual(['line one', 'line two'])
  silent.say('line three')
  await until(() => expect(onDisk(left, 'line three')).toBe(true))
  const third = over([new Spring('web')], left)
  expect(textsOf(await third.rowsOf(await third.open()))).toEqual(['line one', 'line two', 'line three'])
})

test('a file that was changed on disk is passed over, and the others are shown', async () => {
  const folder = freshFolder()
  const web = new Spring('web')
  const at = Date.now() - 100_000
  web.sayAll(Array.from({ length: 40_000 }, (_, index) => record(at + index, `line ${index}`)))
  const first = over([web], folder)
  const view = await first.open()
  await until(async () =>
    expect((await first.logs.window({ viewId: view, from: 0, count: 1 }, first.caller)).matching).toBe(40_000),
  )
  await first.logs.stop()
  const sealed = readdirSync(folder).filter((name) => name.endsWith('.zst'))
  expect(sealed.length).toBe(2)
  const path = join(folder, sealed[0] as string)
  const bytes = readFileSync(path)
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1
  writeFileSync(path, bytes)
  const second = over([new Spring('web')], folder)
  const texts = textsOf(await second.rowsOf(await second.open()))
  expect(texts[0]).toBe('line 16384')
  expect(texts).toHaveLength(40_000 - 16_384)
})

test('the oldest files go when there is more than may be kept, and what is too old', async () => {
  const folder = freshFolder()
  const web = new Spring('web')
  const at = Date.now() - 3 * 24 * 3_600_000
  const noise = () => Math.random().toString(36).repeat(8)
  web.sayAll(Array.from({ length: 80_000 }, (_, index) => record(at + index * 3000, `${index} ${noise()}`)))
  const limits = { keepBytes: 4_000_000, keepDays: 14 }
  const { logs, open } = over([web], folder, settings(limits))
  const sizes = () =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.zst'))
      .map((name) => statSync(join(folder, name)).size)
  await open()
  await until(() => expect(logs.kept().rows).toBe(80_000))
  await logs.stop()
  expect(sizes().reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(4_000_000)
  expect(sizes().length).toBeGreaterThan(0)

  const later = over([new Spring('web')], folder, {
    ...settings({ keepDays: 1 }),
    clock: { ...clock, now: () => Date.now() + 9e8 },
  })
  await later.open()
  await later.logs.stop()
  expect(sizes()).toEqual([])
})

test('where nothing can be written the tail goes on, a row says so, and what memory holds is written as soon as it can be', async () => {
  const parent = freshFolder()
  const folder = join(parent, 'logs')
  const web = new Spring('web')
  const { open, rowsOf } = over([web], folder, {
    clock: { ...clock, sleep: (ms, signal) => clock.sleep(Math.min(ms, 100), signal) },
  })
  const view = await open()
  web.say('before')
  await until(() => expect(onDisk(folder, 'before')).toBe(true))
  renameSync(folder, `${folder}-away`)
  writeFileSync(folder, 'in the way')
  web.say('meanwhile')
  await until(async () =>
    expect(textsOf(await rowsOf(view)).join('\n')).toContain(
      'From here on lines are shown but not kept on disk: the disk says ENOTDIR',
    ),
  )
  expect(textsOf(await rowsOf(view))).toContain('meanwhile')
  rmSync(folder)
  renameSync(`${folder}-away`, folder)
  await until(async () => expect(textsOf(await rowsOf(view)).join('\n')).toContain('Lines are kept on disk again'))
  expect(onDisk(folder, 'meanwhile')).toBe(true)
})

test('C1 nothing that is secret is on disk', async () => {
  const folder = freshFolder()
  const web = new Spring('web')
  const redactor = { redact: (text: string) => text.replaceAll('canary-in-the-log', '[secret]') }
  const { open, logs } = over([web], folder, { redactor })
  await open()
  web.say('token=canary-in-the-log sent')
  await until(() => expect(onDisk(folder, '[secret] sent')).toBe(true))
  await logs.stop()
  for (const name of readdirSync(folder)) expect(readFileSync(join(folder, name)).includes('canary')).toBe(false)
  // Read again, it is known as the line that was kept.
  const second = over([web], folder, { redactor })
  const view = await second.open()
  web.say('after')
  await until(async () => expect(textsOf(await second.rowsOf(view))).toEqual(['token=[secret] sent', 'after']))
})

test('a deploy is one row, also after a new start', async () => {
  const folder = freshFolder()
  const web = new Spring('web')
  const marker = { placementId: web.placementId, at: Date.now(), runId: newId(RunId), releaseId: null, words: 'v1 went live' }
  const markers = { of: async () => [marker], subscribe: () => () => {} }
  const first = over([web], folder, { markers })
  const view = await first.open()
  await until(async () => expect(textsOf(await first.rowsOf(view))).toEqual(['v1 went live']))
  await first.logs.stop()
  const second = over([web], folder, { markers })
  const again = await second.open()
  web.say('after')
  await until(async () => expect(textsOf(await second.rowsOf(again))).toContain('after'))
  expect(await second.rowsOf(again)).toMatchObject([{ kind: 'marker', runId: marker.runId }, { kind: 'line' }])
})
