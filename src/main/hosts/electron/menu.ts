/** What a menu can ask of the window and the app. */
export interface MenuActions {
  show(place: string): void
  quit(): void
}

export interface MenuItem {
  label?: string
  role?:
    | 'about'
    | 'services'
    | 'hide'
    | 'hideOthers'
    | 'unhide'
    | 'undo'
    | 'redo'
    | 'cut'
    | 'copy'
    | 'paste'
    | 'selectAll'
    | 'minimize'
    | 'zoom'
    | 'close'
    | 'togglefullscreen'
    | 'resetZoom'
    | 'zoomIn'
    | 'zoomOut'
  type?: 'separator'
  accelerator?: string
  enabled?: boolean
  click?: () => void
  submenu?: MenuItem[]
}

const line: MenuItem = { type: 'separator' }

/** The menu of the window. It has no reload and no developer tools where the app is packaged: those are for building it. */
export function menuOf(platform: NodeJS.Platform, { show, quit }: MenuActions): MenuItem[] {
  const mac = platform === 'darwin'
  const leave: MenuItem = { label: mac ? 'Quit Slipway' : 'Quit', accelerator: 'CmdOrCtrl+Q', click: quit }
  const settings: MenuItem = { label: 'Settings…', accelerator: 'CmdOrCtrl+,', click: () => show('#/settings') }
  const first: MenuItem = mac
    ? {
        label: 'Slipway',
        submenu: [
          { role: 'about' },
          line,
          settings,
          line,
          { role: 'services' },
          line,
          { role: 'hide' },
          { role: 'hideOthers' },
          { role: 'unhide' },
          line,
          leave,
        ],
      }
    : { label: 'File', submenu: [settings, line, { role: 'close' }, leave] }
  return [
    first,
    {
      label: 'Edit',
      submenu: [
        { role: 'undo' },
        { role: 'redo' },
        line,
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
      ],
    },
    {
      label: 'Go',
      submenu: places.map(({ label, place, key }) => ({ label, accelerator: `CmdOrCtrl+${key}`, click: () => show(place) })),
    },
    {
      label: 'View',
      submenu: [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, line, { role: 'togglefullscreen' }],
    },
    { label: 'Window', submenu: [{ role: 'minimize' }, ...(mac ? [{ role: 'zoom' } as const] : []), { role: 'close' }] },
  ]
}

const places = [
  { label: 'Fleet', place: '#/', key: '1' },
  { label: 'Logs', place: '#/logs', key: '2' },
  { label: 'Activity', place: '#/activity', key: '3' },
  { label: 'Connections', place: '#/connections', key: '4' },
] as const
