/** The one origin of the interface in the desktop app. */
export const ownOrigin = 'app://ui'

/** What the window may do of itself. Asserted at start, for no library's default is trusted. */
export const webPreferences = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  spellcheck: false,
} as const
type Setting = keyof typeof webPreferences

/** Settings that must be on, those that must be off and may be absent. */
const mustBeOn: readonly Setting[] = ['sandbox', 'contextIsolation', 'webSecurity']
const mustBeOff: readonly Setting[] = [
  'nodeIntegration',
  'nodeIntegrationInWorker',
  'nodeIntegrationInSubFrames',
  'allowRunningInsecureContent',
  'experimentalFeatures',
  'webviewTag',
  'navigateOnDragDrop',
]

/** The first protection that a window's real preferences lack; null where none is missing. */
export function missingProtection(real: Readonly<Record<string, unknown>> | null): string | null {
  if (!real) return 'webPreferences'
  const off = mustBeOn.find((setting) => real[setting] !== true)
  return off ?? mustBeOff.find((setting) => real[setting] === true) ?? null
}

/** Whether the window may go there: within its own page only. */
export function mayNavigate(address: string): boolean {
  const url = URL.parse(address)
  return (
    url?.protocol === 'app:' &&
    url.host === 'ui' &&
    url.username === '' &&
    (url.pathname === '/' || url.pathname === '/index.html')
  )
}

/** What a page asks of the system. Writing to the clipboard is what "Copy" needs; everything else is refused. */
export function mayHave(permission: string, origin: string): boolean {
  return permission === 'clipboard-sanitized-write' && (origin === ownOrigin || origin === `${ownOrigin}/`)
}

export interface Sender {
  /** Whether it is the page of a window that we opened. */
  ours: boolean
  /** Whether it is that window's own page, not a frame in it. Null where the frame is gone. */
  mainFrame: boolean | null
  origin: string | null
  url: string | null
}

/** Who may be handed the port: our window's own page, at exactly our origin. */
export function maySpeak({ ours, mainFrame, origin, url }: Sender): boolean {
  return ours && mainFrame === true && origin === ownOrigin && url !== null && mayNavigate(url)
}
