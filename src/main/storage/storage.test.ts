import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { EnvironmentId, newId } from '../../shared/domain/ids'
import type { Environment } from '../../shared/domain/environment'
import { ProblemError } from '../../shared/domain/problem'
import { Topic } from '../topic'
import { openStorage } from './database'
import { own } from './owner'
import { createRecords } from './records'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'slipway-storage-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const codeOf = (work: () => unknown) => {
  try {
    work()
    return null
  } catch (error) {
    return error instanceof ProblemError ? error.problem.code : error
  }
}
const environment = (slug: string): Environment => ({
  v: 1,
  id: newId(EnvironmentId),
  slug,
  name: slug,
  position: 0,
  protected: false,
  freezeWindows: [],
  deletedAt: null,
})

/** A data file with one environment in it, closed cleanly or not. */
async function used(clean: boolean) {
  const storage = openStorage(folder, 1)
  await createRecords(storage, new Topic()).environments.put(environment('staging'))
  if (clean) await storage.close()
  else storage.raw.close()
}

test('what was kept is there after the file was opened again', async () => {
  await used(true)
  const storage = openStorage(folder, 2)
  expect((await createRecords(storage, new Topic()).environments.list()).map((one) => one.slug)).toEqual(['staging'])
  await storage.close()
})

test('a file from a newer version is refused and left as it is', async () => {
  await used(true)
  const raw = new Database(join(folder, 'slipway.db'))
  raw.pragma('user_version = 999')
  raw.close()
  const before = readFileSync(join(folder, 'slipway.db'))
  expect(codeOf(() => openStorage(folder, 2))).toBe('data-newer')
  expect(readFileSync(join(folder, 'slipway.db')).equals(before)).toBe(true)
})

test('an empty file in a folder that was used is refused, not begun anew', async () => {
  await used(true)
  writeFileSync(join(folder, 'audit.head'), '{}')
  truncateSync(join(folder, 'slipway.db'), 0)
  expect(codeOf(() => openStorage(folder, 2))).toBe('data-empty')
})

test('a file that is no database is refused, with the words to mend it', () => {
  writeFileSync(
    join(folder, 'slipway.db'),
    'half a sentence that is certainly longer than the hundred bytes of a header, so that it is read as one',
  )
  expect(codeOf(() => openStorage(folder, 2))).toBe('data-damaged')
})

test('a half-written file is found out after an end that was not clean', async () => {
  await used(false)
  const file = join(folder, 'slipway.db')
  const bytes = readFileSync(file)
  bytes.fill(0xff, 4096 + 100, 4096 * 4)
  writeFileSync(file, bytes)
  rmSync(`${file}-wal`, { force: true })
  expect(codeOf(() => openStorage(folder, 2))).toBe('data-damaged')
})

test('a record that does not fit is a problem that names it, never a guess', async () => {
  const storage = openStorage(folder, 1)
  const records = createRecords(storage, new Topic())
  const one = environment('staging')
  await records.environments.put(one)
  storage.raw.prepare('UPDATE environments SET body = ?').run(JSON.stringify({ ...one, position: 'third' }))
  await expect(records.environments.get(one.id)).rejects.toMatchObject({ problem: { code: 'record-unreadable' } })
  await storage.close()
})

test('a folder has one owner; the second is told who is in the way', () => {
  const first = own(folder)
  expect(codeOf(() => own(folder))).toBe('data-folder-owned')
  first.release()
  own(folder).release()
})

test('an owner in another process keeps us out, and its kill lets us in', () => {
  const script = `
    const Database = require(${JSON.stringify(join(process.cwd(), 'node_modules/better-sqlite3'))})
    globalThis.lock = new Database(${JSON.stringify(join(folder, 'owner.lock'))}, { timeout: 0 })
    lock.pragma('locking_mode = EXCLUSIVE'); lock.exec('BEGIN EXCLUSIVE')
    console.log(process.pid); setInterval(() => {}, 1000)`
  // The shell answers with the pid as soon as the lock is held, and lets the holder live on.
  const held = execFileSync('sh', [
    '-c',
    '"$0" -e "$1" > "$2" 2>/dev/null </dev/null & while ! [ -s "$2" ]; do sleep 0.05; done; cat "$2"',
    process.execPath,
    script,
    join(folder, 'pid'),
  ])
  const pid = Number(held.toString().trim())
  expect(codeOf(() => own(folder))).toBe('data-folder-owned')
  process.kill(pid, 'SIGKILL')
  let owner: { release(): void } | null = null
  const end = Date.now() + 5000
  while (!owner && Date.now() < end) {
    try {
      owner = own(folder)
    } catch {
      execFileSync('sleep', ['0.05'])
    }
  }
  expect(owner).not.toBeNull()
  owner?.release()
})

test('a data folder that cannot be made is said so, with the reason', () => {
  const file = join(folder, 'a-file')
  writeFileSync(file, '')
  expect(codeOf(() => own(join(file, 'inside')))).toBe('data-folder-unusable')
})

test('before a migration a copy is kept, which opens as it was', async () => {
  const first = ['CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)']
  await openStorage(folder, 1, first).close()
  expect(existsSync(join(folder, 'copies'))).toBe(false)
  const next = openStorage(folder, Date.UTC(2030, 0, 2, 3, 4, 5), [...first, 'ALTER TABLE meta ADD COLUMN note TEXT'])
  expect(next.raw.pragma('user_version', { simple: true })).toBe(2)
  await next.close()
  expect(readdirSync(join(folder, 'copies'))).toEqual(['20300102T030405-v1.db'])
  const copy = new Database(join(folder, 'copies', '20300102T030405-v1.db'), { readonly: true })
  expect(copy.pragma('user_version', { simple: true })).toBe(1)
  expect(copy.prepare('SELECT value FROM meta').pluck().get()).toBe('true')
  copy.close()
})

test('a migration that fails changes nothing', async () => {
  const first = ['CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)']
  await openStorage(folder, 1, first).close()
  expect(() => openStorage(folder, 2, [...first, 'CREATE TABLE one (a TEXT); CREATE TABLE meta (a TEXT)'])).toThrow()
  const again = openStorage(folder, 3, first)
  expect(again.raw.prepare("SELECT name FROM sqlite_master WHERE name = 'one'").get()).toBeUndefined()
  await again.close()
})
