import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  nativeImage,
  Notification,
  shell,
  Tray,
  type IpcMainEvent,
} from 'electron'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createApp, type QuitMode, type SlipwayApp } from '../../app'
import { attachAddress } from '../../attach/address'
import type { Reply } from '../../attach/asks'
import { serveChannels } from '../../attach/channel'
import { answerAt } from '../../attach/owner'
import { socketPipes } from '../../attach/sockets'
import type { Host } from '../../host'
import { indexFiles } from '../files'
import { runtimeDir, usualDataDir } from '../folders'
import { mayOpen } from '../outside'
import { problem } from '../text'
import { placeIn } from './links'
import { menuOf } from './menu'
import { maySpeak } from './policy'
import { portChannels } from './port-channel'
import { quitAnswer, quitQuestion } from './quitting'
import { trayOf } from './tray'
import { openWindow, preloadIn, prepareSession, showPlace } from './window'

export interface Desktop {
  /** Brings the window to the front, at a place if one is given. */
  show(place: string | null): void
  windowsClosed(): void
  beforeQuit(event: { preventDefault(): void }): void
}

/** Starts the app behind a window, a menu and a tray. */
export async function startDesktop(built: string): Promise<Desktop> {
  const root = app.getAppPath()
  const dataDir = dataDirIn(process.argv)
  const runtime = runtimeDir()
  let window: BrowserWindow | null = null
  let ended = false
  const show = (place: string | null) => {
    if (!window || window.isDestroyed())
      window = openWindow({ preload: preloadIn(built), stateFile: join(dataDir, 'window.json'), icon: iconIn(root) })
    showPlace(window, place)
  }
  const host = hostOf({ root, dataDir, runtime, window: () => window, show })
  const slipway = await createApp(host)
  const finish = async (mode: QuitMode) => {
    ended = true
    await slipway.close(mode).catch(() => {})
    await hand.close().catch(() => {})
    app.exit(0)
  }
  const quit = quitting(slipway, () => window, finish)
  const full = socketPipes(serveChannels(slipway.router))
  const hand = await answerAt(attachAddress(dataDir, runtime), {
    answer: (ask): Reply => {
      if (ask.ask === 'show') show(ask.link === null ? null : placeIn(ask.link))
      return { kind: 'electron', version: app.getVersion(), url: null }
    },
    accept: full.accept,
  })
  prepareSession(indexFiles(join(root, 'out', 'renderer')))
  handPorts(slipway, () => window)
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuOf(process.platform, { show, quit })))
  keepTray(slipway, iconIn(root), { show, quit })
  return {
    show,
    windowsClosed() {
      if (process.platform !== 'darwin' && slipway.activity().runs.length === 0) quit()
    },
    beforeQuit(event) {
      if (ended) return
      event.preventDefault()
      quit()
    },
  }
}

function dataDirIn(args: readonly string[]): string {
  const { values } = parseArgs({
    args: args.slice(app.isPackaged ? 1 : 2),
    strict: false,
    allowPositionals: true,
    options: { data: { type: 'string' } },
  })
  return typeof values.data === 'string' ? values.data : usualDataDir()
}

const iconIn = (root: string) => join(root, 'resources', 'icons', 'icon-256.png')

/** Asks what to do with runs under way, once; ends at once where there are none. */
function quitting(
  slipway: SlipwayApp,
  window: () => BrowserWindow | null,
  finish: (mode: QuitMode) => Promise<void>,
): () => void {
  let asking = false
  return () => {
    const { runs } = slipway.activity()
    if (runs.length === 0) {
      void finish('safe-point')
      return
    }
    if (asking) return
    asking = true
    const over = window()
    const asked =
      over && !over.isDestroyed() ? dialog.showMessageBox(over, quitQuestion(runs)) : dialog.showMessageBox(quitQuestion(runs))
    void asked.then(({ response }) => {
      asking = false
      const mode = quitAnswer(response)
      if (mode) void finish(mode)
    })
  }
}

/** Hands a port to the page of our own window that asks for one, and closes the one that it had. */
function handPorts(slipway: SlipwayApp, window: () => BrowserWindow | null): void {
  const serve = portChannels(slipway.router)
  let last: { close(): void } | null = null
  ipcMain.on('slipway-port', (event: IpcMainEvent) => {
    const own = window()
    const frame = event.senderFrame
    const speaker = {
      ours: own !== null && !own.isDestroyed() && event.sender === own.webContents,
      mainFrame: frame ? frame.parent === null : null,
      origin: frame?.origin ?? null,
      url: frame?.url ?? null,
    }
    if (!frame || !maySpeak(speaker)) return
    last?.close()
    const { port1, port2 } = new MessageChannelMain()
    last = serve(port1)
    frame.postMessage('slipway-port', null, [port2])
  })
}

function keepTray(slipway: SlipwayApp, icon: string, actions: Parameters<typeof trayOf>[1]): void {
  const tray = new Tray(nativeImage.createFromPath(icon).resize({ width: 22, height: 22 }))
  const draw = () => {
    const { tip, menu } = trayOf(slipway.activity().runs, actions)
    tray.setToolTip(tip)
    tray.setContextMenu(Menu.buildFromTemplate(menu))
  }
  tray.on('click', () => actions.show(null))
  slipway.onActivity(draw)
  draw()
}

interface HostParts {
  root: string
  dataDir: string
  runtime: string
  window(): BrowserWindow | null
  show(place: string | null): void
}

function hostOf({ root, dataDir, runtime, window, show }: HostParts): Host {
  return {
    kind: 'electron',
    version: app.getVersion(),
    dataDir,
    runtimeDir: runtime,
    supervisor: { command: [process.execPath, ...(app.isPackaged ? [] : [root]), '--supervise'] },
    logSearcher: join(root, 'out', 'main', 'log-search.js'),
    resourcesDir: app.isPackaged ? join(process.resourcesPath, 'resources') : join(root, 'resources'),
    async openExternal(url) {
      if (!mayOpen(url)) throw problem('address-refused', {})
      await shell.openExternal(url)
    },
    async chooseFolder() {
      const over = window()
      const options = { properties: ['openDirectory' as const, 'createDirectory' as const] }
      const chosen =
        over && !over.isDestroyed() ? await dialog.showOpenDialog(over, options) : await dialog.showOpenDialog(options)
      return chosen.filePaths[0] ?? null
    },
    notify(title, words, link) {
      if (!Notification.isSupported()) return
      const notification = new Notification({ title, body: words })
      notification.on('click', () => show(placeIn(link)))
      notification.show()
    },
    exit: (code) => app.exit(code),
  }
}
