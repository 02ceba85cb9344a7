// Makes docs/screenshots/*.png from a real demo: `npm run screenshots`. Wants Chromium and a free /tmp/slipway.
// With --built it takes the app as it was built last.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const root = fileURLToPath(new URL('..', import.meta.url))
const shots = join(root, 'docs', 'screenshots')
// A path that says nothing about whose computer it is: the pictures show it.
const folder = '/tmp/slipway'

/** The built app on its own folder, and a page that has signed in. */
async function open() {
  const built = process.argv.includes('--built')
    ? { status: 0 }
    : spawnSync(
        process.execPath,
        [join(root, 'node_modules/electron-vite/bin/electron-vite.js'), 'build', '--logLevel', 'error'],
        { cwd: root, stdio: 'inherit' },
      )
  if (built.status !== 0) throw new Error('The app could not be built.')
  if (existsSync(folder)) throw new Error(`${folder} is there already. Move it away first.`)
  mkdirSync(join(folder, 'run'), { recursive: true, mode: 0o700 })
  const host = spawn(process.execPath, [join(root, 'out/main/web.js'), '--data', join(folder, 'data'), '--no-open'], {
    env: { PATH: process.env.PATH, HOME: folder, XDG_RUNTIME_DIR: join(folder, 'run') },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const address = await new Promise((resolve, reject) => {
    let wrote = ''
    host.stdout.setEncoding('utf8').on('data', (part) => {
      wrote += part
      const found = /^Slipway is at (\S+)$/m.exec(wrote)?.[1]
      if (found) resolve(found)
    })
    host.once('exit', () => reject(new Error('The host ended before it had an address.')))
  })
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run'],
  })
  const page = await browser.newPage({ viewport: { width: 1360, height: 860 }, colorScheme: 'light', reducedMotion: 'reduce' })
  page.setDefaultTimeout(60_000)
  await page.goto(address)
  return {
    page,
    async close() {
      await browser.close()
      host.kill('SIGINT')
      if (host.exitCode === null) await once(host, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The pictures, in the order in which the demo comes to them. */
async function takeAll(page) {
  const origin = new URL(page.url()).origin
  const show = (hash) => page.goto(`${origin}/#/${hash}`)
  const card = (name) => page.getByRole('article', { name: `Shop in ${name}` })
  const take = async (name) => {
    await page.mouse.move(680, 858)
    await wait(400)
    await page.screenshot({ path: join(shots, `${name}.png`) })
    console.log(`${name}.png`)
  }
  const takeBoth = async (name) => {
    await take(name)
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
    await take(`${name}-dark`)
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  }
  const environment = async (name) => {
    await show('fleet')
    await card(name).getByRole('link').first().click()
    await page.getByText('What’s the address?').waitFor()
  }

  await page.getByRole('heading', { name: 'Ship from here' }).waitFor()
  await take('welcome')
  await page.getByRole('button', { name: 'Try the demo' }).click()
  await card('Production').waitFor()
  await wait(60_000) // so that the charts have something to show
  await takeBoth('fleet')
  await page.getByRole('button', { name: 'Promote Shop to Production' }).click()
  await page.getByRole('heading', { name: 'Way back' }).waitFor()
  await page.getByRole('dialog').getByRole('textbox').fill('production')
  await takeBoth('plan')
  await page.getByRole('dialog').getByRole('button', { name: 'Promote v2' }).click()
  await page.waitForURL(/#\/run\//)
  await wait(6000)
  await take('run')
  await page.getByRole('banner').getByText('Succeeded', { exact: true }).waitFor()
  await environment('Production')
  await take('environment')
  await page.keyboard.press('l')
  await page.getByRole('region', { name: 'Log lines' }).getByText('GET /').first().waitFor()
  await wait(3000)
  await takeBoth('logs')
  await environment('Dev')
  await page.getByRole('button', { name: 'Deploy', exact: true }).click()
  await page.getByRole('button', { name: 'crashes after 5 s' }).waitFor()
  await take('deploy')
  await page.getByRole('button', { name: 'crashes after 5 s' }).click()
  await page.getByRole('button', { name: /^Deploy v\d+$/ }).click()
  await page.getByRole('banner').getByText('Taken back', { exact: true }).waitFor()
  await page.getByRole('region', { name: 'Failure capsule' }).locator('pre').first().waitFor()
  await take('failure-capsule')
  await environment('Dev')
  await take('hold')
  for (const [name, hash] of [
    ['activity', 'activity'],
    ['audit', 'activity/audit'],
    ['connections', 'connections'],
    ['settings', 'settings/environments'],
  ]) {
    await show(hash)
    await page.getByRole('main').waitFor()
    await wait(800)
    await take(name)
  }
  await show('fleet')
  await card('Production').waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('promote')
  await page.getByRole('option').first().waitFor()
  await take('palette')
}

mkdirSync(shots, { recursive: true })
const { page, close } = await open()
try {
  await takeAll(page)
} finally {
  await close()
}
