// Opens Slipway from a checkout: builds what is not built, then Electron where it can be had, else the web host.
// Runs under Node 20 too; what it starts runs under the pinned Node.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const windows = process.platform === 'win32'
const node = join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node')
const args = process.argv.slice(2)
const fetchTime = Number(process.env.SLIPWAY_FETCH_SECONDS ?? 20) * 1000

const say = (line) => process.stderr.write(`${line}\n`)

function newest(path) {
  const seen = statSync(path, { throwIfNoEntry: false })
  if (!seen) return 0
  if (!seen.isDirectory()) return seen.mtimeMs
  const inside = readdirSync(path, { recursive: true }).map(
    (name) => statSync(join(path, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  )
  return inside.reduce((most, time) => Math.max(most, time), seen.mtimeMs)
}

const built = [
  'out/main/web.js',
  'out/main/index.js',
  'out/main/supervisor.js',
  'out/preload/index.cjs',
  'out/renderer/index.html',
]

function isBuilt() {
  const oldest = Math.min(...built.map((file) => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0))
  const sources = ['src', 'package.json', 'electron.vite.config.ts']
  return oldest > 0 && sources.every((path) => newest(join(root, path)) <= oldest)
}

function build() {
  say('Building Slipway…')
  const cli = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js')
  const made = spawnSync(node, [cli, 'build', '--logLevel', 'error'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (made.status === 0) return
  say(`The build failed.\n${made.stdout ?? ''}${made.stderr ?? ''}`)
  process.exit(1)
}

function electronBinary() {
  const home = join(root, 'node_modules', 'electron')
  const named = join(home, 'path.txt')
  if (!existsSync(named)) return null
  const binary = join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(home, 'dist'), readFileSync(named, 'utf8'))
  return existsSync(binary) ? binary : null
}

function fetchElectron() {
  const installer = join(root, 'node_modules', 'electron', 'install.js')
  if (existsSync(installer))
    spawnSync(node, [installer], { cwd: root, stdio: 'ignore', timeout: fetchTime, killSignal: 'SIGKILL' })
  return electronBinary()
}

const hasScreen = () => windows || process.platform === 'darwin' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)

function choose() {
  const web = { command: node, first: [join(root, 'out', 'main', 'web.js')] }
  const wantsWeb = args.some(
    (arg) =>
      ['--web', '--port', '--no-open', '--help', '-h', '--version', '-v', 'url'].includes(arg) || arg.startsWith('--port='),
  )
  if (wantsWeb) return web
  if (!hasScreen()) {
    say('There is no screen here for the desktop window, so Slipway is served on this computer for a browser.')
    return web
  }
  const binary = electronBinary() ?? fetchElectron()
  if (binary) return { command: binary, first: [root] }
  say('Electron is not here and could not be fetched, so Slipway is served on this computer for a browser.')
  return web
}

/** A terminal sends Ctrl-C to the child as well: then it is not forwarded, or it would count as two. */
function run({ command, first }) {
  const child = spawn(command, [...first, ...args], { cwd: process.cwd(), stdio: 'inherit', env: process.env })
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  process.on('SIGINT', () => {
    if (!terminal) child.kill('SIGINT')
  })
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  if (!windows) process.on('SIGHUP', () => child.kill('SIGHUP'))
  // npm does not pass a signal on to what its shell runs: when they are gone, this ends as if it had been told.
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    child.kill('SIGTERM')
  }, 500)
  child.on('error', (error) => {
    say(`Slipway could not be started: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
}

if (!existsSync(node)) {
  say('The packages are not installed. Run this first: npm ci')
  process.exit(1)
}
if (!isBuilt()) build()
run(choose())
