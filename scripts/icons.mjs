// Makes the app's icons from resources/icons/icon.svg: PNG in the sizes that Linux wants, ICO and ICNS. Run after a change of the drawing.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'resources', 'icons')
const svg = readFileSync(join(folder, 'icon.svg'), 'utf8')
const sizes = [16, 32, 48, 64, 128, 256, 512, 1024]

async function drawn() {
  const profile = mkdtempSync(join(tmpdir(), 'slipway-icons-'))
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  })
  try {
    const page = await browser.newPage()
    const pictures = new Map()
    for (const size of sizes) {
      await page.setViewportSize({ width: size, height: size })
      await page.setContent(`<style>*{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`)
      pictures.set(size, await page.screenshot({ omitBackground: true }))
    }
    return pictures
  } finally {
    await browser.close()
    rmSync(profile, { recursive: true, force: true })
  }
}

/** An ICO that holds PNGs: a head, an entry for each, the pictures. */
function ico(pictures) {
  const parts = [16, 32, 48, 64, 128, 256].map((size) => ({ size, data: pictures.get(size) }))
  const head = Buffer.alloc(6 + 16 * parts.length)
  head.writeUInt16LE(1, 2)
  head.writeUInt16LE(parts.length, 4)
  let at = head.length
  parts.forEach(({ size, data }, index) => {
    const entry = 6 + 16 * index
    head.writeUInt8(size % 256, entry)
    head.writeUInt8(size % 256, entry + 1)
    head.writeUInt16LE(1, entry + 4)
    head.writeUInt16LE(32, entry + 6)
    head.writeUInt32LE(data.length, entry + 8)
    head.writeUInt32LE(at, entry + 12)
    at += data.length
  })
  return Buffer.concat([head, ...parts.map(({ data }) => data)])
}

/** An ICNS: blocks of a type, a length and a PNG. */
function icns(pictures) {
  const types = { ic11: 32, ic12: 64, ic07: 128, ic08: 256, ic09: 512, ic10: 1024 }
  const blocks = Object.entries(types).map(([type, size]) => block(type, pictures.get(size)))
  return block('icns', Buffer.concat(blocks))
}

function block(type, data) {
  const head = Buffer.alloc(8)
  head.write(type, 'latin1')
  head.writeUInt32BE(data.length + 8, 4)
  return Buffer.concat([head, data])
}

const pictures = await drawn()
for (const size of [16, 32, 48, 64, 128, 256, 512]) writeFileSync(join(folder, `icon-${size}.png`), pictures.get(size))
writeFileSync(join(folder, 'icon.ico'), ico(pictures))
writeFileSync(join(folder, 'icon.icns'), icns(pictures))
