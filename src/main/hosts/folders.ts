import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import { homedir, tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { problem } from './text'

type Env = Readonly<Record<string, string | undefined>>

/** Where this platform keeps an application's data; `SLIPWAY_DATA` overrides it. */
export function usualDataDir(env: Env = process.env, platform: NodeJS.Platform = process.platform, home = homedir()): string {
  if (env['SLIPWAY_DATA']) return resolve(env['SLIPWAY_DATA'])
  switch (platform) {
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'Slipway')
    case 'win32':
      return join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'Slipway')
    default:
      return join(absolute(env['XDG_DATA_HOME']) ?? join(home, '.local', 'share'), 'slipway')
  }
}

// The XDG rules say that a relative path there is to be ignored.
const absolute = (path: string | undefined) => (path?.startsWith('/') ? path : undefined)

/** A short folder for sockets that no other user can enter; made if it is missing. Throws `runtime-folder-unsafe`. */
export function runtimeDir(env: Env = process.env, platform: NodeJS.Platform = process.platform): string {
  const runtime = absolute(env['XDG_RUNTIME_DIR'])
  if (platform === 'win32') return join(tmpdir(), 'slipway')
  const folder = runtime ? join(runtime, 'slipway') : join(tmpdir(), `slipway-${userInfo().uid}`)
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
      if (runtime) return runtimeDir({ ...env, XDG_RUNTIME_DIR: undefined }, platform)
      throw problem('runtime-folder-unsafe', { folder, why: 'cannot be made' }, error)
    }
  }
  refuseForeign(folder)
  return folder
}

// In a shared /tmp anyone can be first to make a folder of that name.
function refuseForeign(folder: string) {
  const seen = lstatSync(folder)
  if (!seen.isDirectory()) throw problem('runtime-folder-unsafe', { folder, why: 'is not a folder' })
  if (seen.uid !== userInfo().uid) throw problem('runtime-folder-unsafe', { folder, why: 'belongs to another user' })
  if ((seen.mode & 0o077) !== 0) chmodSync(folder, 0o700)
}
