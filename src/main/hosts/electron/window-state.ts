import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { WindowState } from './bounds'

/** What was kept of the window; null where there is nothing or it cannot be read. */
export function readWindowState(file: string): WindowState | null {
  try {
    return WindowState.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}

/** Keeps it whole or not at all. It is a comfort: where it cannot be kept, nothing is said. */
export function keepWindowState(file: string, state: WindowState): void {
  try {
    writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 })
    renameSync(`${file}.new`, file)
  } catch {
    return
  }
}
