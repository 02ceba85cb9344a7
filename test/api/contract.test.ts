import { isContractProcedure } from '@orpc/contract'
import { createRouterClient } from '@orpc/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contract } from '../../src/shared/api'
import { createApp, type SlipwayApp } from '../../src/main/app'
import { temporaryFolder } from '../support/workspace'

let folder: ReturnType<typeof temporaryFolder>
let app: SlipwayApp

beforeAll(async () => {
  folder = temporaryFolder()
  app = await createApp({
    kind: 'web',
    version: 'test',
    dataDir: folder.path,
    runtimeDir: folder.path,
    // Nothing here runs anything on this computer, so that no supervisor is started.
    supervisor: { command: ['/nowhere/supervisor'] },
    resourcesDir: 'resources',
  })
})
afterAll(async () => {
  await app.close('wait')
  folder.remove()
})

/** Every call of the contract that takes an input, by its path. */
function callsWithInput(): string[] {
  const found: string[] = []
  for (const [area, calls] of Object.entries(contract)) {
    for (const [name, call] of Object.entries(calls as Record<string, unknown>)) {
      if (isContractProcedure(call) && call['~orpc'].inputSchema) found.push(`${area}.${name}`)
    }
  }
  return found
}

const hostile: [string, unknown][] = [
  ['nothing', undefined],
  ['null', null],
  ['a number', 42],
  ['a text', 'x'],
  ['a list', []],
  ['an empty thing', {}],
  ['keys of the prototype', JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}')],
  ['a megabyte', { id: 'x'.repeat(1024 * 1024), runId: 'x'.repeat(1024 * 1024), placementId: 'x'.repeat(1024 * 1024) }],
  [
    'ids that are none',
    { id: '1', appId: '1', placementId: '../..', runId: 'DROP TABLE runs', planId: {}, releaseId: [], from: NaN, to: Infinity },
  ],
]

/** Calls that take a part of what is asked for as a whole: an empty thing is fine for them. */
const lenient = new Set(['logs.sources'])

test('E2 every call answers a hostile input with a problem that names what does not fit, and does nothing', async () => {
  const client = createRouterClient(app.router, {
    context: { clientId: 'test', gone: new AbortController().signal },
  }) as unknown as Record<string, Record<string, (input: unknown) => Promise<unknown>>>
  const before = await client['activity']?.['audit']?.({ before: null, limit: 500 })
  const calls = callsWithInput()
  expect(calls.length).toBeGreaterThan(30)
  const wrong: string[] = []
  for (const path of calls) {
    const [area = '', name = ''] = path.split('.')
    for (const [what, input] of hostile) {
      const answer = await (client[area]?.[name]?.(input) ?? Promise.reject(new Error('no such call'))).then(
        () => 'accepted',
        (error: { code?: string; data?: { code?: string; data?: { fields?: { field: string }[] } } }) =>
          error.code === 'PROBLEM' && error.data?.code === 'invalid-input' && (error.data.data?.fields?.length ?? 0) > 0
            ? 'refused'
            : JSON.stringify(error).slice(0, 200),
      )
      if (answer !== 'refused' && !(answer === 'accepted' && lenient.has(path))) wrong.push(`${path} with ${what}: ${answer}`)
    }
  }
  expect(wrong).toEqual([])
  expect('polluted' in {}).toBe(false)
  expect(await client['activity']?.['audit']?.({ before: null, limit: 500 })).toEqual(before)
})

test('ids that fit but name nothing are told so, in words', async () => {
  const client = createRouterClient(app.router, { context: { clientId: 'test', gone: new AbortController().signal } })
  const id = '01a1fc7b-1545-724c-ab99-edb1ed15e646'
  const calls = [
    () => client.plans.get({ planId: id }),
    () => client.runs.get({ runId: id }),
    () => client.runs.start({ planId: id, fingerprint: 'x' }),
    () => client.plans.deploy({ placementId: id, releaseId: id }),
    async () => (await client.connections.test({ id: id })).next(),
    () => client.logs.window({ viewId: 'gone', from: 0, count: 10 }),
  ]
  for (const call of calls) {
    await expect(call()).rejects.toMatchObject({
      code: 'PROBLEM',
      data: { message: expect.stringMatching(/[a-z]{3}.*\.$/) as string },
    })
  }
})
