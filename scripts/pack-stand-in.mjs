// Makes a folder that electron-builder takes for an unpacked Electron, so that what is packed can be looked at
// where the real one cannot be had. It starts nothing.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'

/** Writes the stand-in. Every fuse is as Electron ships it: on, but for those that protect. */
export function makeStandIn(folder) {
  const { version } = createRequire(import.meta.url)('electron/package.json')
  mkdirSync(join(folder, 'resources'), { recursive: true })
  mkdirSync(join(folder, 'locales'), { recursive: true })
  const wire = Buffer.concat([Buffer.from(sentinel), Buffer.from([1, 8]), Buffer.from('10110010')])
  writeFileSync(join(folder, 'electron'), Buffer.concat([Buffer.alloc(64), wire, Buffer.alloc(64)]))
  chmodSync(join(folder, 'electron'), 0o755)
  writeFileSync(join(folder, 'version'), version)
  for (const name of ['LICENSE', 'LICENSES.chromium.html']) writeFileSync(join(folder, name), 'stand-in')
  writeFileSync(join(folder, 'chrome-sandbox'), '')
}
