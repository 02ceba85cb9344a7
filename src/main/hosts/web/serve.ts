import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { problemsFrom, ProblemError } from '../../../shared/domain/problem'
import { createApp, type SlipwayApp } from '../../app'
import { attachAddress } from '../../attach/address'
import type { Ask, Reply } from '../../attach/asks'
import { answerAt } from '../../attach/owner'
import { askOwner, askStartingOwner } from '../../attach/visitor'
import type { Host } from '../../host'
import { serveChannels } from '../../attach/channel'
import { indexFiles } from '../files'
import { runtimeDir } from '../folders'
import { mayOpen } from '../outside'
import { socketPipes } from '../../attach/sockets'
import { problem as refused } from '../text'
import { openAddress, openInBrowser } from './browser'
import { listen, type WebServer } from './http'
import { quitter } from './quit'
import { signIn } from './session'

export interface Serving {
  port: number | null
  dataDir: string
  open: boolean
  version: string
  /** Where the package lies. */
  root: string
}

const problem = problemsFrom({
  'nobody-home': ({ folder }: { folder: string }) => ({
    message: `No Slipway is running on ${folder}.`,
    fix: 'Start it with: slipway',
  }),
  'desktop-owns': ({ folder }: { folder: string }) => ({
    message: `The desktop app has ${folder} open and serves no address.`,
    fix: 'Use its window, or quit it and start again.',
  }),
  'owner-silent': ({ folder }: { folder: string }) => ({
    message: `Another Slipway has ${folder} open and does not answer.`,
    fix: 'End it, or choose another folder with --data.',
  }),
})

/** Long enough for a browser to read the file that leads it here. */
const browserReads = 5000

const say = (line: string) => void process.stderr.write(`${line}\n`)
const announce = (address: string) => void process.stdout.write(`Slipway is at ${address}\n`)

/** Prints a fresh address of the Slipway that owns the folder. */
export async function freshAddress(dataDir: string): Promise<void> {
  const reply = await askOwner(attachAddress(dataDir, runtimeDir()), { ask: 'fresh-url' })
  if (!reply) throw problem('nobody-home', { folder: dataDir })
  if (reply.url === null) throw problem('desktop-owns', { folder: dataDir })
  announce(reply.url)
}

/** Serves the app until it is told to end. On a folder that has an owner it hands over to that one instead. */
export async function serve(wish: Serving): Promise<void> {
  const runtime = runtimeDir()
  const socket = attachAddress(wish.dataDir, runtime)
  const owner = await askOwner(socket, { ask: 'fresh-url' })
  if (owner) return await handOver(owner, socket, wish, runtime)
  const codes = signIn()
  const server = await listen(wish.port, indexFiles(join(wish.root, 'out', 'renderer')), codes)
  const ending: { quit: (mode: number) => void } = { quit: () => {} }
  let app: SlipwayApp
  try {
    app = await createApp(hostOf(wish, runtime, (code) => ending.quit(code)))
  } catch (error) {
    await server.close()
    if (!(error instanceof ProblemError) || error.problem.code !== 'data-folder-owned') throw error
    const late = await askStartingOwner(socket, { ask: 'fresh-url' })
    if (!late) throw problem('owner-silent', { folder: wish.dataDir }, error)
    return await handOver(late, socket, wish, runtime)
  }
  await run(app, server, wish, { runtime, socket, ending })
}

async function run(
  app: SlipwayApp,
  server: WebServer,
  wish: Serving,
  { runtime, socket, ending }: { runtime: string; socket: string; ending: { quit: (code: number) => void } },
): Promise<void> {
  server.serve(app.router)
  const full = socketPipes(serveChannels(app.router))
  const reply = (ask: Ask): Reply => ({
    kind: 'web',
    version: wish.version,
    url: ask.ask === 'fresh-url' ? server.address() : null,
  })
  const hand = await answerAt(socket, { answer: reply, accept: full.accept })
  let opened = { forget() {} }
  const end = async (code: number) => {
    opened.forget()
    full.close()
    await Promise.all([hand.close(), server.close()])
    process.exit(code)
  }
  ending.quit = (code) => void end(code)
  const quit = quitter(app, say, end)
  process.on('SIGINT', () => void quit.interrupt())
  process.on('SIGTERM', () => void quit.terminate())
  process.on('SIGHUP', () => void quit.terminate())
  const address = server.address()
  announce(address)
  if (wish.open) opened = openInBrowser(server.address(), runtime)
}

async function handOver(owner: Reply, socket: string, wish: Serving, runtime: string): Promise<void> {
  if (owner.url !== null) {
    announce(owner.url)
    const fresh = wish.open ? await askOwner(socket, { ask: 'fresh-url' }) : null
    if (!fresh?.url) return
    const opened = openInBrowser(fresh.url, runtime)
    await sleep(browserReads)
    opened.forget()
    return
  }
  await askOwner(socket, { ask: 'show', link: null })
  throw problem('desktop-owns', { folder: wish.dataDir })
}

function hostOf(wish: Serving, runtime: string, exit: (code: number) => void): Host {
  return {
    kind: 'web',
    version: wish.version,
    dataDir: wish.dataDir,
    runtimeDir: runtime,
    supervisor: { command: [process.execPath, join(wish.root, 'out', 'main', 'supervisor.js')] },
    logSearcher: join(wish.root, 'out', 'main', 'log-search.js'),
    resourcesDir: join(wish.root, 'resources'),
    openExternal: async (url) => {
      if (!mayOpen(url)) throw refused('address-refused', {})
      await openAddress(url)
    },
    exit,
  }
}
