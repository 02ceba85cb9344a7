import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** How long the file that leads to the address may lie there. */
const fileLives = 30_000

/**
 * Opens the address in the person's browser by way of a file that only they can read and that removes itself:
 * a code in an argument would be seen by every user of the computer. Quietly does nothing where there is no browser.
 */
export function openInBrowser(address: string, runtimeDir: string): { forget(): void } {
  const file = join(runtimeDir, `open-${randomBytes(8).toString('hex')}.html`)
  const page = `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0;url=${address}"><title>Slipway</title>`
  const forget = () => rmSync(file, { force: true })
  try {
    writeFileSync(file, page, { mode: 0o600, flag: 'wx' })
  } catch {
    return { forget }
  }
  setTimeout(forget, fileLives).unref()
  launch(pathToFileURL(file).href, forget)
  return { forget }
}

/** Opens an address that holds nothing secret. */
export function openAddress(address: string): Promise<void> {
  return new Promise((resolve) => launch(address, resolve, resolve))
}

function launch(target: string, failed: () => void, done: () => void = () => {}) {
  const [command, ...args] = opener(process.platform)
  if (command === undefined) return failed()
  const child = spawn(command, [...args, target], { stdio: 'ignore', detached: true })
  child.once('error', failed)
  child.once('spawn', done)
  child.unref()
}

/** The platform's own way to open something. */
export function opener(platform: NodeJS.Platform): readonly string[] {
  switch (platform) {
    case 'darwin':
      return ['open']
    case 'win32':
      return ['rundll32', 'url.dll,FileProtocolHandler']
    default:
      return ['xdg-open']
  }
}
