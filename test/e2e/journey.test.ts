import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askingLoop, House, makeDemo, patience, shown } from '../support/browser'

// One story, told in order: each part begins where the one before it ended.
const house = new House()
let page: Page
let context: BrowserContext
let address: string

beforeAll(async () => ({ page, context } = await house.open()), 60_000)
afterAll(() => house.close(), 60_000)

const card = (environment: string, on = page) => on.getByRole('article', { name: `Shop in ${environment}` })
const sheet = (on = page) => on.getByRole('dialog')
const open = (hash: string, on = page) => on.goto(`${new URL(on.url()).origin}/#/${hash}`)

async function openEnvironment(name: string) {
  await open('fleet')
  await card(name).getByRole('link').first().click()
  await shown(page.getByRole('heading', { name: 'What’s the address?' }).or(page.getByText('What’s the address?')))
}

async function digestIn(environment: string) {
  return await card(environment)
    .getByTitle(/sha256:[0-9a-f]{64}/)
    .first()
    .getAttribute('title')
}

/** What a plan asks for before it starts, then the run page. */
async function startPlan(button: RegExp, typed?: string) {
  if (typed) await sheet().getByRole('textbox').last().fill(typed)
  await sheet().getByRole('button', { name: button }).click()
  await page.waitForURL(/#\/run\//)
}

const ends = async (outcome: 'Succeeded' | 'Taken back', on = page, timeout = 60_000) =>
  shown(on.getByRole('banner').getByText(outcome, { exact: true }), timeout)

describe('from the first start to shipping', () => {
  test('the first start offers the demo, which serves in three environments', async () => {
    await shown(page.getByRole('heading', { name: 'Ship from here' }))
    expect(page.url()).not.toContain('code=')
    await makeDemo(page)
    await shown(card('Staging').getByText('v2'))
    await shown(card('Production').getByText('v1'))
    await openEnvironment('Production')
    address =
      (await page
        .getByRole('link', { name: /^http:\/\/127\.0\.0\.1:\d+\/?$/ })
        .first()
        .getAttribute('href')) ?? ''
    expect(await (await fetch(address)).text()).toContain('The shop, v1')
  })

  test('the plan says what changes, what was checked, what will be called and the way back', async () => {
    await open('fleet')
    await page.getByRole('button', { name: 'Promote Shop to Production' }).click()
    await shown(sheet().getByText('PAYMENT_TIMEOUT_MS'))
    const digest = ((await digestIn('Staging')) ?? '').slice('sha256:'.length, 'sha256:'.length + 7)
    await shown(sheet().getByText(`v2 ${digest}`))
    for (const part of ['What changes', 'Checks', 'Steps', 'Way back']) await shown(sheet().getByRole('heading', { name: part }))
    await shown(sheet().getByText('If something fails, it goes back at once.'))
    await sheet().getByRole('button', { name: 'Show commands' }).click()
    await shown(sheet().locator('pre', { hasText: 'server.mjs' }))
  })

  test('the missing setting is copied from staging by its fix', async () => {
    await sheet().getByRole('button', { name: 'Copy from staging' }).click()
    await sheet().getByText('missing in production').waitFor({ state: 'detached' })
    await shown(sheet().getByRole('button', { name: 'Promote v2' }))
  })

  test('D11 a protected environment starts nothing before its name is typed', async () => {
    const button = sheet().getByRole('button', { name: 'Promote v2' })
    expect(await button.isDisabled()).toBe(true)
    await sheet().getByRole('textbox').fill('Production')
    expect(await button.isDisabled()).toBe(true)
    await sheet().getByRole('textbox').fill('production')
    expect(await button.isDisabled()).toBe(false)
  })

  test('D7 production changes over to staging’s digest and no request fails', async () => {
    const asking = askingLoop(address)
    await startPlan(/^Promote v2$/)
    await shown(page.getByRole('banner').getByText('Running', { exact: true }))
    await shown(page.getByRole('region', { name: 'Log of the instances' }).getByText(/listening|GET/))
    await ends('Succeeded')
    const seen = await asking.stop()
    expect(seen.failed).toEqual([])
    expect(seen.asked).toBeGreaterThan(500)
    expect([...seen.bodies]).toEqual(['Shop v1', 'Shop v2'])
    await open('fleet')
    await shown(card('Production').getByText('v2'))
    expect(await digestIn('Production')).toBe(await digestIn('Staging'))
  })
})

describe('the logs of production', () => {
  test('L on the environment opens them, with the deploy in its place', async () => {
    await openEnvironment('Production')
    await page.keyboard.press('l')
    await page.waitForURL(/#\/logs\//)
    const lines = page.getByRole('region', { name: 'Log lines' })
    await shown(lines.getByText(/GET \//))
    await page.getByRole('textbox', { name: 'Show lines with this text' }).fill('listening')
    await shown(page.getByText(/\d+ match/))
    await shown(lines.locator('mark', { hasText: 'listening' }))
    await shown(lines.getByText(/listening .*release=v2 environment=production/))
    await shown(lines.getByText(/Promoted|Deployed shop v2/))
    expect(await lines.getByText('GET /').count()).toBe(0)
    await page.getByRole('textbox', { name: 'Show lines with this text' }).fill('')
  })

  test('a pause holds the view still, counts what is new, and "new" follows again', async () => {
    await shown(page.getByRole('region', { name: 'Log lines' }).getByText('GET /'))
    await page.getByRole('button', { name: 'Pause' }).click()
    await shown(page.getByText('paused', { exact: true }))
    const fresh = page.getByRole('button', { name: /^\d+ new$/ })
    await shown(fresh)
    await fresh.click()
    await shown(page.getByText('↓ following'))
  })
})

/** Makes a release of the demo that behaves so, and deploys it to dev. */
async function deployToDev(behaviour: string) {
  await openEnvironment('Dev')
  await page.getByRole('button', { name: 'Deploy', exact: true }).click()
  await sheet().getByRole('button', { name: behaviour }).click()
  await shown(sheet().getByRole('heading', { name: 'Checks' }))
  await startPlan(/^Deploy v\d+$/)
}

async function liftHold() {
  await openEnvironment('Dev')
  await shown(page.getByText('On hold'))
  await page.getByRole('button', { name: 'Lift hold' }).click()
  await sheet().getByRole('textbox', { name: 'Reason' }).fill('looked at it')
  await sheet().getByRole('button', { name: 'Lift hold' }).click()
  await page.getByText('On hold').waitFor({ state: 'detached' })
}

describe('a bad release', () => {
  test('that answers 500 never serves: it is taken back, its capsule kept, dev on hold', async () => {
    await deployToDev('answers 500')
    await ends('Taken back')
    const capsule = page.getByRole('region', { name: 'Failure capsule' })
    await shown(capsule.getByText(/500/))
    await shown(capsule.locator('pre', { hasText: 'listening' }))
    await open('fleet')
    await shown(card('Dev').getByText('v2'))
    await shown(card('Dev').getByText('Hold'))
  })

  test('the hold stops a deploy until it is lifted with a reason', async () => {
    await openEnvironment('Dev')
    await page.getByRole('button', { name: 'Deploy', exact: true }).click()
    await sheet().getByRole('button', { name: 'Choose v1' }).click()
    await shown(sheet().getByRole('button', { name: 'Lift the hold' }))
    expect(await sheet().getByRole('button', { name: 'Deploy v1' }).isDisabled()).toBe(true)
    await page.keyboard.press('Escape')
    await liftHold()
  })

  test('that crashes after five seconds is taken back in the bake', async () => {
    await deployToDev('crashes after 5 s')
    await ends('Taken back')
    await shown(page.getByRole('list', { name: 'Steps' }).getByText('Bake'))
    await shown(page.getByRole('region', { name: 'Failure capsule' }).locator('pre', { hasText: 'Reached the memory limit' }))
    await liftHold()
  })
})

describe('two tabs and a reload', () => {
  let other: Page

  test('a roll back from the environment page is followed by both tabs, and starting its plan twice makes one run', async () => {
    await openEnvironment('Dev')
    await page.getByRole('button', { name: 'Roll back to v1' }).click()
    await shown(sheet().getByRole('button', { name: 'Roll back to v1' }))
    await sheet().getByRole('button', { name: 'Roll back to v1' }).dblclick()
    await page.waitForURL(/#\/run\//)
    other = await context.newPage()
    await other.goto(page.url())
    await Promise.all([page, other].map((tab) => shown(tab.getByRole('banner').getByText('Running', { exact: true }))))
    await open('activity')
    await shown(page.getByRole('listitem').getByText('running', { exact: true }))
    expect(await page.getByRole('listitem').getByText('running', { exact: true }).count()).toBe(1)
    await page.goto(other.url())
  })

  test('a reload in the middle of the run catches up, with no line twice', async () => {
    await shown(page.getByRole('list', { name: 'Steps' }).getByRole('listitem'))
    const before = await page.getByRole('list', { name: 'Steps' }).getByRole('listitem').count()
    await page.reload()
    await Promise.all([ends('Succeeded', page), ends('Succeeded', other)])
    expect(await page.getByRole('list', { name: 'Steps' }).getByRole('listitem').count()).toBe(before)
    const lines = await other.getByRole('region', { name: 'Output of the run' }).locator('[class*=line] time').count()
    expect(await page.getByRole('region', { name: 'Output of the run' }).locator('[class*=line] time').count()).toBe(lines)
    await other.close()
    await open('fleet')
    await shown(card('Dev').getByText('v1'))
  })
})

describe('quit and start again', () => {
  test('Quit ends the host and all that it ran; the next start serves again on the same address', async () => {
    const supervisor = house.supervisor()
    expect(supervisor).not.toBeNull()
    await page.getByRole('button', { name: 'Quit Slipway' }).click()
    await sheet().getByRole('button', { name: 'Quit' }).click()
    await shown(page.getByText('Slipway has ended'))
    await expect.poll(() => house.supervisor(), { timeout: patience }).toBeNull()
    await expect(fetch(address)).rejects.toThrow()
    const host = await house.start()
    await page.goto(host.address)
    await shown(card('Production').getByText('v2'))
    await expect
      .poll(
        () =>
          fetch(address).then(
            (answer) => answer.text(),
            () => '',
          ),
        { timeout: patience },
      )
      .toContain('The shop, v2')
    expect(house.troubles).toEqual([])
  })
})
