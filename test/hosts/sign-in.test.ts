import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { signIn } from '../../src/main/hosts/web/session'
import { smallRouter } from './router'
import { webServer } from './web-server'

const bring = (origin: string, code: string) =>
  fetch(`${origin}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-slipway': '1', origin },
    body: JSON.stringify({ code }),
  })

test('L1 a code opens one session, in a cookie that no script reads and no other site sends', async () => {
  await using web = await webServer()
  const code = web.freshCode()
  const answer = await bring(web.origin, code)
  expect(answer.status).toBe(204)
  const cookie = answer.headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(/^slipway-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/)
  expect(cookie).not.toContain(code)
})

test('L1 a code is good once', async () => {
  await using web = await webServer()
  const code = web.freshCode()
  await bring(web.origin, code)
  const again = await bring(web.origin, code)
  expect([again.status, await again.json()]).toEqual([403, { code: 'code-spent' }])
  expect(again.headers.get('set-cookie')).toBeNull()
})

test('L1 of a hundred who bring one code at once, one gets in', async () => {
  await using web = await webServer()
  const code = web.freshCode()
  const answers = await Promise.all(Array.from({ length: 100 }, () => bring(web.origin, code)))
  expect(answers.filter((answer) => answer.status === 204)).toHaveLength(1)
})

test('L1 a code lives ten minutes', async () => {
  let now = 1_000_000
  await using web = await webServer(smallRouter(), () => now)
  const early = web.freshCode()
  now += 10 * 60_000 - 1
  const late = web.freshCode()
  expect((await bring(web.origin, early)).status).toBe(204)
  now += 10 * 60_000
  const answer = await bring(web.origin, late)
  expect([answer.status, await answer.json()]).toEqual([403, { code: 'code-spent' }])
})

test('L1 ten thousand guesses open nothing, and void what was outstanding', () => {
  const codes = signIn(() => 5)
  const code = codes.issue()
  const answers = Array.from({ length: 10_000 }, () => codes.redeem(randomBytes(32).toString('base64url')))
  expect(answers.every((answer) => 'refused' in answer)).toBe(true)
  expect(codes.redeem(code)).toMatchObject({ refused: expect.any(String) as string })
})

test('a few wrong codes do not keep the owner out', () => {
  const codes = signIn()
  const code = codes.issue()
  for (let at = 0; at < 5; at += 1) codes.redeem('wrong')
  expect(codes.redeem(code)).toHaveProperty('session')
})

test('L2 a session ends with the process: another server does not know it', async () => {
  await using one = await webServer()
  await using two = await webServer()
  const session = one.cookie.split('=')[1] ?? ''
  const socket = new WebSocket(`ws://127.0.0.1:${two.server.port}/api`, {
    headers: { cookie: `slipway-${two.server.port}=${session}`, origin: two.origin },
  })
  const [error] = (await once(socket, 'error')) as [Error]
  expect(error.message).toContain('403')
})

test('L2 no answer repeats the code or leads elsewhere', async () => {
  await using web = await webServer()
  const code = web.freshCode()
  const paths = [
    `/?code=${code}`,
    `/${code}`,
    `/session?code=${code}`,
    `/assets/${code}`,
    `/?next=http://evil.com`,
    `//evil.com/${code}`,
    `/%0d%0aLocation:${code}`,
  ]
  for (const path of paths) {
    const answer = await fetch(`${web.origin}${path}`, { redirect: 'manual' })
    const whole = JSON.stringify([...answer.headers]) + (await answer.text())
    expect(whole).not.toContain(code)
    expect(answer.headers.get('location')).toBeNull()
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
  }
})

test('signing out ends the session and clears what the browser kept', async () => {
  await using web = await webServer()
  const headers = { cookie: web.cookie, origin: web.origin, 'x-slipway': '1' }
  const answer = await fetch(`${web.origin}/session`, { method: 'DELETE', headers })
  expect(answer.status).toBe(204)
  expect(answer.headers.get('clear-site-data')).toContain('cache')
})
