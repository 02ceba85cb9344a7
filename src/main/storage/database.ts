import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { sql as workspace } from './migrations/0001-workspace'
import { reason } from './owner'
import { problem } from './text'

/** Forward only; the position in this list is the version. */
const ours: readonly string[] = [workspace]

interface DocumentTable {
  id: string
  parent: string
  position: number
  body: string
}

export const documentTables = [
  'environments',
  'apps',
  'placements',
  'connections',
  'artifacts',
  'releases',
  'settings_revisions',
  'plans',
  'capsules',
  'observations',
  'source_hints',
] as const
export type DocumentTableName = (typeof documentTables)[number]

export type Tables = Record<DocumentTableName, DocumentTable> & { meta: { key: string; value: string } }

export interface Storage {
  /** For the hot paths: journal, audit, locks. */
  raw: Database.Database
  /** For the repositories. */
  query: Kysely<Tables>
  /** Whether the last owner closed it. */
  closedCleanly: boolean
  close(): Promise<void>
}

const copiesOf = (dataDir: string) => join(dataDir, 'copies')

/** The newest copy that a migration kept, or null. */
function newestCopy(dataDir: string): string | null {
  const folder = copiesOf(dataDir)
  if (!existsSync(folder)) return null
  const newest = readdirSync(folder)
    .filter((name) => name.endsWith('.db'))
    .toSorted()
    .at(-1)
  return newest ? join(folder, newest) : null
}

function migrate(raw: Database.Database, file: string, dataDir: string, now: number, migrations: readonly string[]) {
  const version = Number(raw.pragma('user_version', { simple: true }))
  if (version > migrations.length) {
    raw.close()
    throw problem('data-newer', { file, version, known: migrations.length })
  }
  if (version === migrations.length) return
  if (version > 0) {
    raw.pragma('wal_checkpoint(TRUNCATE)')
    mkdirSync(copiesOf(dataDir), { recursive: true, mode: 0o700 })
    const stamp = new Date(now).toISOString().replaceAll(/[-:]/g, '').slice(0, 15)
    copyFileSync(file, join(copiesOf(dataDir), `${stamp}-v${version}.db`))
  }
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue
    raw.transaction(() => {
      raw.exec(sql)
      raw.pragma(`user_version = ${index + 1}`)
    })()
  }
}

/** Whether the folder holds signs of earlier use besides the data file. */
const usedBefore = (dataDir: string) =>
  ['artifacts', 'copies', 'audit.head', 'local'].some((name) => existsSync(join(dataDir, name)))

/**
 * Opens the workspace's data file in a folder that this process owns. Migrations go forward only, a copy kept before them.
 * Throws `data-newer`, `data-damaged`, `data-empty` or `data-folder-unusable`, having changed nothing.
 */
export function openStorage(dataDir: string, now: number, migrations: readonly string[] = ours): Storage {
  const file = join(dataDir, 'slipway.db')
  const existed = existsSync(file)
  if (existed && statSync(file).size === 0 && usedBefore(dataDir)) {
    throw problem('data-empty', { file, copy: newestCopy(dataDir) })
  }
  let raw: Database.Database
  let closedCleanly = true
  try {
    raw = new Database(file)
    raw.pragma('journal_mode = WAL')
    raw.pragma('synchronous = FULL')
    raw.pragma('foreign_keys = ON')
    if (existed) closedCleanly = checkDamage(raw)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
      throw problem('data-damaged', { file, why: 'it is not a whole database', copy: newestCopy(dataDir) }, error)
    }
    throw problem('data-folder-unusable', { folder: dataDir, why: reason(error) }, error)
  }
  migrate(raw, file, dataDir, now, migrations)
  setClean(raw, false)
  return {
    raw,
    query: new Kysely<Tables>({ dialect: new SqliteDialect({ database: raw }) }),
    closedCleanly,
    close() {
      setClean(raw, true)
      raw.close()
      return Promise.resolve()
    },
  }
}

function setClean(raw: Database.Database, clean: boolean) {
  raw
    .prepare('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value')
    .run('clean', String(clean))
}

/** Reads the file through where its last owner did not close it. Answers whether it was closed. */
function checkDamage(raw: Database.Database): boolean {
  const hasMeta = raw.prepare("SELECT 1 FROM sqlite_master WHERE name = 'meta'").get()
  if (!hasMeta) return false
  const row = raw.prepare("SELECT value FROM meta WHERE key = 'clean'").get() as { value: string } | undefined
  if (row?.value === 'true') return true
  const verdict = String(raw.pragma('quick_check(1)', { simple: true }))
  if (verdict !== 'ok') throw Object.assign(new Error(verdict), { code: 'SQLITE_CORRUPT' })
  return false
}
