import { expect, test } from 'vitest'
import { menuOf, type MenuItem } from './menu'
import { quitAnswer, quitQuestion } from './quitting'
import { trayOf } from './tray'

const nothing = { show: () => {}, quit: () => {} }
const all = (items: readonly MenuItem[]): MenuItem[] => items.flatMap((item) => [item, ...all(item.submenu ?? [])])

test.each(['darwin', 'linux', 'win32'] as const)(
  'the menu on %s goes to each page, quits by asking, and offers no developer tools',
  (platform) => {
    const asked: string[] = []
    const items = all(menuOf(platform, { show: (place) => asked.push(place), quit: () => asked.push('quit') }))
    for (const item of items) item.click?.()
    expect(asked).toEqual(expect.arrayContaining(['quit', '#/', '#/logs', '#/activity', '#/connections', '#/settings']))
    expect(items.map((item) => item.role)).not.toContain('toggleDevTools')
    expect(items.map((item) => item.role)).not.toContain('quit')
    const keys = items.flatMap((item) => item.accelerator ?? [])
    expect(new Set(keys).size).toBe(keys.length)
  },
)

test('the tray names the runs under way and leads to each', () => {
  const asked: (string | null)[] = []
  const { tip, menu } = trayOf([{ id: 'a', title: 'Promote shop & co to production' }], {
    ...nothing,
    show: (place) => asked.push(place),
  })
  expect(tip).toContain('Promote shop && co to production')
  menu[0]?.click?.()
  expect(asked).toEqual(['#/run/a'])
})

test('the tray says when nothing is under way, and counts what it cannot list', () => {
  expect(trayOf([], nothing).menu[0]).toMatchObject({ label: 'Nothing is under way', enabled: false })
  const many = Array.from({ length: 20 }, (_, at) => ({ id: String(at), title: 't'.repeat(200) }))
  const { tip, menu } = trayOf(many, nothing)
  expect(tip).toBe('Slipway: 20 runs under way')
  expect(menu.map((item) => item.label)).toContain('and 12 more')
  expect(menu.every((item) => (item.label?.length ?? 0) <= 60)).toBe(true)
})

test('quitting with a run going offers to wait, to revert, to leave, and to stay; Escape stays', () => {
  const question = quitQuestion([{ title: 'Promote shop' }])
  expect(question.message).toBe('“Promote shop” is under way.')
  expect(question.buttons.map((_, button) => quitAnswer(button))).toEqual(['wait', 'safe-point', 'leave', null])
  expect(quitAnswer(question.cancelId)).toBeNull()
  expect(quitAnswer(99)).toBeNull()
})
