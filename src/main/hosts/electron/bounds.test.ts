import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { placed } from './bounds'
import { keepWindowState, readWindowState } from './window-state'

const display = { x: 0, y: 0, width: 1920, height: 1080 }
const second = { x: 1920, y: 0, width: 1280, height: 1024 }

test('the window opens where it was', () => {
  const kept = { x: 2000, y: 40, width: 1000, height: 700 }
  expect(placed(kept, [display, second])).toEqual(kept)
})

test('a window on a display that is gone opens in the middle of the one that is there', () => {
  expect(placed({ x: 2000, y: 40, width: 1000, height: 700 }, [display])).toEqual({ x: 460, y: 190, width: 1000, height: 700 })
})

test('a window larger than its display is made to fit', () => {
  expect(placed({ x: -50, y: -20, width: 4000, height: 3000 }, [display])).toEqual(display)
})

test('a window whose title bar is out of reach is brought back', () => {
  const { y } = placed({ x: 100, y: 1079, width: 900, height: 600 }, [display])
  expect(y + 600).toBeLessThanOrEqual(1080)
})

test('a first window fits a small display', () => {
  expect(placed(null, [{ x: 0, y: 0, width: 1024, height: 700 }])).toEqual({ x: 0, y: 0, width: 1024, height: 700 })
})

test('what is kept of a window is read back; a broken or strange file counts as none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-window-'))
  const file = join(folder, 'window.json')
  const state = { v: 1 as const, bounds: display, maximized: true }
  expect(readWindowState(file)).toBeNull()
  keepWindowState(file, state)
  expect(readWindowState(file)).toEqual(state)
  expect(readdirSync(folder)).toEqual(['window.json'])
  for (const text of ['', '{', 'null', '{"v":2}', '{"v":1,"bounds":{"x":"a"},"maximized":true}']) {
    writeFileSync(file, text)
    expect(readWindowState(file)).toBeNull()
  }
  rmSync(folder, { recursive: true })
})
