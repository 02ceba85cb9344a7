import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { newId, SecretId } from '../../shared/domain/ids'
import { everything } from '../../shared/domain/log'
import type { LogAlert } from '../../shared/domain/log-kept'
import { clock, logsOver, Spring } from '../logs/fixtures/sources'
import { createLogAlerts } from './log-alerts'
import { createKeptLogs } from './log-kept'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanUps.splice(0)) await clean()
})

function metaOf() {
  const values = new Map<string, string>()
  return {
    values,
    get: (key: string) => values.get(key) ?? null,
    set: (key: string, value: string) => void values.set(key, value),
  }
}

function opened({ hidden = false, locked = false } = {}) {
  const spring = new Spring('web')
  let there = !hidden
  let shut = locked
  const { logs } = logsOver([spring], {
    sources: async () => (there ? [spring.source] : []),
    // What is asked for again after a while is asked for at once.
    clock: { ...clock, sleep: (ms, signal) => clock.sleep(ms > 20_000 ? 20 : ms, signal) },
  })
  cleanUps.push(() => logs.stop())
  const meta = metaOf()
  const secrets = new Map<string, string>()
  const told: string[] = []
  const alerts = createLogAlerts({
    logs,
    meta,
    clock: { ...clock, sleep: (ms, signal) => clock.sleep(Math.min(ms, 20), signal) },
    audit: { record: () => {} },
    notify: (title, words) => void told.push(`${title}: ${words}`),
    unexpected: (_doing, error) => told.push(String(error)),
    vault: {
      keep: async (secret) => {
        const id = newId(SecretId)
        secrets.set(id, secret)
        return id
      },
      reveal: async (id) => ({ reveal: () => secrets.get(id) ?? '' }),
      remove: async (id) => void secrets.delete(id),
      state: async () => ({ state: shut ? 'locked' : 'open' }),
    },
  })
  cleanUps.push(() => alerts.stop())
  return { spring, alerts, meta, told, secrets, appear: () => (there = true), unlock: () => (shut = false) }
}

const rule = (more: Partial<LogAlert> = {}): LogAlert => ({
  id: '0191e0de-0000-7000-8000-000000000001',
  name: 'Too many errors',
  sources: ['web'],
  filter: { ...everything, level: 'error' },
  threshold: 3,
  windowSeconds: 60,
  desktop: true,
  enabled: true,
  ...more,
})

