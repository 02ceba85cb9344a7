import { describe, expect, test } from 'vitest'
import { mayHave, mayNavigate, maySpeak, missingProtection, webPreferences } from './policy'

describe('what the window may do', () => {
  test('E1 the window opens with every protection, and with none missing', () => {
    expect(missingProtection(webPreferences)).toBeNull()
    expect(missingProtection({ ...webPreferences, preload: '/p' })).toBeNull()
  })

  test.each(['sandbox', 'contextIsolation', 'webSecurity'])('E1 a window without %s is refused', (setting) => {
    expect(missingProtection({ ...webPreferences, [setting]: false })).toBe(setting)
    expect(missingProtection({ ...webPreferences, [setting]: undefined })).toBe(setting)
  })

  test.each([
    'nodeIntegration',
    'nodeIntegrationInWorker',
    'nodeIntegrationInSubFrames',
    'webviewTag',
    'allowRunningInsecureContent',
    'experimentalFeatures',
    'navigateOnDragDrop',
  ])('E1 a window with %s is refused', (setting) => {
    expect(missingProtection({ ...webPreferences, [setting]: true })).toBe(setting)
  })

  test('E1 a window that tells nothing of itself is refused', () => {
    expect(missingProtection(null)).toBe('webPreferences')
  })

  test.each(['app://ui/', 'app://ui/#/run/1', 'app://ui/index.html#/logs'])('it may go to %s', (address) => {
    expect(mayNavigate(address)).toBe(true)
  })

  test.each([
    'https://evil.com',
    'app://evil/',
    'app://ui.evil.com/',
    'app://ui@evil/',
    'app://x@ui/',
    'app://ui/other.html',
    'app://ui:80/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/html,x',
    'about:blank',
    'blob:app://ui/1',
    'slipway://fleet',
    'http://127.0.0.1',
    '',
  ])('E3 it may not go to %j', (address) => {
    expect(mayNavigate(address)).toBe(false)
  })

  test.each([
    'media',
    'geolocation',
    'notifications',
    'midi',
    'pointerLock',
    'fullscreen',
    'openExternal',
    'clipboard-read',
    'display-capture',
    'usb',
    'serial',
    'hid',
    'storage-access',
    'unknown',
    'fileSystem',
  ])('E3 it is refused the permission %s', (permission) => {
    expect(mayHave(permission, 'app://ui')).toBe(false)
  })

  test('its own page, and no other, may put text on the clipboard', () => {
    expect(mayHave('clipboard-sanitized-write', 'app://ui')).toBe(true)
    for (const origin of ['https://evil.com', 'null', '', 'app://evil'])
      expect(mayHave('clipboard-sanitized-write', origin)).toBe(false)
  })

  const own = { ours: true, mainFrame: true, origin: 'app://ui', url: 'app://ui/' }

  test('our own page is handed the port', () => {
    expect(maySpeak(own)).toBe(true)
  })

  test.each([
    ['a frame inside the page', { ...own, mainFrame: false }],
    ['a frame that is gone', { ...own, mainFrame: null, origin: null, url: null }],
    ['another window', { ...own, ours: false }],
    ['about:blank', { ...own, origin: 'null', url: 'about:blank' }],
    ['a page from elsewhere', { ...own, origin: 'https://evil.com', url: 'https://evil.com/' }],
    ['another host of our scheme', { ...own, origin: 'app://evil', url: 'app://evil/' }],
    ['an origin that only begins like ours', { ...own, origin: 'app://ui.evil' }],
    ['a page at our origin that is not the app', { ...own, url: 'app://ui/assets/x.svg' }],
  ])('E2 %s is not', (_, sender) => {
    expect(maySpeak(sender)).toBe(false)
  })
})
