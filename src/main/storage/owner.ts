import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { problem } from './text'

// Kept here for as long as the process lives: were it collected, its lock would go with it.
const held = new Map<string, Database.Database>()

/**
 * Makes this process the one owner of a data folder, by an exclusive lock on a file of its own,
 * which the system releases when the process ends in whatever way.
 * Throws `data-folder-owned` or `data-folder-unusable`.
 */
export function own(dataDir: string): { release(): void } {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw problem('data-folder-unusable', { folder: dataDir, why: reason(error) }, error)
  }
  const file = join(dataDir, 'owner.lock')
  if (held.has(file)) throw problem('data-folder-owned', { folder: dataDir })
  let lock: Database.Database | null = null
  try {
    lock = new Database(file, { timeout: 0 })
    lock.pragma('locking_mode = EXCLUSIVE')
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock?.close()
    if (codeOf(error)?.startsWith('SQLITE_BUSY')) throw problem('data-folder-owned', { folder: dataDir }, error)
    throw problem('data-folder-unusable', { folder: dataDir, why: reason(error) }, error)
  }
  const kept = lock
  held.set(file, kept)
  return {
    release() {
      held.delete(file)
      kept.close()
    },
  }
}

const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null

/** Why a call to the file system failed, in words. */
export function reason(error: unknown): string {
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return 'permission denied'
    case 'EROFS':
    case 'SQLITE_READONLY':
      return 'the file system is read-only'
    case 'ENOSPC':
    case 'SQLITE_FULL':
      return 'no space is left'
    case 'ENOTDIR':
    case 'EEXIST':
      return 'a file stands where the folder should be'
    case 'SQLITE_CANTOPEN':
      return 'a file in it cannot be opened'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
