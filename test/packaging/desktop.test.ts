import { listPackage } from '@electron/asar'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureBuilt, root } from './built'

// How the fuse wire spells its states; the package keeps their names to itself.
const disabled = 48
const enabled = 49
const foreign = /(?:darwin|win32|android|ios|musl|arm64)/
let work: string
let unpacked: string

beforeAll(async () => {
  ensureBuilt()
  work = mkdtempSync(join(tmpdir(), 'slipway-desktop-'))
  const { makeStandIn } = await import('../../scripts/pack-stand-in.mjs')
  makeStandIn(join(work, 'electron'))
  const builder = join(root, 'node_modules', 'electron-builder', 'cli.js')
  const args = [
    '--linux',
    '--x64',
    '--dir',
    `-c.electronDist=${join(work, 'electron')}`,
    `-c.directories.output=${join(work, 'dist')}`,
  ]
  execFileSync(process.execPath, [builder, ...args], { cwd: root, stdio: 'pipe' })
  unpacked = join(work, 'dist', 'linux-unpacked')
}, 180_000)
afterAll(() => rmSync(work, { recursive: true, force: true }))

const archive = () => join(unpacked, 'resources', 'app.asar')
const listed = () => listPackage(archive(), { isPack: false }).map((path) => path.replaceAll('\\', '/'))

describe('the packed desktop app', () => {
  test('the configuration fits the schema of the builder that is pinned', async () => {
    const require = createRequire(import.meta.url)
    const { getConfig, validateConfiguration } = require('app-builder-lib/out/util/config/config') as {
      getConfig: (
        folder: string,
        file: string | null,
        from: null,
      ) => Promise<{ linux: { target: string[] }; mac: { target: string[] }; win: { target: string[] } }>
      validateConfiguration: (config: unknown, log: { add: () => void }) => Promise<void>
    }
    const config = await getConfig(root, 'electron-builder.yml', null)
    await validateConfiguration(config, { add: () => {} })
    expect([...config.linux.target, ...config.mac.target, ...config.win.target].toSorted()).toEqual([
      'AppImage',
      'deb',
      'dmg',
      'nsis',
    ])
    await expect(validateConfiguration({ ...config, asarr: true }, { add: () => {} })).rejects.toThrow(/asarr/)
  })

  test('holds the built app, what it depends on, and nothing else', () => {
    const files = listed()
    for (const needed of [
      '/package.json',
      '/out/main/index.js',
      '/out/main/supervisor.js',
      '/out/preload/index.cjs',
      '/out/renderer/index.html',
      '/resources/icons/icon-256.png',
      '/node_modules/better-sqlite3/lib/index.js',
    ]) {
      expect(files).toContain(needed)
    }
    const tops = new Set(files.map((path) => path.split('/')[1]))
    expect(
      [...tops].filter((top) => !['out', 'node_modules', 'resources', 'package.json', 'LICENSE'].includes(top ?? '')),
    ).toEqual([])
    const strays = files.filter((path) =>
      /^\/(?:src|test|docs|scripts)\/|\.(?:ts|map)$|\/node_modules\/(?:electron|react|vite|vitest|typescript|@mantine)\//.test(
        path,
      ),
    )
    expect(strays).toEqual([])
  })

  test('natives lie outside of the archive, and only those of this platform', () => {
    const natives = listed().filter((path) => path.endsWith('.node'))
    expect(natives.length).toBeGreaterThanOrEqual(2)
    expect(natives.filter((path) => foreign.test(path))).toEqual([])
    expect(natives.filter((native) => !existsSync(`${archive()}.unpacked${native}`))).toEqual([])
  })

  test('the demo lies beside the archive, to be started from there', () => {
    expect(readdirSync(join(unpacked, 'resources', 'resources', 'demo')).length).toBeGreaterThan(0)
  })

  test('E1 the fuses are set: no plain Node, no options or inspector from outside, only from the archive, checked', async () => {
    const wire = await getCurrentFuseWire(join(unpacked, 'slipway'))
    const off = [
      FuseV1Options.RunAsNode,
      FuseV1Options.EnableNodeOptionsEnvironmentVariable,
      FuseV1Options.EnableNodeCliInspectArguments,
      FuseV1Options.GrantFileProtocolExtraPrivileges,
      FuseV1Options.LoadBrowserProcessSpecificV8Snapshot,
    ]
    const on = [
      FuseV1Options.EnableCookieEncryption,
      FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
      FuseV1Options.OnlyLoadAppFromAsar,
    ]
    expect(off.filter((fuse) => Number(wire[fuse]) !== disabled)).toEqual([])
    expect(on.filter((fuse) => Number(wire[fuse]) !== enabled)).toEqual([])
  })
})
