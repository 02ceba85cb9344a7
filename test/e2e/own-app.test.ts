import type { Page } from 'playwright-core'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { House, shown } from '../support/browser'

const house = new House()
const folder = join(house.folder, 'my app')
const migrated = join(house.folder, 'migrated')
const secret = 'canary-7f3a91c2-never-shown'
const hostile = '<img src=x onerror="window.owned=1"><script>window.owned=2</script>'
const frames: string[] = []
let page: Page

const server = `
const http = require('node:http')
console.log('log ${hostile.replaceAll("'", '')} \\u001b[31mred\\u001b[0m \\u001b]0;owned\\u0007 \\u202Ereversed')
console.log('secret is ' + (process.env.TOKEN || 'absent'))
http.createServer((request, response) => response.end('hello ' + (process.env.GREETING || 'nobody') + ' ' + (process.env.TOKEN || '').length)).listen(process.env.PORT, '127.0.0.1')
`
const migrate = `require('node:fs').appendFileSync(${JSON.stringify(migrated)}, 'once ')\nconsole.log('migrated')`

beforeAll(async () => {
  mkdirSync(folder)
  writeFileSync(join(folder, 'server.cjs'), server)
  writeFileSync(join(folder, 'migrate.cjs'), migrate)
  const host = await house.start()
  const context = await house.visitor()
  page = await context.newPage()
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(payload.toString())))
  await page.goto(host.address)
}, 60_000)
afterAll(() => house.close(), 60_000)

const sheet = () => page.getByRole('dialog')
const field = (name: string) => sheet().getByRole('textbox', { name })
const address = async () =>
  (await page
    .getByRole('link', { name: /^http:\/\/127\.0\.0\.1:\d+\/?$/ })
    .first()
    .getAttribute('href')) ?? ''
const succeeded = () => page.getByRole('banner').getByText('Succeeded', { exact: true }).waitFor({ timeout: 60_000 })
const openDev = async () => {
  await page.getByRole('link', { name: 'Fleet' }).click()
  await page
    .getByRole('article', { name: /in Dev$/ })
    .getByRole('link')
    .first()
    .click()
  await page.getByText('What’s the address?').waitFor()
}

test('a folder of one’s own becomes an app, and its first deploy is offered', async () => {
  await page.getByRole('button', { name: 'Bring my own' }).click()
  await field('Name').first().fill('Greeter')
  await field('Folder').fill(folder)
  await field('Start command').fill('node server.cjs')
  await field('Release command').fill('node migrate.cjs')
  await field('Health path').fill('/')
  await sheet().getByRole('button', { name: 'Make the app' }).click()
  await shown(sheet().getByRole('button', { name: 'Make it and plan the deploy' }))
  await page.keyboard.press('Escape')
  await sheet().waitFor({ state: 'detached' })
})

test('its bake time is a setting of its policy', async () => {
  await openDev()
  await page.getByRole('link', { name: 'Policy' }).click()
  await page.getByRole('spinbutton', { name: 'Bake time in seconds' }).fill('1')
  await page.getByRole('button', { name: 'Save policy' }).click()
  await shown(page.getByText('The policy is saved.'))
})

test('Deploy packs the folder and puts it on dev; its release command runs once', async () => {
  await openDev()
  await page.getByRole('button', { name: 'Deploy', exact: true }).click()
  await field('Folder').fill(folder)
  await field('Note').fill(hostile)
  await sheet().getByRole('button', { name: 'Make it and plan the deploy' }).click()
  await sheet().getByRole('button', { name: 'Deploy v1' }).click()
  await succeeded()
  expect(readFileSync(migrated, 'utf8')).toBe('once ')
  await openDev()
  expect(await (await fetch(await address())).text()).toBe('hello nobody 0')
})

test('L3 HTML and control characters in a note and in log lines are shown as text, and nothing runs', async () => {
  await page.getByRole('button', { name: 'Deploy', exact: true }).click()
  await sheet().getByText(hostile).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Logs' }).click()
  const lines = page.getByRole('region', { name: 'Log lines' })
  const line = lines.getByText('onerror')
  await line.first().waitFor()
  expect(await line.first().textContent()).toContain(hostile)
  expect(await line.first().textContent()).not.toMatch(/\p{Cc}|\u202E/u)
  expect(await lines.locator('img, script').count()).toBe(0)
  expect(await page.evaluate(() => (window as { owned?: unknown }).owned)).toBeUndefined()
  expect(await page.title()).toContain('Slipway')
})

test('a variable that is saved is "not applied" until it is applied', async () => {
  await openDev()
  await page.getByRole('link', { name: 'Settings' }).last().click()
  await page.getByRole('button', { name: 'Add a setting' }).click()
  await page.getByRole('textbox', { name: 'Key' }).fill('GREETING')
  await page.getByLabel('Value of GREETING').fill('moon')
  await page.getByRole('button', { name: 'Save as a revision' }).click()
  await page.getByText('not applied', { exact: true }).waitFor()
  expect(await (await fetch(await address())).text()).toBe('hello nobody 0')
  await page.getByRole('button', { name: 'Apply settings' }).click()
  await sheet().getByRole('button', { name: 'Apply settings' }).click()
  await succeeded()
  await openDev()
  expect(await (await fetch(await address())).text()).toBe('hello moon 0')
  expect(await page.getByText('not applied').count()).toBe(0)
})

test('C1 the first secret asks where its key lives; its value reaches the program and never the page', async () => {
  await page.getByRole('link', { name: 'Settings' }).last().click()
  await page.getByRole('button', { name: 'Add a setting' }).click()
  await page.getByRole('textbox', { name: 'Key' }).last().fill('TOKEN')
  await page.getByLabel('Kind of TOKEN').selectOption('secret')
  await page.getByLabel('Value of TOKEN').fill(secret)
  await page.getByRole('button', { name: 'Save as a revision' }).click()
  await sheet().getByText('Where should the key to your secrets live?').waitFor()
  await sheet()
    .getByRole('radio', { name: /The keychain of this computer/ })
    .check()
  await sheet().getByRole('button', { name: 'Use this' }).click()
  await sheet()
    .getByRole('alert')
    .getByText(/keychain/i)
    .first()
    .waitFor()
  await sheet()
    .getByRole('radio', { name: /A passphrase/ })
    .check()
  await field('Passphrase').fill('correct horse battery')
  await field('Once more').fill('correct horse battery')
  await sheet().getByRole('button', { name: 'Use this' }).click()
  await page.getByText('not applied', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Apply settings' }).click()
  await sheet().getByRole('button', { name: 'Show commands' }).click()
  await sheet().getByRole('button', { name: 'Apply settings' }).click()
  await succeeded()
  await openDev()
  expect(await (await fetch(await address())).text()).toBe(`hello moon ${secret.length}`)
  await page.getByRole('button', { name: 'Logs' }).click()
  await page.getByRole('region', { name: 'Log lines' }).getByText('secret is').last().waitFor()
  expect(frames.length).toBeGreaterThan(20)
  expect(frames.filter((frame) => frame.includes(secret))).toEqual([])
  expect(await page.content()).not.toContain(secret)
  expect(house.troubles).toEqual([])
})
