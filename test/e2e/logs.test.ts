import { appendFileSync, linkSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { House, makeDemo, patience, shown } from '../support/browser'
import { startSshd, type Sshd } from '../support/sshd'

// One story, told in order: each part begins where the one before it ended.
const house = new House()
let page: Page
let server: Sshd

beforeAll(async () => {
  server = await startSshd()
  ;({ page } = await house.open())
  await makeDemo(page)
}, 60_000)
afterAll(async () => {
  await house.close()
  await server.stop()
}, 60_000)

const lines = () => page.locator('[aria-label="Log lines"]')
const find = () => page.getByRole('textbox', { name: 'Show lines with this text' })
const button = (name: string | RegExp) => page.getByRole('button', { name })
const menu = async (name: string, item: string | RegExp) => {
  await button(name).click()
  await page.getByRole('menuitem', { name: item }).click()
}

/** Waits until there are rows, and all that are shown say so. */
async function rowsAre(ask: (text: string) => boolean) {
  const holds = async () => {
    const texts = (await lines().locator('[class*=text]').allInnerTexts()).filter(Boolean)
    return texts.length > 0 && texts.every(ask)
  }
  await expect.poll(holds, { timeout: patience }).toBe(true)
}

test('L on production opens its logs, and what is typed with a minus is left out', async () => {
  await page.getByRole('article', { name: 'Shop in Production' }).getByRole('link').first().click()
  await shown(page.getByText('What’s the address?'))
  await page.keyboard.press('l')
  await shown(lines().getByText('GET /'))
  await find().fill('-GET')
  await find().press('Enter')
  await shown(button('Remove the filter without “GET”'))
  await rowsAre((text) => !text.includes('GET'))
  await button('Remove the filter without “GET”').click()
  await shown(lines().getByText('GET /'))
})

test('an expression filters and marks; one that is wrong says so and leaves the view', async () => {
  await find().fill(String.raw`/GET \/\S* 200/`)
  await find().press('Enter')
  await shown(lines().locator('mark', { hasText: '200' }))
  expect(await button('Regular expression').getAttribute('aria-pressed')).toBe('true')
  await find().fill('GET (')
  await shown(page.getByRole('search').getByRole('alert'))
  await find().fill('')
  await page.getByRole('search').getByRole('alert').waitFor({ state: 'detached' })
  await button('Regular expression').click()
})

test('a field of an opened line becomes a filter by a click', async () => {
  await button('Pause').click()
  await lines().getByText('job=').first().click()
  const opened = page.getByRole('region', { name: 'The line as it was written' })
  await opened.getByRole('button', { name: 'Only lines with level=info' }).click()
  await shown(button('Remove the filter level=info'))
  // Plain lines have no such field.
  await rowsAre((text) => !text.includes('GET /'))
  await button('Remove the filter level=info').click()
  await button('Close the line').click()
})

test('keys take a stretch of time and leave it', async () => {
  const chart = page.getByRole('slider', { name: /^Lines over time/ })
  await chart.focus()
  await page.keyboard.press('Home')
  for (let pressed = 0; pressed < 6; pressed++) await page.keyboard.press('Shift+PageDown')
  expect(await chart.getAttribute('aria-valuetext')).toMatch(/\d lines?/)
  await page.keyboard.press('Enter')
  await shown(button('Back to now'))
  await chart.focus()
  await page.keyboard.press('Escape')
  await shown(button('Pause'))
})

test('a promote that is made meanwhile has its marker among the lines, and what is new since it can be asked', async () => {
  const logs = page.url()
  await page.goto(`${new URL(logs).origin}/#/fleet`)
  await button('Promote Shop to Production').click()
  await button('Copy from staging').click()
  await page.getByRole('dialog').getByText('missing in production').waitFor({ state: 'detached' })
  await page.getByRole('dialog').getByRole('textbox').fill('production')
  await page.getByRole('dialog').getByRole('button', { name: 'Promote v2' }).click()
  await page.waitForURL(/#\/run\//)
  await page.goto(logs)
  await shown(button('Pause'))
  await find().fill('listening')
  await shown(lines().getByText(/Deployed shop v2/), 60_000)
  await shown(lines().getByText(/listening .*release=v2 environment=production/))
  // The row says it by itself, once it was in sight.
  await shown(
    lines().getByRole('button', { name: /No new kind of error since this deploy|new kinds? of error since this deploy/ }),
  )
  await find().fill('')
  await menu('Look back', 'What is new since the last deploy')
  await shown(page.getByRole('complementary', { name: 'New since this deploy' }).getByText(/lines? looked at/))
  await button('Close: New since this deploy').click()
})

test('the search of all that is kept tells what it found, and a find leads to what stood around it', async () => {
  await find().fill('environment=production')
  await rowsAre((text) => text.includes('environment=production'))
  await menu('Look back', 'Search all that is kept')
  const finds = page.getByRole('list', { name: 'Finds' })
  await shown(finds.getByText('environment=production'))
  await shown(page.getByText(/\d+ lines? found in [\d,]+ kept lines/))
  await finds.getByRole('button').first().click()
  await shown(button('Back to now'))
  await shown(lines().locator('[class*=here]').getByText('environment=production'))
  expect(await lines().getByText('GET /').count()).toBeGreaterThan(0)
})

test('a link to this view leads back to it, and a bookmark too', async () => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await lines().locator('[class*=here]').click()
  await page.keyboard.press('b')
  await shown(lines().getByRole('img', { name: 'bookmarked' }))
  await menu('Export', 'Copy a link to this view')
  const link = await page.evaluate(() => navigator.clipboard.readText())
  expect(link).toMatch(/^slipway:\/\/logs\/[\w-]+\?.*at=\d+/)
  await page.goto(`${new URL(page.url()).origin}/#/fleet`)
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill(link)
  await page.keyboard.press('Enter')
  await shown(lines().locator('[class*=here]'))
  await shown(button('Back to now'))
  await shown(lines().getByRole('img', { name: 'bookmarked' }))
})

test('an export holds what passes the filter, line by line', async () => {
  await button('Back to now').click()
  await find().fill('GET /')
  await rowsAre((text) => text.includes('GET /'))
  const [file] = await Promise.all([page.waitForEvent('download'), menu('Export', 'JSON, a line each')])
  const rows = readFileSync(await file.path(), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; text?: string })
  const written = rows.filter((row) => row.kind === 'line')
  expect(written.length).toBeGreaterThan(3)
  expect(written.every((row) => row.text?.includes('GET /'))).toBe(true)
  expect(house.troubles.join('\n')).toBe('')
})