async function hook(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const bodies: string[] = []
  const server = createServer(
    (request, response) => void text(request).then((body) => (bodies.push(body), answer(request, response))),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUps.push(() => new Promise((resolve) => server.close(resolve)))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/token-canary`, bodies }
}

test('as many lines as the rule says within its window tell once', async () => {
  const { alerts, spring, told } = opened()
  spring.say('ERROR long ago', Date.now() - 3_600_000)
  await alerts.save({ ...rule(), webhook: null })
  for (let i = 0; i < 2; i++) spring.say(`ERROR ${i}`)
  spring.say('INFO fine')
  await expect.poll(() => alerts.list()[0]?.firedAt).toBeNull()
  for (let i = 2; i < 9; i++) spring.say(`ERROR ${i}`)
  await expect.poll(() => told).toEqual(['Too many errors: 3 lines within 60 s. ERROR 2'])
})

test('a rule that is turned off, or removed, follows nothing', async () => {
  const { alerts, spring } = opened()
  await alerts.save({ ...rule(), webhook: null })
  await expect.poll(() => spring.followers).toBe(1)
  await alerts.save({ ...rule({ enabled: false }), webhook: null })
  await expect.poll(() => spring.followers).toBe(0)
  await alerts.save({ ...rule(), webhook: null })
  await expect.poll(() => spring.followers).toBe(1)
  await alerts.remove(rule().id)
  await expect.poll(() => spring.followers).toBe(0)
  expect(alerts.list()).toEqual([])
})

test('a source that cannot be had yet is watched once it can', async () => {
  const { alerts, spring, told, appear } = opened({ hidden: true })
  await alerts.save({ ...rule({ threshold: 1 }), webhook: null })
  expect(spring.followers).toBe(0)
  appear()
  await expect.poll(() => spring.followers).toBe(1)
  spring.say('ERROR at last')
  await expect.poll(() => told).toEqual(['Too many errors: One line within 60 s. ERROR at last'])
})

test('a webhook is posted to, and its address is in the vault and nowhere else', async () => {
  const { alerts, spring, meta, secrets } = opened()
  const { url, bodies } = await hook((_request, response) => response.end('ok'))
  await alerts.save({ ...rule({ threshold: 1, desktop: false }), webhook: url })
  expect([...secrets.values()]).toEqual([url])
  expect(JSON.stringify([alerts.list(), ...meta.values.values()])).not.toContain('token-canary')
  expect(alerts.list()[0]?.webhookHost).toMatch(/^127\.0\.0\.1:\d+$/)
  spring.say('ERROR now')
  await expect.poll(() => bodies.length).toBe(1)
  expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ rule: 'Too many errors', count: 1, line: { text: 'ERROR now' } })
  await alerts.save({ ...rule(), webhook: '' })
  expect(secrets.size).toBe(0)
  expect(alerts.list()[0]?.webhookHost).toBeNull()
})

test('a webhook that leads elsewhere or fails is not followed, and the rule says so', async () => {
  const { alerts, spring } = opened()
  const elsewhere = await hook((_request, response) => response.end())
  const { url } = await hook((_request, response) => response.writeHead(302, { location: elsewhere.url }).end())
  await alerts.save({ ...rule({ threshold: 1 }), webhook: url })
  spring.say('ERROR now')
  await expect.poll(() => alerts.list()[0]?.problem).toContain('The webhook was not reached')
  expect(elsewhere.bodies).toEqual([])
})

test('an address that is neither https nor on this computer is refused before anything is kept', async () => {
  const { alerts, secrets } = opened()
  for (const webhook of [
    'http://example.com/x',
    'ftp://127.0.0.1/',
    'file:///etc/passwd',
    'http://127.0.0.1.example.com/',
    'nonsense',
  ])
    await expect(alerts.save({ ...rule(), webhook })).rejects.toMatchObject({ problem: { code: 'webhook-refused' } })
  expect(secrets.size).toBe(0)
  expect(alerts.list()).toEqual([])
})

test('sets and bookmarks are kept under their ids; what cannot be read is left out', () => {
  const meta = metaOf()
  const { sets } = createKeptLogs(meta)
  const set = { id: rule().id, name: 'Production', sources: ['web'], filter: everything }
  sets.save(set)
  sets.save({ ...set, name: 'Production, errors' })
  expect(createKeptLogs(meta).sets.list()).toEqual([{ ...set, name: 'Production, errors' }])
  meta.set('log-sets', JSON.stringify([{ id: 'x' }, set]))
  expect(sets.list()).toEqual([set])
  sets.remove(set.id)
  expect(sets.list()).toEqual([])
  meta.set('log-sets', 'nonsense')
  expect(sets.list()).toEqual([])
})

test('while the secrets are locked a rule follows nothing and says that it waits; then it is watched', async () => {
  const { alerts, spring, told, unlock } = opened({ locked: true })
  await alerts.save({ ...rule({ threshold: 1 }), webhook: null })
  await expect.poll(() => alerts.list()[0]?.waits).toBe(true)
  expect(spring.follows).toBe(0)
  unlock()
  await expect.poll(() => spring.followers).toBe(1)
  expect(alerts.list()[0]?.waits).toBe(false)
  spring.say('ERROR now')
  await expect.poll(() => told).toEqual(['Too many errors: One line within 60 s. ERROR now'])
})

test('a rule that waits and is removed is never watched', async () => {
  const { alerts, spring, unlock } = opened({ locked: true })
  await alerts.save({ ...rule(), webhook: null })
  await alerts.remove(rule().id)
  unlock()
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(spring.follows).toBe(0)
})
