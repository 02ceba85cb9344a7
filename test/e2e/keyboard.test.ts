import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { House, makeDemo, shown } from '../support/browser'

const house = new House()
let page: Page

beforeAll(async () => {
  ;({ page } = await house.open())
  await makeDemo(page)
}, 60_000)
afterAll(() => house.close(), 60_000)

describe('with the keyboard alone', () => {
  test('? shows the shortcuts, and Escape closes them', async () => {
    await page.getByRole('link', { name: 'Fleet' }).focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('?')
    await shown(page.getByRole('dialog').getByText('Search or run anything'))
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  test('a promote is found in the palette, its name typed and started by Enter', async () => {
    await page.getByRole('link', { name: 'Fleet' }).focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').and(page.locator(':focus')).waitFor()
    await page.keyboard.type('promote shop production')
    await page.getByRole('option', { selected: true, name: 'Promote shop from staging to production' }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Promote v2' }).waitFor()
    await page.keyboard.type('production')
    await page.keyboard.press('Enter')
    await page.waitForURL(/#\/run\//)
    await shown(page.getByRole('banner').getByText('Succeeded', { exact: true }), 60_000)
  })
})
