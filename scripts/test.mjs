// Runs every test: `npm test`. Installs what the tests talk to where it may, says what it leaves out where it may not,
// and ends with a plain count. In CI whatever is left out is a failure.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const ci = process.env.CI === 'true'
const bin = (name) => join(root, 'node_modules', '.bin', name)

/** What tests talk to: the programs that show it is there, the Debian packages that bring it, the tests that need it. */
const needs = [
  { name: 'Chromium', programs: ['chromium'], packages: ['chromium'], tests: ['test/e2e/**'] },
  {
    name: 'a keychain (gnome-keyring on D-Bus)',
    programs: ['gnome-keyring-daemon', 'dbus-run-session'],
    packages: ['gnome-keyring', 'dbus'],
    tests: ['**/*keychain*.test.ts'],
  },
]

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

const missing = () => needs.filter((need) => !need.programs.every(onPath))

function install(packages) {
  const root = process.getuid?.() === 0 && existsSync('/etc/debian_version')
  if (!root || packages.length === 0) return
  console.log(`Installing ${packages.join(', ')} for the tests…`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args) => spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  apt('update', '-qq')
  apt('install', '-y', '-qq', '--no-install-recommends', ...packages)
}

function run(command, args, env = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } })
  return result.status === 0
}

install(missing().flatMap((need) => need.packages))
const left = missing()
for (const need of left)
  console.log(`Left out: ${need.tests.join(', ')}, because ${need.name} is not on this machine and could not be installed.`)

const electron = join(root, 'node_modules', 'electron', 'dist')
if (!existsSync(electron)) console.log('Not collected: the tests that drive Electron, because its binary is not on this machine.')

const built = run(bin('electron-vite'), ['build', '--logLevel', 'error'])
const folder = mkdtempSync(join(tmpdir(), 'slipway-results-'))
const file = join(folder, 'results.json')
const fine =
  built &&
  run(bin('vitest'), ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...process.argv.slice(2)], {
    SLIPWAY_LEFT_OUT: left.flatMap((need) => need.tests).join(','),
  })

let counts = { passed: 0, failed: 1, skipped: 0 }
if (existsSync(file)) {
  const results = JSON.parse(readFileSync(file, 'utf8'))
  counts = {
    passed: results.numPassedTests,
    // A file that could not even be loaded has no tests to count, and is a failure all the same.
    failed:
      results.numFailedTests +
      results.testResults.filter((one) => one.status === 'failed' && one.assertionResults.length === 0).length,
    skipped: results.numPendingTests + results.numTodoTests,
  }
}
rmSync(folder, { recursive: true, force: true })
if (!fine && counts.failed === 0) counts.failed = 1
// A project of its own: it drives a real window, which is there only with Electron's binary.
if (existsSync(electron) && !run(bin('vitest'), ['run', '--config', 'test/e2e/electron/vitest.config.ts'])) counts.failed += 1
if (ci && (counts.skipped > 0 || left.length > 0)) {
  console.log('In CI nothing may be left out.')
  counts.failed += counts.skipped + left.length
}
if (!ci && counts.skipped > 0) console.log(`${counts.skipped} skipped`)
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1
