// Measures an area: `npm run bench -- app`, with `--json` for one object on standard output and nothing else.
// Builds the app, bundles the bench, and runs it under the pinned Node.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
const cli = (...path) => join(root, 'node_modules', ...path)

/** What a tool says goes to standard error: standard output is for the figures. */
function run(args, env = {}, out = 2) {
  const { status } = spawnSync(node, args, {
    cwd: root,
    stdio: ['ignore', out, 'inherit'],
    env: { ...process.env, NODE_ENV: 'production', ...env },
  })
  return status ?? 1
}

// Inside the checkout, so that packages resolve from there.
const folder = mkdtempSync(join(root, 'node_modules', '.slipway-bench-'))
let status = 1
try {
  status = run([cli('electron-vite', 'bin', 'electron-vite.js'), 'build', '--logLevel', 'error'])
  status ||= run([cli('vite', 'bin', 'vite.js'), 'build', '--config', 'test/bench/vite.config.ts', '--logLevel', 'error'], {
    SLIPWAY_BENCH_OUT: folder,
  })
  status ||= run([join(folder, 'main.mjs'), ...process.argv.slice(2)], {}, 1)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = status
