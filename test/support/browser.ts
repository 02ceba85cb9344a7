import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core'
import { ensureBuilt, root } from '../packaging/built'
import { ask } from './ask'

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** How long a page may take before a test says that it does not come. */
export const patience = 20_000

export interface Host {
  child: ChildProcess
  /** With a code that signs in once. */
  address: string
  /** Resolves with the exit code; null where a signal ended it. */
  ended: Promise<number | null>
}

/** The built app on a folder of its own, with a real Chromium before it. `close` stops whatever was started. */
export class House {
  readonly folder = mkdtempSync(join(tmpdir(), 'slipway-e2e-'))
  readonly dataDir = join(this.folder, 'data')
  /** Errors that the pages threw or that their policy reported. */
  readonly troubles: string[] = []
  private readonly hosts: Host[] = []
  private browser: Browser | null = null

  /** Starts the host as a person without a desktop would: no keychain, a home of its own. */
  async start(): Promise<Host> {
    ensureBuilt()
    const runtime = join(this.folder, 'run')
    mkdirSync(runtime, { recursive: true, mode: 0o700 })
    const child = spawn(process.execPath, [join(root, 'out', 'main', 'web.js'), '--data', this.dataDir, '--no-open'], {
      env: { PATH: process.env['PATH'] ?? '', HOME: this.folder, XDG_RUNTIME_DIR: runtime },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit').then(() => child.exitCode)
    let wrote = ''
    const address = await new Promise<string>((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (part: string) => {
        wrote += part
        const found = /^Slipway is at (\S+)$/m.exec(wrote)?.[1]
        if (found) resolve(found)
      })
      child.once('exit', () => reject(new Error(`The host ended before it had an address: ${wrote}`)))
    })
    const host = { child, address, ended }
    this.hosts.push(host)
    return host
  }

  /** A browser profile that has signed in nowhere yet. */
  async visitor(options: Parameters<Browser['newContext']>[0] = {}): Promise<BrowserContext> {
    this.browser ??= await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags })
    const context = await this.browser.newContext({ viewport: { width: 1360, height: 860 }, colorScheme: 'light', ...options })
    context.setDefaultTimeout(patience)
    context.on('weberror', (error) => this.troubles.push(error.error().message))
    context.on('console', (message) => {
      // While nobody serves, the browser itself reports each refused connection.
      if (message.type() === 'error' && !/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/.test(message.text()))
        this.troubles.push(message.text())
    })
    return context
  }

  /** Starts the host and opens its page. */
  async open(): Promise<{ host: Host; page: Page; context: BrowserContext }> {
    const host = await this.start()
    const context = await this.visitor()
    const page = await context.newPage()
    await page.goto(host.address)
    return { host, page, context }
  }

  async close(): Promise<void> {
    await this.browser?.close()
    for (const { child, ended } of this.hosts) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGINT')
      if ((await Promise.race([ended, wait(15_000, 'late', { ref: false })])) !== 'late') continue
      child.kill('SIGKILL')
      await ended
    }
    await this.endSupervisor()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }

  /** The process that holds what the app runs. Only one that names this data folder is ours. */
  supervisor(): number | null {
    const pid = Number(
      /started as (\d+)\n(?![\s\S]*started as)/.exec(read(join(this.dataDir, 'local', 'supervisor.log')))?.[1] ?? 0,
    )
    return pid > 0 && read(`/proc/${pid}/cmdline`).split('\0').includes(this.dataDir) ? pid : null
  }

  private async endSupervisor() {
    for (let left = 100; left > 0; left -= 1) {
      const pid = this.supervisor()
      if (pid === null) return
      if (left === 100) process.kill(pid, 'SIGTERM')
      if (left === 1) process.kill(pid, 'SIGKILL')
      await wait(100)
    }
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Passes when it is seen; says what was not. */
export const shown = (what: Locator, timeout = patience): Promise<void> => what.first().waitFor({ timeout })

/** Presses "Try the demo" on the first page and waits until production shows. */
export async function makeDemo(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Try the demo' }).click()
  await page.getByRole('article', { name: 'Shop in Production' }).waitFor({ timeout: patience })
}

/** Asks an address again and again, as a client does, until told to stop. */
export function askingLoop(address: string) {
  const seen = { asked: 0, failed: [] as string[], bodies: new Set<string>() }
  const over = new AbortController()
  const loop = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    while (!over.signal.aborted) {
      try {
        const answer = await ask(address, { agent })
        if (!answer) continue
        seen.asked += 1
        const { body } = answer
        if (answer.status !== 200) seen.failed.push(`${answer.status} ${body.slice(0, 80)}`)
        else seen.bodies.add(/<title>(.*?)<\/title>/.exec(body)?.[1] ?? body.slice(0, 40))
      } catch (error) {
        seen.failed.push(String(error))
      }
      await wait(5)
    }
    agent.destroy()
  }
  const done = Promise.all([loop(), loop(), loop()])
  return {
    seen,
    async stop() {
      over.abort()
      await done
      return seen
    },
  }
}
