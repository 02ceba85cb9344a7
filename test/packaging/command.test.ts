import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureBuilt, root } from './built'

let work: string
let installed: string
const children: ChildProcess[] = []

/** Finds npm beside the Node that runs the tests, or on the path. */
const npm = (args: string[], cwd: string) => execFileSync('npm', args, { cwd, stdio: 'pipe', encoding: 'utf8' })

beforeAll(() => {
  ensureBuilt()
  work = mkdtempSync(join(tmpdir(), 'slipway-command-'))
  npm(['pack', '--ignore-scripts', '--pack-destination', work], root)
  const packed = readdirSync(work).find((name) => name.endsWith('.tgz')) ?? ''
  installed = join(work, 'home')
  mkdirSync(installed)
  writeFileSync(join(installed, 'package.json'), '{"private":true}')
  npm(['install', '--no-audit', '--no-fund', '--prefer-offline', join(work, packed)], installed)
}, 240_000)

afterAll(async () => {
  for (const child of children.filter((child) => child.exitCode === null && child.signalCode === null)) {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  rmSync(work, { recursive: true, force: true })
})

const command = () => join(installed, 'node_modules', 'slipway', 'bin', 'slipway.cjs')

/** A program that says it is an old Node, and runs the command's text as that one would see it. */
function oldNode(): string {
  const folder = mkdtempSync(join(work, 'old-'))
  const preload = join(folder, 'old.cjs')
  writeFileSync(preload, "Object.defineProperty(process, 'version', { value: 'v20.11.0' })\n")
  const program = join(folder, 'node')
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" --require "${preload}" "$@"\n`)
  chmodSync(program, 0o755)
  return program
}

const quiet = (env: Record<string, string> = {}) => ({ HOME: installed, PATH: '/nonexistent', XDG_RUNTIME_DIR: work, ...env })

/** Starts the command and waits for its address. */
async function address(
  program: string,
  env: Record<string, string>,
  data: string,
): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(program, [command(), '--no-open', '--data', data], {
    cwd: installed,
    env: quiet(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let out = ''
  return await new Promise((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (part: string) => (out += part))
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      out += part
      const url = /Slipway is at (http:\/\/127\.0\.0\.1:\d+\/#code=[\w-]+)/.exec(out)?.[1]
      if (url) resolve({ url, child })
    })
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${out}`)))
  })
}

async function ended(child: ChildProcess): Promise<number | null> {
  child.kill('SIGINT')
  await once(child, 'exit')
  return child.exitCode
}

describe('the packed command, installed in an empty folder', () => {
  test('brings what it needs and no sources', () => {
    const home = join(installed, 'node_modules', 'slipway')
    expect(readdirSync(home).toSorted()).toEqual(expect.arrayContaining(['bin', 'out', 'package.json', 'resources']))
    expect(['src', 'test', 'scripts', 'docs'].filter((stray) => existsSync(join(home, stray)))).toEqual([])
    expect(existsSync(join(installed, 'node_modules', 'react'))).toBe(false)
    expect(existsSync(join(installed, 'node_modules', 'electron'))).toBe(false)
  })

  test('serves the app on a Node that is new enough, and ends cleanly on Ctrl-C', async () => {
    const { url, child } = await address(process.execPath, {}, join(work, 'data-1'))
    const page = await fetch(new URL('/', url))
    expect(await page.text()).toContain('<div id="root">')
    expect(await ended(child)).toBe(0)
  })

  test('on an older Node it goes on under the one that SLIPWAY_NODE names', async () => {
    const { child } = await address(oldNode(), { SLIPWAY_NODE: process.execPath }, join(work, 'data-2'))
    expect(await ended(child)).toBe(0)
  })

  test('on an older Node it goes on under a newer one on the path', async () => {
    const folder = mkdtempSync(join(work, 'path-'))
    symlinkSync(process.execPath, join(folder, 'node'))
    const { child } = await address(oldNode(), { PATH: folder }, join(work, 'data-3'))
    expect(await ended(child)).toBe(0)
  })

  test('on an older Node it goes on under the package "node" beside it', async () => {
    const beside = join(work, 'beside')
    cpSync(installed, beside, { recursive: true })
    mkdirSync(join(beside, 'node_modules', 'node', 'bin'), { recursive: true })
    writeFileSync(join(beside, 'node_modules', 'node', 'package.json'), '{"name":"node","version":"24.0.0"}')
    copyFileSync(process.execPath, join(beside, 'node_modules', 'node', 'bin', 'node'))
    const ran = spawnSync(oldNode(), [join(beside, 'node_modules', 'slipway', 'bin', 'slipway.cjs'), '--version'], {
      cwd: beside,
      env: quiet(),
      encoding: 'utf8',
    })
    expect([ran.status, ran.stdout.trim()]).toEqual([0, '0.1.0'])
  })

  test('where there is none it says what it needs and ends with 1', () => {
    const ran = spawnSync(oldNode(), [command()], { cwd: installed, env: quiet(), encoding: 'utf8' })
    expect(ran.status).toBe(1)
    expect(ran.stdout).toBe('')
    expect(ran.stderr).toBe(
      'Slipway needs Node 22.12 or newer; this is v20.11.0. Install a newer one, or set SLIPWAY_NODE to the path of one.\n',
    )
  })

  test("the machine's own old Node, where it has one, is told apart from the right one", () => {
    const own = '/usr/bin/node'
    const version = existsSync(own) ? spawnSync(own, ['-p', 'process.version'], { encoding: 'utf8' }).stdout.trim() : ''
    const ran = spawnSync(version ? own : process.execPath, [command(), '--version'], {
      cwd: installed,
      env: quiet({ SLIPWAY_NODE: process.execPath }),
      encoding: 'utf8',
    })
    expect([ran.status, ran.stdout.trim()]).toEqual([0, '0.1.0'])
  })

  test('exit codes pass through: a wrong flag is 2', () => {
    const ran = spawnSync(oldNode(), [command(), '--port', 'abc'], {
      cwd: installed,
      env: quiet({ SLIPWAY_NODE: process.execPath }),
      encoding: 'utf8',
    })
    expect([ran.status, ran.stderr]).toEqual([
      2,
      '--port: "abc" is no port number from 1 to 65535. Try --help for what can be given.\n',
    ])
  })

  test('it is written so that an ancient Node can read it', () => {
    const text = execFileSync(process.execPath, ['-p', `require('fs').readFileSync(${JSON.stringify(command())}, 'utf8')`], {
      encoding: 'utf8',
    })
    expect(text).not.toMatch(/=>|`|\b(?:const|let|class|async|await)\b|\?\.|\?\?/)
  })
})
