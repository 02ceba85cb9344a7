import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const places = [process.env['CHROMIUM'] ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Chromium as it is on this machine, without a screen. */
export function openChrome(): Promise<Browser> {
  const executablePath = places.find((place) => place !== '' && existsSync(place))
  if (!executablePath)
    throw new Error('There is no Chromium here. Install it (apt-get install chromium), or say where it is with CHROMIUM=/path.')
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--enable-precise-memory-info', '--disable-background-networking'],
  })
}
