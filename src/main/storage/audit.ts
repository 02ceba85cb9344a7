import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { AuditRecord, type AuditVerdict } from '../../shared/domain/audit'
import type { Audit, Clock, Json, Redactor, Self } from '../ports'
import type { Topic } from '../topic'
import { orFull } from './full'

/** Count and head of the chain, kept beside the data file and signed where there is a key. */
const Checkpoint = z.object({ v: z.literal(1), count: z.int().nonnegative(), head: z.string(), signature: z.string().nullable() })
type Checkpoint = z.infer<typeof Checkpoint>

const genesis = '0'.repeat(64)

const hashOf = (record: Omit<AuditRecord, 'hash'>) =>
  createHash('sha256')
    .update(
      JSON.stringify([
        record.v,
        record.seq,
        record.at,
        record.installationId,
        record.actor.name,
        record.actor.machine,
        record.action,
        record.subject,
        record.reason,
        record.previous,
      ]),
    )
    .digest('hex')

const signatureOf = (key: Buffer, count: number, head: string) =>
  createHmac('sha256', key).update(`${count} ${head}`).digest('hex')

export interface AuditLog extends Audit {
  /** Newest first. */
  list(before: number | null, limit: number): AuditRecord[]
  /** Reads the whole chain and compares it with the checkpoint. */
  verify(): Promise<AuditVerdict>
}

export interface AuditParts {
  raw: Database
  dataDir: string
  clock: Clock
  self: Self
  redactor: Redactor
  appended: Topic
  /** Signs the checkpoint; null while the vault has no key. */
  key(): Promise<Buffer | null>
}

/** The audit: each record carries the hash of the one before; a signed checkpoint beside the file catches a cut tail. */
export function createAudit({ raw, dataDir, clock, self, redactor, appended, key }: AuditParts): AuditLog {
  const file = join(dataDir, 'audit.head')
  const insert = raw.prepare('INSERT INTO audit (seq, body) VALUES (?, ?)')
  const newest = raw.prepare('SELECT body FROM audit ORDER BY seq DESC LIMIT 1').pluck()
  const all = raw.prepare('SELECT seq, body FROM audit ORDER BY seq')

  const last = () => {
    const text = newest.get()
    return typeof text === 'string' ? AuditRecord.parse(JSON.parse(text)) : null
  }

  async function keepCheckpoint(count: number, head: string) {
    const secret = await key().catch(() => null)
    // A newer record may have come while the key was fetched: its own checkpoint follows.
    if ((last()?.seq ?? 0) !== count) return
    const checkpoint: Checkpoint = { v: 1, count, head, signature: secret ? signatureOf(secret, count, head) : null }
    writeFileSync(`${file}.new`, JSON.stringify(checkpoint), { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }

  return {
    record(action, subject, reason = null, actor = self.actor) {
      const before = last()
      const clean = JSON.parse(redactor.redact(JSON.stringify(subject))) as Record<string, Json>
      const record: Omit<AuditRecord, 'hash'> = {
        v: 1,
        seq: (before?.seq ?? 0) + 1,
        at: clock.now(),
        installationId: self.installationId,
        actor,
        action,
        subject: clean,
        reason: reason === null ? null : redactor.redact(reason),
        previous: before?.hash ?? genesis,
      }
      const hash = hashOf(record)
      orFull(raw.name, () => insert.run(record.seq, JSON.stringify({ ...record, hash })))
      void keepCheckpoint(record.seq, hash).catch(() => {})
      appended.publish()
    },
    list: (before, limit) =>
      raw
        .prepare('SELECT body FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?')
        .pluck()
        .all(before ?? Number.MAX_SAFE_INTEGER, limit)
        .map((text) => AuditRecord.parse(JSON.parse(String(text)))),
    async verify() {
      const hashes: string[] = []
      for (const row of all.iterate() as Iterable<{ seq: number; body: string }>) {
        const at = hashes.length + 1
        const wrong = brokenAt(row, at, hashes.at(-1) ?? genesis)
        if (wrong) return { kind: 'tampered', at, words: wrong }
        hashes.push(AuditRecord.parse(JSON.parse(row.body)).hash)
      }
      return judge(hashes, readCheckpoint(file), await key().catch(() => null))
    },
  }
}

/** Why this row does not follow from the one before, or null. */
function brokenAt(row: { seq: number; body: string }, at: number, previous: string): string | null {
  if (row.seq !== at) return `record ${at} is missing`
  let parsed: ReturnType<typeof AuditRecord.safeParse>
  try {
    parsed = AuditRecord.safeParse(JSON.parse(row.body))
  } catch {
    return `record ${at} cannot be read`
  }
  if (!parsed.success) return `record ${at} cannot be read`
  const { hash, ...record } = parsed.data
  if (record.seq !== at) return `record ${at} was moved`
  if (record.previous !== previous) return `record ${at} does not follow the one before it`
  if (hashOf(record) !== hash) return `record ${at} was changed`
  return null
}

function readCheckpoint(file: string): Checkpoint | null | 'unreadable' {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return null
  }
  try {
    return Checkpoint.parse(JSON.parse(text))
  } catch {
    return 'unreadable'
  }
}

function judge(hashes: string[], checkpoint: Checkpoint | null | 'unreadable', key: Buffer | null): AuditVerdict {
  const records = hashes.length
  if (checkpoint === 'unreadable')
    return { kind: 'tampered', at: Math.max(1, records), words: 'the checkpoint beside the data file cannot be read' }
  if (!checkpoint) {
    // The very first record may have been followed by a crash before its checkpoint.
    if (records <= 1) return { kind: 'whole', records, signed: false }
    return { kind: 'tampered', at: records, words: 'the checkpoint beside the data file is missing' }
  }
  const { count, head, signature } = checkpoint
  if (count > records)
    return {
      kind: 'tampered',
      at: records + 1,
      words: `the checkpoint counts ${count} records and ${records} are here: the end was cut off`,
    }
  if (count > 0 && hashes[count - 1] !== head)
    return { kind: 'tampered', at: count, words: `record ${count} is not the one that the checkpoint names` }
  if (key && signature !== null) {
    const expected = Buffer.from(signatureOf(key, count, head))
    const found = Buffer.from(signature)
    if (expected.length !== found.length || !timingSafeEqual(expected, found)) {
      return { kind: 'tampered', at: Math.max(1, count), words: 'the signature of the checkpoint is not ours' }
    }
  }
  if (records > count) return { kind: 'torn', records }
  return { kind: 'whole', records, signed: key !== null && signature !== null }
}
