// Runs every test: `npm test`. Installs what the tests talk to where it may, says what it leaves out where it may not,
// and ends with a plain count. In CI whatever is left out is a failure.
import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const ci = process.env.CI === 'true'
const bin = (name) => join(root, 'node_modules', '.bin', name)

const isRoot = process.getuid?.() === 0

/** What tests talk to: the programs that show it is there, the Debian packages that bring it, the tests that need it. */
const needs = [
  { name: 'Chromium', programs: ['chromium'], packages: ['chromium'], tests: ['test/e2e/**'] },
  {
    name: 'a keychain (gnome-keyring on D-Bus)',
    programs: ['gnome-keyring-daemon', 'dbus-run-session'],
    packages: ['gnome-keyring', 'dbus'],
    tests: ['**/*keychain*.test.ts'],
  },
  {
    name: 'OpenSSH',
    programs: ['sshd', 'ssh', 'ssh-keygen', 'ssh-agent', 'openssl'],
    packages: ['openssh-server', 'openssh-client', 'openssl'],
    tests: ['src/main/ssh/**', 'src/main/connections/server/**'],
  },
  {
    name: 'a choice of shells (dash, fish, busybox) and sudo',
    programs: ['dash', 'fish', 'busybox', 'sudo'],
    packages: ['dash', 'fish', 'busybox-static', 'sudo'],
    tests: ['src/main/ssh/channels/**'],
  },
  {
    name: 'a registry of images',
    programs: ['docker-registry', 'openssl'],
    packages: ['docker-registry', 'openssl'],
    tests: ['src/main/connections/registry/**'],
  },
  {
    name: 'root, which makes users for it,',
    fits: isRoot,
    programs: [],
    packages: [],
    tests: ['src/main/ssh/channels/sudo.test.ts'],
  },
]
/** Three whole hosts: root, an Engine, and the image of a host, which is made while the other tests run. */
const lab = {
  name: 'what the lab of real hosts needs (root on Linux, Docker, debootstrap)',
  fits: isRoot && process.platform === 'linux',
  programs: ['docker', 'dockerd', 'docker-registry', 'debootstrap', 'busybox', 'ssh', 'ssh-keygen', 'flock', 'xargs'],
  packages: 'docker.io docker-registry iptables debootstrap busybox-static openssh-client util-linux findutils'.split(' '),
  tests: ['test/lab/**'],
}
const asked = process.argv.slice(2)
const wantsLab = asked.length === 0 || asked.some((word) => word.includes('lab'))
if (wantsLab) needs.push(lab)

function onPath(program) {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

const missing = () => needs.filter((need) => need.fits === false || !need.programs.every(onPath))

function install(packages) {
  if (!isRoot || !existsSync('/etc/debian_version') || packages.length === 0) return
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
const labScript = (...args) => [process.execPath, [join(root, 'scripts', 'lab.mjs'), ...args]]
const labGoes = wantsLab && !left.includes(lab) && run(...labScript('engine'))
if (wantsLab && !labGoes && !left.includes(lab)) left.push(lab)
const image = labGoes ? spawn(...labScript('image'), { cwd: root, detached: true, stdio: ['ignore', 'ignore', 'inherit'] }) : null
for (const need of left)
  console.log(`Left out: ${need.tests.join(', ')}, because ${need.name} is not on this machine and could not be installed.`)

const electron = join(root, 'node_modules', 'electron', 'dist')
if (!existsSync(electron)) console.log('Not collected: the tests that drive Electron, because its binary is not on this machine.')

const built = run(bin('electron-vite'), ['build', '--logLevel', 'error'])
const folder = mkdtempSync(join(tmpdir(), 'slipway-results-'))
const file = join(folder, 'results.json')
const fine =
  built &&
  run(bin('vitest'), ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...asked], {
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
if (labGoes) {
  // Where it is not made by now nobody waits for it any more, and the Engine that it would need goes.
  try {
    process.kill(-image.pid)
  } catch {
    // It has ended.
  }
  run(...labScript('down'))
}
if (ci && (counts.skipped > 0 || left.length > 0)) {
  console.log('In CI nothing may be left out.')
  counts.failed += counts.skipped + left.length
}
if (!ci && counts.skipped > 0) console.log(`${counts.skipped} skipped`)
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1
