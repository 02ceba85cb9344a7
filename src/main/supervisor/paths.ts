import { createHash } from 'node:crypto'
import { join } from 'node:path'

/** Where things lie in a data folder. */
export const layout = (dataDir: string) => {
  const local = join(dataDir, 'local')
  return {
    local,
    state: join(local, 'state.json'),
    logs: join(local, 'logs'),
    jobs: join(local, 'jobs'),
    bundles: join(local, 'bundles'),
  }
}

/** The socket is named by hash: the path of a socket may be 107 bytes at most. */
export function socketPath(runtimeDir: string, dataDir: string): string {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  return process.platform === 'win32' ? `\\\\.\\pipe\\slipway-local-${name}` : join(runtimeDir, `l-${name}.sock`)
}
