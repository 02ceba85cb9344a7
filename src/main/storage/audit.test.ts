import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { InstallationId, newId } from '../../shared/domain/ids'
import { Topic } from '../topic'
import { createAudit, type AuditLog } from './audit'
import { openStorage, type Storage } from './database'

let folder: string
let storage: Storage
let audit: AuditLog
const key = Buffer.alloc(32, 7)
const self = { installationId: newId(InstallationId), actor: { name: 'ana', machine: 'laptop' } }
const settled = () => new Promise((resolve) => setTimeout(resolve, 20))

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-audit-'))
  storage = openStorage(folder, 1)
  audit = open()
  for (let index = 1; index <= 10; index += 1) audit.record('hold.set', { placement: `p${index}` }, `reason ${index}`)
  await settled()
})
afterEach(async () => {
  await storage.close()
  rmSync(folder, { recursive: true, force: true })
})

function open(signing: Buffer | null = key) {
  return createAudit({
    raw: storage.raw,
    dataDir: folder,
    clock: { now: () => 1_700_000_000_000, sleep: () => Promise.resolve() },
    self,
    redactor: { redact: (text) => text.replaceAll('s3cret', '[secret]'), ready: () => true },
    appended: new Topic(),
    key: () => Promise.resolve(signing),
  })
}
const body = (seq: number) => String(storage.raw.prepare('SELECT body FROM audit WHERE seq = ?').pluck().get(seq))
const setBody = (seq: number, text: string) => storage.raw.prepare('UPDATE audit SET body = ? WHERE seq = ?').run(text, seq)

test('U1 a chain that nobody touched is whole, and signed where there is a key', async () => {
  expect(await audit.verify()).toEqual({ kind: 'whole', records: 10, signed: true })
})

test.each([
  ['a record that was edited', () => setBody(4, body(4).replace('p4', 'p5'))],
  ['a record that was deleted', () => storage.raw.prepare('DELETE FROM audit WHERE seq = 4').run()],
  [
    'two records that changed places',
    () => {
      const [four, five] = [body(4), body(5)]
      setBody(4, five)
      setBody(5, four)
    },
  ],
  [
    'a record that was put in',
    () => {
      storage.raw.prepare('UPDATE audit SET seq = 11 WHERE seq = 10').run()
      storage.raw.prepare('INSERT INTO audit (seq, body) VALUES (10, ?)').run(body(9))
    },
  ],
  ['an end that was cut off', () => storage.raw.prepare('DELETE FROM audit WHERE seq > 7').run()],
  ['everything removed', () => storage.raw.prepare('DELETE FROM audit').run()],
  ['a checkpoint that was removed', () => rmSync(join(folder, 'audit.head'))],
  [
    'a checkpoint that was forged',
    () => {
      const checkpoint = JSON.parse(readFileSync(join(folder, 'audit.head'), 'utf8')) as Record<string, unknown>
      storage.raw.prepare('DELETE FROM audit WHERE seq > 7').run()
      const head = (JSON.parse(body(7)) as { hash: string }).hash
      writeFileSync(join(folder, 'audit.head'), JSON.stringify({ ...checkpoint, count: 7, head }))
    },
  ],
  ['a checkpoint that says nothing', () => writeFileSync(join(folder, 'audit.head'), '')],
])('U1 %s is found', async (_, tamper) => {
  tamper()
  expect((await audit.verify()).kind).toBe('tampered')
})

test('U1 a record whose checkpoint a crash kept from being written is told apart from tampering', async () => {
  const checkpoint = readFileSync(join(folder, 'audit.head'))
  audit.record('hold.lifted', {}, 'the last act before the crash')
  await settled()
  writeFileSync(join(folder, 'audit.head'), checkpoint)
  expect(await audit.verify()).toEqual({ kind: 'torn', records: 11 })
})

test('what is known as a secret does not reach the audit', () => {
  audit.record('settings.saved', { key: 's3cret' }, 'because of s3cret')
  expect(body(11)).not.toContain('s3cret')
  expect(body(11)).toContain('[secret]')
})
