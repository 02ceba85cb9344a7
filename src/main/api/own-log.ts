import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { arch, release, type } from 'node:os'
import { join } from 'node:path'
import type { Clock, Redactor } from '../ports'

const largest = 1024 * 1024

export interface OwnLog {
  note(words: string): void
  /** Everything that a report holds, redacted: what this is, where it runs, and the last notes. */
  report(): string
}

/** Replaces the user's own folder, which names the person. */
const withoutHome = (text: string) => (process.env['HOME'] ? text.replaceAll(process.env['HOME'], '~') : text)

/** The app's own log: redacted, bounded, kept in the data folder. */
export function createOwnLog(dataDir: string, version: string, clock: Clock, redactor: Redactor): OwnLog {
  const folder = join(dataDir, 'logs')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'slipway.log')
  const clean = (text: string) => withoutHome(redactor.redact(text))
  return {
    note(words) {
      try {
        if (existsSync(file) && statSync(file).size > largest) renameSync(file, `${file}.1`)
        appendFileSync(file, `${new Date(clock.now()).toISOString()} ${clean(words)}\n`, { mode: 0o600 })
      } catch {
        // The log is a help, never a reason to fail: a full disk must not stop what is being logged.
      }
    },
    report() {
      const notes = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(-500).join('\n') : ''
      return clean(
        [
          `Slipway ${version}`,
          `Node ${process.version} on ${type()} ${release()} ${arch()}`,
          `Made ${new Date(clock.now()).toISOString()}`,
          '',
          notes || 'No notes.',
        ].join('\n'),
      )
    },
  }
}
