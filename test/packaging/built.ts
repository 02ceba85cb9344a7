import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

const newest = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).reduce(
    (most, name) => Math.max(most, statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0),
    0,
  )

/** Builds the app where what is built is missing or older than its sources. */
export function ensureBuilt(): void {
  const made = join(root, 'out', 'main', 'web.js')
  if (
    existsSync(made) &&
    existsSync(join(root, 'out', 'renderer', 'index.html')) &&
    statSync(made).mtimeMs >= newest(join(root, 'src'))
  )
    return
  execFileSync(
    process.execPath,
    [join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js'), 'build', '--logLevel', 'error'],
    { cwd: root, stdio: 'pipe' },
  )
}
