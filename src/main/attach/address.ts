import { createHash } from 'node:crypto'
import { mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'

/** Where the owner of a data folder can be reached: a socket named by hash, for a path of over 107 bytes fails; a pipe on Windows. */
export function attachAddress(dataDir: string, runtimeDir: string, platform: NodeJS.Platform = process.platform): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const name = createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 20)
  return platform === 'win32' ? `\\\\.\\pipe\\slipway-${name}` : join(runtimeDir, `${name}.sock`)
}
