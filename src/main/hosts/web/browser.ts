import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startDetached } from '../../process'

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
  launch(pathToFileURL(file).href).catch(forget)
  return { forget }
}

/** Opens an address that holds nothing secret. */
export const openAddress = (address: string): Promise<void> => launch(address)

async function launch(target: string): Promise<void> {
  const env = Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  await startDetached([...opener(process.platform), target], { cwd: homedir(), env: Object.fromEntries(env) })
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
