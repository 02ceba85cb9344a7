import type { Database } from 'better-sqlite3'

/** Sealed records, as the vault hands them over: bytes that say nothing without the key. */
export function createSealedRecords(raw: Database) {
  return {
    get: (id: string): Buffer | null => {
      const sealed = raw.prepare('SELECT sealed FROM secrets WHERE id = ?').pluck().get(id)
      return Buffer.isBuffer(sealed) ? sealed : null
    },
    put: (id: string, sealed: Buffer) => {
      raw
        .prepare('INSERT INTO secrets (id, sealed) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed')
        .run(id, sealed)
    },
    remove: (id: string) => {
      raw.prepare('DELETE FROM secrets WHERE id = ?').run(id)
    },
  }
}

/** Single values by name: the installation's id, preferences, the vault's home. */
export function createMeta(raw: Database) {
  return {
    get: (key: string): string | null => {
      const value = raw.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(key)
      return typeof value === 'string' ? value : null
    },
    set: (key: string, value: string) => {
      raw
        .prepare('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value')
        .run(key, value)
    },
    remove: (key: string) => {
      raw.prepare('DELETE FROM meta WHERE key = ?').run(key)
    },
  }
}
export type Meta = ReturnType<typeof createMeta>
