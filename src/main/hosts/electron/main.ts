import { app, BrowserWindow, dialog, protocol } from 'electron'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { linkAmong, placeIn } from './links'
import { startDesktop, type Desktop } from './desktop'
import { confine, wordsOf } from './window'

const built = dirname(fileURLToPath(import.meta.url))

// The fuses forbid running this program as plain Node, so the supervisor is this program without a window.
if (process.argv.includes('--supervise')) {
  process.argv = process.argv.filter((arg) => arg !== '--supervise')
  app.dock?.hide()
  void import(pathToFileURL(join(built, 'supervisor.js')).href)
} else {
  openApp()
}

function openApp(): void {
  app.enableSandbox()
  protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } }])
  app.on('web-contents-created', (_, contents) => confine(contents))
  if (!app.requestSingleInstanceLock()) return app.quit()
  app.setAsDefaultProtocolClient('slipway')
  let desktop: Desktop | null = null
  let waiting = linkAmong(process.argv)
  const follow = (link: string | null) => {
    if (desktop) desktop.show(link === null ? null : placeIn(link))
    else waiting = link
  }
  app.on('second-instance', (_, args) => follow(linkAmong(args)))
  app.on('open-url', (event, link) => {
    event.preventDefault()
    follow(link)
  })
  app.on('activate', () => follow(null))
  // A closed window never counts as quitting while a run is going; the tray keeps the app.
  app.on('window-all-closed', () => desktop?.windowsClosed())
  app.on('before-quit', (event) => desktop?.beforeQuit(event))
  app
    .whenReady()
    .then(() => startDesktop(built))
    .then((started) => {
      desktop = started
      started.show(waiting === null ? null : placeIn(waiting))
    })
    .catch((error: unknown) => {
      dialog.showErrorBox('Slipway', wordsOf(error))
      for (const window of BrowserWindow.getAllWindows()) window.destroy()
      app.exit(1)
    })
}
