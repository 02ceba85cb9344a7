import { BrowserWindow, screen, session, shell, type Session, type WebContents } from 'electron'
import { join } from 'node:path'
import { ProblemError } from '../../../shared/domain/problem'
import type { Found } from '../files'
import { mayOpen } from '../outside'
import { problem } from '../text'
import { placed, smallest } from './bounds'
import { mayHave, mayNavigate, missingProtection, ownOrigin, webPreferences } from './policy'
import { answerOf } from './protocol'
import { keepWindowState, readWindowState } from './window-state'

export interface WindowParts {
  preload: string
  stateFile: string
  icon: string
}

/** Refuses to every page, at its birth, what no page of ours needs. */
export function confine(contents: WebContents): void {
  contents.on('will-navigate', (event) => {
    if (!mayNavigate(event.url)) event.preventDefault()
  })
  contents.on('will-redirect', (event) => event.preventDefault())
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame || !mayNavigate(event.url)) event.preventDefault()
  })
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    if (mayOpen(url)) void shell.openExternal(url)
    return { action: 'deny' }
  })
}

/** Serves the interface at its one origin and refuses every wish for a permission. */
export function prepareSession(files: (path: string) => Found, own: Session = session.defaultSession): void {
  own.protocol.handle('app', (request) => answerOf(files, request.method, request.url))
  own.setPermissionRequestHandler((_, permission, answer, details) =>
    answer(mayHave(permission, originOf(details.requestingUrl))),
  )
  own.setPermissionCheckHandler((_, permission, origin) => mayHave(permission, origin))
  own.setDevicePermissionHandler(() => false)
  own.on('will-download', (event) => event.preventDefault())
}

function originOf(address: string): string {
  const url = URL.parse(address)
  return url ? `${url.protocol}//${url.host}` : ''
}

/** Opens the window where it was. Throws `web-preferences-weak` rather than open one that is not confined. */
export function openWindow({ preload, stateFile, icon }: WindowParts): BrowserWindow {
  const kept = readWindowState(stateFile)
  const preferences = { ...webPreferences, preload }
  const lack = missingProtection(preferences)
  if (lack) throw problem('web-preferences-weak', { setting: lack })
  const window = new BrowserWindow({
    ...placed(
      kept?.bounds ?? null,
      screen.getAllDisplays().map((display) => display.workArea),
    ),
    minWidth: smallest.width,
    minHeight: smallest.height,
    show: false,
    title: 'Slipway',
    icon,
    autoHideMenuBar: true,
    webPreferences: preferences,
  })
  assertConfined(window)
  if (kept?.maximized) window.maximize()
  window.once('ready-to-show', () => window.show())
  window.on('close', () => {
    keepWindowState(stateFile, { v: 1, bounds: window.getNormalBounds(), maximized: window.isMaximized() })
  })
  void window.loadURL(`${ownOrigin}/`).catch(() => {})
  return window
}

// What the window really got, where this version of Electron tells; it is no part of its described interface.
function assertConfined(window: BrowserWindow): void {
  const contents = window.webContents as WebContents & { getLastWebPreferences?: () => Record<string, unknown> | null }
  if (!contents.getLastWebPreferences) return
  const lack = missingProtection(contents.getLastWebPreferences())
  if (!lack) return
  window.destroy()
  throw problem('web-preferences-weak', { setting: lack })
}

/** Shows a place of the app in a window: a change of the fragment, so nothing is loaded anew. */
export function showPlace(window: BrowserWindow, place: string | null): void {
  if (place !== null) void window.loadURL(`${ownOrigin}/${place}`).catch(() => {})
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}

/** Where the built preload lies, beside the main program's folder. */
export const preloadIn = (built: string) => join(built, '..', 'preload', 'index.cjs')

export const wordsOf = (error: unknown): string =>
  error instanceof ProblemError
    ? [error.problem.message, error.problem.fix ?? ''].join('\n\n').trim()
    : 'Slipway could not start.'
