import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { House, makeDemo, patience, type Host } from '../support/browser'

const house = new House()
let page: Page
let host: Host

beforeAll(async () => {
  ;({ page, host } = await house.open())
  await makeDemo(page)
}, 60_000)
afterAll(() => house.close(), 60_000)

test('D1 killed in the middle of a promote, the next start says what is so and finishes it', async () => {
  await page.getByRole('button', { name: 'Promote Shop to Production' }).click()
  await page.getByRole('dialog').getByRole('textbox').fill('production')
  await page.getByRole('button', { name: 'Promote v2' }).click()
  await page.waitForURL(/#\/run\//)
  // In the bake, old and new run side by side.
  await page
    .getByRole('list', { name: 'Phases' })
    .getByRole('listitem')
    .filter({ hasText: 'Bake' })
    .filter({ hasText: 'running' })
    .waitFor()
  host.child.kill('SIGKILL')
  await host.ended
  await page.getByText('Slipway has ended').first().waitFor()
  const run = new URL(page.url()).hash
  host = await house.start()
  await page.goto(host.address)
  await page.getByRole('article', { name: 'Shop in Production' }).waitFor({ timeout: patience })
  await page.goto(`${new URL(page.url()).origin}/${run}`)
  const question = page.getByRole('region', { name: 'What next?' })
  await question.getByText('This run was interrupted. This is what is so now:').waitFor()
  for (const service of ['web', 'worker']) await question.getByText(`${service} runs the new version`).waitFor()
  expect(await question.getByText('not known').count()).toBe(0)
  await question.getByRole('button', { name: 'Finish' }).click()
  await page.getByRole('banner').getByText('Succeeded', { exact: true }).waitFor({ timeout: 60_000 })
  await page.getByRole('link', { name: 'Fleet' }).click()
  await page.getByRole('article', { name: 'Shop in Production' }).getByText('v2').waitFor()
})
