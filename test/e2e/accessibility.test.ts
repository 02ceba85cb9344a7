import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { House, makeDemo, patience, shown } from '../support/browser'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const house = new House()
let page: Page

beforeAll(async () => {
  ;({ page } = await house.open())
}, 60_000)
afterAll(() => house.close(), 60_000)

/** Waits until the page is wholly drawn in a scheme: on a busy machine that may take a while. */
async function settled(scheme: 'light' | 'dark') {
  for (let tries = 0; tries < 200; tries++) {
    const drawn = await page.evaluate(async (wanted) => {
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      const moving = document.getAnimations().some((one) => one instanceof CSSTransition && one.playState === 'running')
      return document.documentElement.getAttribute('data-mantine-color-scheme') === wanted && !moving
    }, scheme)
    if (drawn) return page.waitForTimeout(150)
    await page.waitForTimeout(50)
  }
  throw new Error(`the page was not drawn in ${scheme}`)
}

/** What axe finds serious or critical on what is shown now, in light and in dark: one line each, with the place. */
async function found(): Promise<string[]> {
  const lines: string[] = []
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
    await settled(scheme)
    // Runs in a world of its own: the page's policy forbids scripts that are not its own, and stays untouched.
    const client = await page.context().newCDPSession(page)
    const { frameTree } = await client.send('Page.getFrameTree')
    const { executionContextId } = await client.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id })
    await client.send('Runtime.evaluate', { expression: axeSource, contextId: executionContextId })
    const { result, exceptionDetails } = await client.send('Runtime.evaluate', {
      expression: examine,
      contextId: executionContextId,
      awaitPromise: true,
      returnByValue: true,
    })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    lines.push(...(result.value as string[]).map((line) => `${scheme}: ${line}`))
    await client.detach()
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  return lines
}

const examine = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
  .filter(({ impact }) => impact === 'serious' || impact === 'critical')
  .flatMap(({ id, nodes }) => nodes.map((node) => id + ' at ' + node.target.join(' ') + ' (' + (node.any[0]?.message ?? node.all[0]?.message ?? node.none[0]?.message ?? '') + ')')))`

const show = async (hash: string) => {
  await page.goto(`${new URL(page.url()).origin}/#/${hash}`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached', timeout: patience })
}
const openEnvironment = async (name: string) => {
  await show('fleet')
  await page
    .getByRole('article', { name: `Shop in ${name}` })
    .getByRole('link')
    .first()
    .click()
  await page.getByText('What’s the address?').waitFor()
}

