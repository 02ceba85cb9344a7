import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureBuilt, root } from '../../packaging/built'

let app: ElectronApplication
let page: Page
let data: string

beforeAll(async () => {
  ensureBuilt()
  data = mkdtempSync(join(tmpdir(), 'slipway-electron-'))
  app = await _electron.launch({ args: [root, '--data', data] })
  page = await app.firstWindow()
}, 120_000)
afterAll(async () => {
  await app.close()
  rmSync(data, { recursive: true, force: true })
})

test('the app opens its first page over the port', async () => {
  await page.getByText('Try the demo').waitFor()
  expect(page.url()).toMatch(/^app:\/\/ui\//)
})

test('E1 the page reaches nothing of Node', async () => {
  const reach = await page.evaluate(() =>
    ['require', 'process', 'module', 'Buffer', 'global'].filter((name) => name in globalThis),
  )
  expect(reach).toEqual([])
})

test('E3 the page opens no window and goes nowhere else', async () => {
  expect(await page.evaluate(() => window.open('about:blank') === null)).toBe(true)
  await page.evaluate(() => location.assign('https://example.com/'))
  await page.getByText('Try the demo').waitFor()
  expect(page.url()).toMatch(/^app:\/\/ui\//)
})