test('a file of a server is added by its path beside what is followed, and removed again', async () => {
  // Without the query of the link, which holds a stretch of time.
  const logs = page.url().replace(/\?.*$/, '')
  const file = join(server.folder, 'app.log')
  writeFileSync(file, 'first words of the server\n')
  const sheet = page.getByRole('dialog')
  await page.goto(`${new URL(logs).origin}/#/connections`)
  await button('Add a server').click()
  for (const [label, value] of [
    ['Name', 'Test server'],
    ['Host', server.host],
    ['Port', String(server.port)],
    ['User', server.user],
    ['Key file', server.keyFile],
  ] as const)
    await sheet.getByLabel(label, { exact: true }).fill(value)
  await sheet.getByRole('button', { name: 'Save and test' }).click()
  await page.getByRole('region', { name: 'Test server' }).getByRole('button', { name: 'Decide' }).click()
  await sheet.getByRole('button', { name: 'Trust this key' }).click()
  await sheet.getByRole('button', { name: 'Trust this key' }).waitFor({ state: 'detached' })
  await page.goto(logs)
  await shown(lines().getByText('GET /'))
  await page.getByRole('button', { name: 'Source', exact: true }).click()
  await sheet.getByLabel('A server').selectOption({ label: 'Test server' })
  await sheet.getByLabel('A file by its path, or many by a pattern').fill(file)
  await sheet.getByRole('button', { name: 'Choose it' }).click()
  await sheet.getByRole('button', { name: 'Add', exact: true }).click()
  await shown(page.getByRole('group', { name: 'Sources' }).getByText('app.log'))
  await find().fill('words of the server')
  appendFileSync(file, 'second words of the server\n')
  await shown(lines().getByText('second'))

  // Where the lines lie: what is kept here already is not listed twice.
  await menu('Look back', 'Search all that is kept')
  writeFileSync(`${file}.1`, 'older words of the server\n')
  await button('Also ask the servers').click()
  const there = page.getByRole('region', { name: 'Finds on the servers' })
  await shown(there.getByText('1 more found on the servers, 2 are listed above'))
  await shown(there.getByText(/2 files, \d+ B read there · \d+ B came · 3 lines/))
  await shown(there.getByRole('list', { name: 'Lines found on the servers' }).getByText('older words of the server'))
  await button(/^Close: All that is kept/).click()

  // Much that they would have to read: asking them can be stopped.
  writeFileSync(`${file}.2`, 'a line without it\n'.repeat(6_000_000))
  for (let n = 3; n < 300; n++) linkSync(`${file}.2`, `${file}.${n}`)
  await find().fill('words of the server')
  await menu('Look back', 'Search all that is kept')
  await button('Also ask the servers').click()
  await shown(there.getByText(/\d{2,} files, .* still looking/))
  await button('Stop asking').click()
  await shown(there.getByText('found on the servers before it was stopped'))
  await button(/^Close: All that is kept/).click()

  await button('Remove app.log').click()
  await button('Remove app.log').waitFor({ state: 'detached' })
  await shown(page.getByText('No kept line passes this filter.'))
})

test('what is paused stays paused, and at its place, when a source is ticked off and on', async () => {
  await find().fill('')
  await shown(lines().getByText('GET /'))
  await rowsAre(() => true)
  const sources = page.getByRole('group', { name: 'Sources' })
  const chips = sources.getByRole('button', { pressed: true })
  await button('Pause').click()
  const list = page.getByRole('log', { name: 'Log lines' })
  await list.focus()
  for (let pressed = 0; pressed < 3; pressed++) await page.keyboard.press('PageUp')
  const inSight = () =>
    list.evaluate((element) => {
      const { top, bottom } = element.getBoundingClientRect()
      const rows = [...element.querySelectorAll('[class*=drawn] > *')]
      const whole = rows.filter(
        (row) => row.getBoundingClientRect().top >= top - 1 && row.getBoundingClientRect().bottom <= bottom + 1,
      )
      return whole.map((row) => row.textContent ?? '')
    })
  // A page up takes its time.
  let last: string | undefined
  await expect.poll(async () => last === (last = (await inSight())[0]) && last !== undefined).toBe(true)
  const first = last ?? ''
  const off = first.includes('web') ? 'worker' : 'web'
  await chips.filter({ hasText: off }).first().click()
  await expect.poll(async () => (await inSight()).filter((text) => text.includes(off))).toEqual([])
  // Near the end there may be too little behind it for the upper edge.
  expect(await inSight()).toContain(first)
  await sources.getByRole('button', { pressed: false }).filter({ hasText: off }).first().click()
  await expect.poll(async () => (await inSight()).some((text) => text.includes(off))).toBe(true)
  expect(await inSight()).toContain(first)
  expect(await button('Pause').count()).toBe(0)
})