describe('axe finds nothing serious', () => {
  test('and would find it: a picture without words, and text too pale to read in light or in dark', async () => {
    await shown(page.getByRole('heading', { name: 'Ship from here' }))
    await page.evaluate(() => {
      const spoilt = document.createElement('div')
      spoilt.id = 'spoilt'
      const pale = Object.assign(document.createElement('p'), { textContent: 'too pale' })
      pale.style.color = 'color-mix(in srgb, var(--bg) 90%, var(--ink))'
      spoilt.append(Object.assign(document.createElement('img'), { src: 'data:,' }), pale)
      document.querySelector('main')?.append(spoilt)
    })
    const lines = await found()
    for (const fault of [
      'light: image-alt at img',
      'light: color-contrast at #spoilt',
      'dark: image-alt at img',
      'dark: color-contrast at #spoilt',
    ])
      expect(lines.join('\n')).toContain(fault)
    await page.evaluate(() => document.querySelector('#spoilt')?.remove())
  })

  test('on the welcome page, and in the sheet for a new app', async () => {
    await page.getByRole('heading', { name: 'Ship from here' }).waitFor()
    expect(await found()).toEqual([])
    await page.getByRole('button', { name: 'Bring my own' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Make the app' }).click()
    await page.getByRole('dialog').getByRole('alert').first().waitFor()
    expect(await found()).toEqual([])
    await page.keyboard.press('Escape')
    await makeDemo(page)
  })

  test('on Fleet and in the plan sheet', async () => {
    await show('fleet')
    await page.getByRole('article', { name: 'Shop in Production' }).waitFor()
    expect(await found()).toEqual([])
    await page.getByRole('button', { name: 'Promote Shop to Production' }).click()
    await page.getByRole('button', { name: 'Show commands' }).click()
    await page.getByRole('button', { name: /pass/ }).first().click()
    expect(await found()).toEqual([])
    await page.keyboard.press('Escape')
  })

  test.each(['releases', 'runs', 'settings', 'targets', 'policy'])('on the environment page with its %s', async (tab) => {
    await openEnvironment('Production')
    await show(`${new URL(page.url()).hash.split('/').slice(1, 3).join('/')}/${tab}`)
    expect(await found()).toEqual([])
  })

  test.each(['Deploy', 'Hold', 'Scale'])('in what %s opens', async (button) => {
    await openEnvironment('Dev')
    await page.getByRole('banner').getByRole('button', { name: button, exact: true }).click()
    await page.getByRole('dialog').getByRole('button').first().waitFor()
    expect(await found()).toEqual([])
    await page.keyboard.press('Escape')
  })

  test('on a run that is under way and on one that was taken back', async () => {
    await openEnvironment('Dev')
    await page.getByRole('banner').getByRole('button', { name: 'Deploy', exact: true }).click()
    await page.getByRole('button', { name: 'crashes after 5 s' }).click()
    await page.getByRole('button', { name: /^Deploy v\d+$/ }).click()
    await page.getByRole('banner').getByText('Running', { exact: true }).waitFor()
    expect(await found()).toEqual([])
    await page.getByRole('region', { name: 'Failure capsule' }).locator('pre').first().waitFor({ timeout: 60_000 })
    expect(await found()).toEqual([])
  })

  test.each([
    'fleet',
    'logs',
    'activity',
    'activity/audit',
    'connections',
    'settings/general',
    'settings/environments',
    'settings/apps',
    'settings/logs',
    'settings/vault',
    'settings/about',
  ])('on %s', async (hash) => {
    await show(hash)
    if (hash === 'logs') await page.getByRole('region', { name: 'Log lines' }).getByText('GET /').first().waitFor()
    expect(await found()).toEqual([])
  })

  test('in the logs: paused, with a line open, finds beside them, menus, the picker and the form of an alert', async () => {
    await show('logs')
    await page.getByRole('region', { name: 'Log lines' }).getByText('GET /').first().waitFor()
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('log', { name: 'Log lines' }).getByText('=').first().click()
    await page.getByRole('region', { name: 'The line as it was written' }).waitFor()
    expect(await found()).toEqual([])
    const look = (item: string) => async () => {
      await page.getByRole('button', { name: 'Look back' }).click()
      await page.getByRole('menuitem', { name: item }).click()
      await page.getByRole('menu').waitFor({ state: 'detached' })
    }
    await look('Search all that is kept')()
    await page.getByRole('list', { name: 'Finds' }).getByRole('button').first().waitFor()
    expect(await found()).toEqual([])
    await look('What is new since the last deploy')()
    await page.getByText(/lines? looked at/).waitFor()
    expect(await found()).toEqual([])
    for (const name of ['Look back', 'Export', 'How lines are shown']) {
      await page.getByRole('button', { name }).click()
      await page.getByRole('menu').waitFor()
      expect(await found()).toEqual([])
      await page.keyboard.press('Escape')
      await page.getByRole('menu').waitFor({ state: 'detached' })
    }
    for (const open of [look('Alert me on this'), () => page.getByRole('button', { name: 'Source', exact: true }).click()]) {
      await open()
      await page.getByRole('dialog').getByRole('textbox').first().waitFor()
      expect(await found()).toEqual([])
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
  })

  test('in the sheets for servers, empty and with what is missing said', async () => {
    await show('connections')
    await page.getByRole('button', { name: 'Import from SSH' }).click()
    await page
      .getByRole('dialog')
      .getByText(/names no host yet/)
      .waitFor()
    expect(await found()).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Add a server' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Save and test' }).click()
    await page.getByRole('dialog').getByRole('alert').first().waitFor()
    expect(await found()).toEqual([])
    await page.keyboard.press('Escape')
  })

  test('in the form of a target', async () => {
    await openEnvironment('Dev')
    await show(`${new URL(page.url()).hash.split('/').slice(1, 3).join('/')}/targets`)
    await page.getByRole('button', { name: 'Change' }).first().click()
    await page.getByRole('dialog').getByRole('textbox').first().waitFor()
    expect(await found()).toEqual([])
    await page.keyboard.press('Escape')
  })

  test('in the palette, the shortcuts and the question before quitting', async () => {
    await show('fleet')
    await page.keyboard.press('Control+k')
    await page.getByRole('option').first().waitFor()
    expect(await found()).toEqual([])
    await page.keyboard.press('Escape')
    for (const name of ['Shortcuts', 'Quit Slipway']) {
      await page.getByRole('button', { name }).click()
      await page.getByRole('dialog').waitFor()
      expect(await found()).toEqual([])
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
  })
})
