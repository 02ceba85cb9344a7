import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'vite'
import { expect, test } from 'vitest'
import { bundle, openLocal, placed, server } from '../../../test/support/local'
import local from './local'
import { exam } from './provider.contract'
import { providers } from './registry'

exam('local', {
  provider: local,
  async open() {
    const opened = await openLocal()
    return {
      place: placed(opened),
      one: await bundle(opened.artifacts, { 'server.mjs': server('one') }),
      two: await bundle(opened.artifacts, { 'server.mjs': server('two') }),
      close: () => opened.close(),
    }
  },
})

test('every provider is found by its folder, under its own kind', () => {
  expect(providers.get('local')).toBe(local)
  for (const [kind, provider] of providers) expect(provider.kind).toBe(kind)
})

test('a copied folder with a kind of its own is a provider, and no other source file was touched', async () => {
  const folder = mkdtempSync(resolve('node_modules/.slipway-test-'))
  try {
    for (const part of ['src/shared', 'src/main/providers']) cpSync(resolve(part), join(folder, part), { recursive: true })
    mkdirSync(join(folder, 'src/main'), { recursive: true })
    cpSync(join(folder, 'src/main/providers/local'), join(folder, 'src/main/providers/mine'), { recursive: true })
    const index = join(folder, 'src/main/providers/mine/index.ts')
    writeFileSync(index, readFileSync(index, 'utf8').replace("kind: 'local'", "kind: 'mine'"))
    await build({
      root: folder,
      configFile: false,
      logLevel: 'error',
      build: {
        ssr: join(folder, 'src/main/providers/registry.ts'),
        outDir: join(folder, 'out'),
        rollupOptions: { output: { entryFileNames: 'registry.mjs' } },
      },
    })
    const made = (await import(pathToFileURL(join(folder, 'out/registry.mjs')).href)) as { providers: typeof providers }
    expect([...made.providers.keys()].toSorted()).toEqual([...providers.keys(), 'mine'].toSorted())
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
