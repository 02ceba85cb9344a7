import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { House, askingLoop, shown } from '../support/browser'
import { writeImage } from '../support/image'
import { clean, handsOf, homeFor, seed, served, type Hand } from './fleet'
import { labPlaces } from './places'

const { hosts } = labPlaces()
const house = new House()
let hands: Hand[]
let page: Page

const sheet = () => page.getByRole('dialog')
const succeeded = () => page.getByRole('banner').getByText('Succeeded', { exact: true }).waitFor({ timeout: 90_000 })
const openPlace = async (environment: string) => {
  await page.getByRole('link', { name: 'Fleet', exact: true }).click()
  const card = page.getByRole('article', { name: new RegExp(`in ${environment}$`) })
  await card.getByRole('link').first().click()
  await page.getByText('What runs it?').waitFor()
}
/** Quick bakes: what is watched here is the way, not the waiting. */
const shortBake = async () => {
  await page.getByRole('link', { name: 'Policy' }).click()
  await page.getByRole('spinbutton', { name: 'Bake time in seconds' }).fill('2')
  await page.getByRole('button', { name: 'Save policy' }).click()
  await shown(page.getByText('The policy is saved.'))
}

beforeAll(async () => {
  hands = await handsOf(hosts)
  await Promise.all(hands.map((hand) => seed(hand)))
  const home = homeFor(hosts)
  mkdirSync(join(house.folder, '.ssh'), { mode: 0o700 })
  cpSync(join(home, '.ssh'), join(house.folder, '.ssh'), { recursive: true })
  page = (await house.open()).page
}, 120_000)
afterAll(async () => {
  await house.close()
  for (const hand of hands ?? []) {
    await clean(hand)
    hand.close()
  }
}, 60_000)

test('servers of the SSH configuration are ticked and imported, and each part of the way is tested', async () => {
  await page.getByRole('button', { name: 'Import from SSH' }).click()
  await sheet().getByRole('button', { name: 'Tick all' }).click()
  await sheet()
    .getByRole('button', { name: `Import ${hosts.length} servers` })
    .click()
  for (const { name } of hosts) {
    const card = page.getByRole('region', { name })
    await card.getByRole('button', { name: 'Decide' }).click()
    await shown(sheet().getByText(/SHA256:/))
    await sheet().getByRole('button', { name: 'Trust this key' }).click()
    await shown(card.getByText(/GB free/))
    expect(await card.getByRole('img', { name: 'fails' }).count()).toBe(0)
  }
})

test('what runs on them becomes staging on one, and production on two', async () => {
  const [first, second, third] = hosts
  await page
    .getByRole('region', { name: first?.name ?? '' })
    .getByRole('button', { name: 'What runs there' })
    .click()
  await sheet().getByRole('button', { name: 'Make it an environment' }).click()
  await sheet().getByLabel('Health path').fill('/cgi-bin/health')
  await sheet().getByLabel('Name of the new app').fill('Shop')
  await sheet().getByRole('textbox', { name: 'Service' }).fill('web')
  await sheet().getByRole('combobox', { name: 'Environment' }).selectOption('staging')
  await sheet().getByRole('button', { name: 'Make it an environment' }).click()
  await shown(page.getByText('1 of 1 running'))
  await shortBake()
  await page.getByRole('link', { name: 'Connections' }).click()
  await page
    .getByRole('region', { name: second?.name ?? '' })
    .getByRole('button', { name: 'What runs there' })
    .click()
  await sheet().getByRole('button', { name: 'Make it an environment' }).click()
  await sheet().getByRole('textbox', { name: 'Service' }).fill('web')
  await sheet().getByLabel('Health path').fill('/cgi-bin/health')
  await sheet()
    .getByRole('checkbox', { name: new RegExp(`^${third?.name}`) })
    .check()
  await sheet().getByRole('button', { name: 'Make it an environment' }).click()
  await shown(page.getByText('2 of 2 running'))
  await shortBake()
  expect(await page.getByText('protected').count()).toBeGreaterThan(0)
})

test('a new image from a file goes to staging', async () => {
  const file = join(house.folder, 'v2.tar')
  await writeImage(file, { version: 'v2' })
  await openPlace('Staging')
  await page.getByRole('button', { name: 'Deploy', exact: true }).click()
  await sheet().getByRole('combobox', { name: 'Taken from' }).selectOption('image-file')
  await sheet().getByRole('textbox', { name: 'File' }).fill(file)
  await sheet().getByRole('button', { name: 'Make it and plan the deploy' }).click()
  await sheet().getByRole('button', { name: 'Deploy v2' }).click()
  await succeeded()
  expect(await served(hands[0] as Hand)).toBe('v2')
})

test('D7 it is promoted to production under traffic, and nobody who asks is failed', async () => {
  const asking = hosts.slice(1).map(({ host }) => askingLoop(`http://${host}/`))
  await page.getByRole('link', { name: 'Fleet', exact: true }).click()
  await page.getByRole('button', { name: /^Promote/ }).click()
  await sheet().getByLabel(/^Type/).fill('production')
  await sheet().getByRole('button', { name: 'Promote v2' }).click()
  await succeeded()
  for (const one of asking) {
    const { asked, failed, bodies } = await one.stop()
    expect(failed).toEqual([])
    expect(asked).toBeGreaterThan(50)
    expect([...bodies].map((body) => body.trim()).toSorted()).toEqual(['v1', 'v2'])
  }
  expect(await Promise.all(hands.slice(1).map(served))).toEqual(['v2', 'v2'])
})

test('one that never becomes healthy is taken back by itself, says why, and leaves production on hold', async () => {
  const file = join(house.folder, 'v3.tar')
  await writeImage(file, { version: 'v3', bad: 'unhealthy' })
  await openPlace('Production')
  await page.getByRole('button', { name: 'Deploy', exact: true }).click()
  await sheet().getByRole('combobox', { name: 'Taken from' }).selectOption('image-file')
  await sheet().getByRole('textbox', { name: 'File' }).fill(file)
  await sheet().getByRole('button', { name: 'Make it and plan the deploy' }).click()
  await sheet().getByLabel(/^Type/).fill('production')
  await sheet().getByRole('button', { name: 'Deploy v3' }).click()
  await page.getByRole('banner').getByText('Taken back', { exact: true }).waitFor({ timeout: 120_000 })
  await shown(page.getByText(/answered 500/))
  expect(await Promise.all(hands.slice(1).map(served))).toEqual(['v2', 'v2'])
  await openPlace('Production')
  await shown(page.getByText('On hold'))
}, 180_000)

test('D9 production is rolled back to what was found there', async () => {
  await openPlace('Production')
  await page.getByRole('button', { name: /^Roll back to v1/ }).click()
  await sheet().getByLabel(/^Type/).fill('production')
  await sheet()
    .getByRole('button', { name: /^Roll back/ })
    .last()
    .click()
  await succeeded()
  expect(await Promise.all(hands.slice(1).map(served))).toEqual(['v1', 'v1'])
})

test('a shell opens in what runs, under the policy of the page', async () => {
  await openPlace('Staging')
  await page.getByRole('button', { name: 'Terminal' }).click()
  await sheet().getByRole('button', { name: 'Open', exact: true }).click()
  await page.locator('.xterm-rows').waitFor()
  await page.keyboard.type('echo it-is-$SLIPWAY_RELEASE; exit 3\n', { delay: 5 })
  await shown(sheet().getByText('It ended with code 3.'))
  await shown(page.locator('.xterm-rows').getByText('it-is-v2'))
  await page.keyboard.press('Escape')
  expect(house.troubles).toEqual([])
})
