import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ContractRouterClient } from '@orpc/contract'
import { createRouterClient } from '@orpc/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp, type SlipwayApp } from '../../src/main/app'
import type { Contract } from '../../src/shared/api'
import type { ServerForm } from '../../src/shared/api/connections'
import { ServerSettings } from '../../src/shared/domain/server'
import { never } from '../support/local'
import { makeKey, startSshd, type Sshd } from '../support/sshd'
import { builtSupervisor } from '../support/supervisor'

let supervisor: Awaited<ReturnType<typeof builtSupervisor>>
let folder: string
let app: SlipwayApp
let client: ContractRouterClient<Contract>
let sshd: Sshd

beforeAll(async () => {
  sshd = await startSshd()
  supervisor = await builtSupervisor()
  folder = mkdtempSync(join(tmpdir(), 'slw-servers-'))
  mkdirSync(join(folder, 'home', '.ssh'), { recursive: true })
  mkdirSync(join(folder, 'data'))
  const config = `
Host web-1
  HostName 127.0.0.1
  Port ${sshd.port}
  User ${sshd.user}
  IdentityFile ${sshd.keyFile}
Host inner
  HostName 10.9.9.9
  User ops
  ProxyJump ${sshd.user}@127.0.0.1:${sshd.port}
  IdentityFile ${sshd.keyFile}
  IdentityFile ~/.ssh/other
Host gone
  HostName 127.0.0.1
  Port 1
  User ops
  IdentityFile ${sshd.keyFile}
Host web-\u202E1
  HostName 127.0.0.1
Host odd
  ProxyCommand touch ${join(folder, 'was-run')}
`
  writeFileSync(join(folder, 'home', '.ssh', 'config'), config, { mode: 0o600 })
  app = await createApp(
    {
      kind: 'web',
      version: 'test',
      dataDir: join(folder, 'data'),
      runtimeDir: folder,
      supervisor: { command: supervisor.command },
      resourcesDir: 'resources',
    },
    { home: join(folder, 'home') },
  )
  client = createRouterClient(app.router, { context: { clientId: 'test', gone: never } })
}, 60_000)
afterAll(async () => {
  await app?.close('leave')
  supervisor?.remove()
  await sshd?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const settingsOf = async (slug: string) => {
  const view = (await client.connections.list()).find((one) => one.connection.slug === slug)
  if (!view) throw new Error(`no connection ${slug}`)
  return { id: view.connection.id, settings: ServerSettings.parse(view.connection.settings) }
}

describe('servers of the SSH configuration', () => {
  test('are offered with the way to each; what would run a program is named and cannot be ticked', async () => {
    const { hosts } = await client.connections.importable()
    expect(hosts.map((host) => [host.alias, host.hops.length, host.obstacle === null])).toEqual([
      ['web-1', 1, true],
      ['inner', 2, true],
      ['gone', 1, true],
      ['web-\u202E1', 1, true],
      ['odd', expect.any(Number), false],
    ])
  })
  test('are imported all or none, and a second time changes nothing', async () => {
    await expect(client.connections.import({ aliases: ['web-1', 'odd'] })).rejects.toMatchObject({ code: 'PROBLEM' })
    expect(await client.connections.list()).toEqual([])
    expect((await client.connections.import({ aliases: ['web-1', 'inner', 'gone'] })).map((one) => one.slug)).toEqual([
      'web-1',
      'inner',
      'gone',
    ])
    expect(await client.connections.import({ aliases: ['web-1', 'inner'] })).toEqual([])
    expect((await client.connections.importable()).hosts.filter((host) => host.known)).toHaveLength(3)
  })
  test('are named so that nothing in the name is hidden', async () => {
    const [made] = await client.connections.import({ aliases: ['web-\u202E1'] })
    expect(made).toMatchObject({ name: 'web-\\u{202E}1', settings: { alias: 'web-\u202E1' } })
  })
  test('keep their way and their keys when another field of the form is saved', async () => {
    const { id, settings } = await settingsOf('inner')
    const form = await client.connections.form({ id })
    await client.connections.update({ ...form, id, name: 'Inner' })
    expect((await settingsOf('inner')).settings).toEqual(settings)
    await client.connections.update({ ...form, id, name: 'Inner', through: null })
    expect((await settingsOf('inner')).settings.hops).toHaveLength(1)
  })
  test('S1 a server seen first is not opened before somebody has trusted its key, and that is written down', async () => {
    const { id } = await settingsOf('web-1')
    const parts = []
    for await (const part of await client.connections.test({ id })) parts.push(part)
    const asked = parts.at(-1)
    expect(asked).toMatchObject({ outcome: 'fail', hostKey: { state: 'unknown', fingerprint: sshd.hostKeys[0]?.fingerprint } })
    await expect(
      client.connections.trust({ id, name: asked?.hostKey?.name ?? '', fingerprint: 'SHA256:other' }),
    ).rejects.toMatchObject({ code: 'PROBLEM' })
    await client.connections.trust({ id, name: asked?.hostKey?.name ?? '', fingerprint: asked?.hostKey?.fingerprint ?? '' })
    const again = []
    for await (const part of await client.connections.test({ id })) again.push(part.outcome)
    expect(again).not.toContain('fail')
    const acts = (await client.activity.audit({ before: null, limit: 50 })).map((record) => record.action)
    expect(acts.filter((act) => act === 'host-key.trusted')).toHaveLength(1)
  })
})

test('a passphrase that is kept is not asked for again, is told to nobody, and can be forgotten', async () => {
  const locked = join(folder, 'locked')
  appendFileSync(sshd.authorizedKeys, `${makeKey(locked, 'ed25519', 'right words')}\n`)
  await client.vault.create({ home: 'session' })
  const { id } = await settingsOf('web-1')
  const { kept, ...form } = await client.connections.form({ id })
  expect(kept.passphrase).toBe(false)
  await client.connections.update({ ...form, id, agent: false, keyFile: locked })
  let asked = 0
  const over = new AbortController()
  const answering = (async () => {
    for await (const questions of await client.connections.questions(undefined, { signal: over.signal }))
      for (const question of questions) {
        asked += 1
        await client.connections.answer({ id: question.id, answers: ['right words'], keep: true })
      }
  })()
  const walk = async () => {
    const outcomes = []
    for await (const part of await client.connections.test({ id })) outcomes.push(part.outcome)
    return outcomes
  }
  expect(await walk()).not.toContain('fail')
  expect(asked).toBe(1)
  const after = await client.connections.form({ id })
  expect(after).toMatchObject({ passphrase: null, kept: { passphrase: true, password: false } })
  expect(JSON.stringify([await client.connections.list(), after])).not.toContain('right words')
  // Opened anew: the vault has it.
  await client.connections.update({ ...after, id })
  expect(await walk()).not.toContain('fail')
  expect(asked).toBe(1)
  await client.connections.update({ ...after, id, passphrase: '' })
  expect((await client.connections.form({ id })).kept.passphrase).toBe(false)
  expect(await walk()).not.toContain('fail')
  expect(asked).toBe(2)
  await client.connections.update({ ...form, id, passphrase: '' })
  over.abort()
  await answering.catch(() => {})
})

describe('an environment of what runs', () => {
  const adoption = (connectionIds: string[], more: object = {}) =>
    ({
      app: { slug: 'shop', name: 'Shop' },
      environment: 'production',
      services: [
        {
          slug: 'web',
          healthPath: '/health',
          route: true,
          provider: 'docker',
          connectionIds,
          settings: { port: 8080, upstream: 'shop_web' },
          ...more,
        },
      ],
    }) as Parameters<typeof client.placements.adopt>[0]

  test('is not made of a server that does not answer, nor of settings that are refused, and leaves no app behind', async () => {
    const [web, gone] = [await settingsOf('web-1'), await settingsOf('gone')]
    await expect(client.placements.adopt(adoption([gone.id]))).rejects.toMatchObject({ code: 'PROBLEM' })
    await expect(client.placements.adopt(adoption([web.id], { settings: { port: 'x; rm -rf /' } }))).rejects.toMatchObject({
      code: 'PROBLEM',
    })
    await expect(client.placements.adopt(adoption([web.id], { settings: { volumes: ['-v /:/h'] } }))).rejects.toMatchObject({
      code: 'PROBLEM',
    })
    expect(await client.apps.list()).toEqual([])
  })
  test('D10 pins who answered, and a further server joins the same target', async () => {
    const web = await settingsOf('web-1')
    const { placementId } = await client.placements.adopt(adoption([web.id]))
    const form: ServerForm = { ...(await client.connections.form({ id: web.id })), name: 'web-2' }
    const second = await client.connections.add(form)
    const [shop] = await client.apps.list()
    if (!shop) throw new Error('no app')
    await client.placements.adopt({ ...adoption([second.id]), app: { id: shop.id } })
    for await (const view of await client.placements.watch({ placementId })) {
      expect(view.placement.targets).toHaveLength(1)
      expect(view.placement.targets[0]?.connectionIds).toEqual([web.id, second.id])
      expect(Object.values(view.placement.targets[0]?.pinnedIdentities ?? {})).toEqual([
        `ssh:${sshd.hostKeys[0]?.fingerprint}`,
        `ssh:${sshd.hostKeys[0]?.fingerprint}`,
      ])
      break
    }
    await expect(client.connections.remove({ id: second.id })).rejects.toMatchObject({ data: { code: 'connection-in-use' } })
  })
})
