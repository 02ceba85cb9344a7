import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { Preferences, defaultPreferences } from '../../shared/domain/preferences'
import type { Host } from '../host'
import type { Self } from '../ports'
import type { Meta } from '../storage/secrets'
import type { OwnLog } from './own-log'
import { problem, type Implementer } from './base'

export interface HostParts {
  host: Host
  self: Self
  meta: Meta
  ownLog: OwnLog
  quit(mode: 'wait' | 'safe-point' | 'leave'): void
}

const mostFolders = 500

/** https anywhere; http only on this computer's own addresses. */
export function mayOpen(text: string): boolean {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return false
  }
  if (url.username || url.password) return false
  if (url.protocol === 'https:') return true
  return url.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
}

async function listFolders(path: string | null) {
  const folder = resolve(path ?? homedir())
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
    const shown = folders.filter((name) => !name.startsWith('.')).toSorted((a, b) => a.localeCompare(b))
    const parent = dirname(folder)
    return {
      path: folder,
      parent: parent === folder ? null : parent,
      folders: shown.slice(0, mostFolders).map((name) => join(folder, name)),
      truncated: shown.length > mostFolders,
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const why =
      code === 'EACCES'
        ? 'permission denied'
        : code === 'ENOENT'
          ? 'it does not exist'
          : code === 'ENOTDIR'
            ? 'it is not a folder'
            : 'it does not answer'
    throw problem('folder-unreadable', { folder, why }, error)
  }
}

/** What the person set; the defaults where nothing was set, or what was set cannot be read. */
export function preferencesIn(meta: Meta): Preferences {
  const parsed = Preferences.safeParse(JSON.parse(meta.get('preferences') ?? 'null'))
  return parsed.success ? parsed.data : defaultPreferences
}

export function hostHandlers(os: Implementer['host'], { host, self, meta, ownLog, quit }: HostParts) {
  return {
    info: os.info.handler(() => ({
      kind: host.kind,
      version: host.version,
      platform: process.platform,
      dataDir: host.dataDir,
      installationId: self.installationId,
      can: { chooseFolder: Boolean(host.chooseFolder), notify: Boolean(host.notify), openExternal: Boolean(host.openExternal) },
    })),
    preferences: os.preferences.handler(() => preferencesIn(meta)),
    savePreferences: os.savePreferences.handler(({ input }) => {
      meta.set('preferences', JSON.stringify(input))
      return input
    }),
    chooseFolder: os.chooseFolder.handler(async () => {
      if (!host.chooseFolder) throw problem('cannot-choose', {})
      return host.chooseFolder()
    }),
    listFolders: os.listFolders.handler(({ input }) => listFolders(input.path)),
    openExternal: os.openExternal.handler(async ({ input }) => {
      if (!mayOpen(input.url)) throw problem('address-refused', {})
      await host.openExternal?.(input.url)
    }),
    // Answered first: the end of the app must not look like a failed call.
    quit: os.quit.handler(({ input }) => void setTimeout(() => quit(input.mode), 50)),
    report: os.report.handler(() => ({ fileName: 'slipway-report.txt', text: ownLog.report() })),
  }
}
