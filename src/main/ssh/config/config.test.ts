import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sshConfig } from '.'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'slipway-config-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

function configured(text: string, others: Record<string, string> = {}) {
  for (const [name, words] of Object.entries({ '.ssh/config': text, ...others })) {
    mkdirSync(dirname(join(home, name)), { recursive: true })
    writeFileSync(join(home, name), words)
  }
  return sshConfig({ home, localUser: 'ana' })
}

const offered = async (text: string, others: Record<string, string> = {}) =>
  (await configured(text, others).importable(new Set())).hosts
const one = async (text: string, alias: string) => (await offered(text)).find((host) => host.alias === alias)!
const path = (host: { hops: { host: string; port: number; user: string }[] }) =>
  host.hops.map(({ host, port, user }) => `${user}@${host}:${port}`)

test('every host that stands for itself is offered, wildcards are not', async () => {
  const hosts = await offered('Host web db\n HostName %h.example.org\nHost *.lab !x\n User root\nHost *\n User bob\n')
  expect(hosts.map(({ alias }) => alias)).toEqual(['web', 'db'])
  expect(hosts.map(path)).toEqual([['bob@web.example.org:22'], ['bob@db.example.org:22']])
})

test('the first value of a setting counts, and key files add up', async () => {
  const host = await one(
    'Host web\n Port 2222\n IdentityFile "~/my key"\n IdentityFile ~/.ssh/%r-%h\nHost *\n Port 22\n User=bob\n IdentityFile ~/all\n',
    'web',
  )
  expect(path(host)).toEqual(['bob@web:2222'])
  expect(host.keyFiles).toEqual(['~/my key', '~/.ssh/bob-web', '~/all'])
})

test('where nothing names a key file, the usual ones that are there are taken', async () => {
  const config = configured('Host web\n', { '.ssh/id_ed25519': 'x', '.ssh/id_rsa': 'x' })
  const { hops } = await config.fromAlias('web')
  expect(hops[0]?.signIn).toEqual({
    agent: true,
    keyFiles: ['~/.ssh/id_ed25519', '~/.ssh/id_rsa'],
    passphrase: null,
    password: null,
  })
})

test('jump hosts are chained: lists, users, ports, and the jumps of a jump', async () => {
  const text = `
Host outer
  HostName gate.example.org
  User gate
Host inner
  ProxyJump outer
  HostName 10.0.0.1
Host web
  ProxyJump inner
Host listed
  ProxyJump root@outer:2200,inner
Host direct
  ProxyJump none
Host web inner direct
  User bob
  ProxyJump outer
`
  expect(path(await one(text, 'web'))).toEqual(['gate@gate.example.org:22', 'bob@10.0.0.1:22', 'bob@web:22'])
  expect(path(await one(text, 'direct'))).toEqual(['bob@direct:22'])
  expect(path(await one(text, 'listed'))).toEqual(['root@gate.example.org:2200', 'bob@10.0.0.1:22', 'ana@listed:22'])
})

test('S4 a ProxyJump that goes round in a circle is an obstacle that shows the circle', async () => {
  const text = 'Host a\n ProxyJump b\nHost b\n ProxyJump c\nHost c\n ProxyJump a\n'
  expect((await one(text, 'a')).obstacle).toContain('a → b → c → a')
  await expect(configured(text).fromAlias('a')).rejects.toMatchObject({ problem: { code: 'alias-obstacle' } })
})

test('includes are read where they stand, by pattern and in order', async () => {
  const hosts = await offered('Include conf.d/*.conf\nHost late\n Include only-late\nHost after\n', {
    '.ssh/conf.d/2.conf': 'Host two\n',
    '.ssh/conf.d/1.conf': 'Host one\n User carl\n',
    '.ssh/conf.d/.hidden.conf': 'Host hidden\n',
    '.ssh/only-late': 'User dora\n',
  })
  expect(hosts.map((host) => [host.alias, ...path(host)])).toEqual([
    ['one', 'carl@one:22'],
    ['two', 'ana@two:22'],
    ['late', 'dora@late:22'],
    ['after', 'ana@after:22'],
  ])
})

test('an include outside the folder, or of itself, is said and not read', async () => {
  const config = configured('Include ~/x /etc/hosts ../up\nInclude config\nHost web\n', { x: 'Host stolen\n', up: 'Host up\n' })
  const { hosts, notes } = await config.importable(new Set())
  expect(hosts.map(({ alias }) => alias)).toEqual(['web'])
  for (const word of ['~/x', '/etc/hosts', '../up', 'config']) expect(notes.join('\n')).toContain(`Include ${word} was not read`)
})

test('nothing in a configuration is run: it is said', async () => {
  const canary = join(home, 'canary')
  const text = `
Match host web exec "touch ${canary}"
  User evil
Host web
  LocalCommand touch ${canary}
  PermitLocalCommand yes
  ForwardAgent yes
  StrictHostKeyChecking no
Host proxied
  ProxyCommand touch ${canary}
Match originalhost web user ana
  Port 2200
`
  const web = await one(text, 'web')
  expect(path(web)).toEqual(['ana@web:2200'])
  for (const word of ['Match exec', 'LocalCommand', 'ForwardAgent', 'StrictHostKeyChecking'])
    expect(web.unsupported.join('\n')).toContain(word)
  expect((await one(text, 'proxied')).obstacle).toContain('ProxyCommand')
  expect((await configured(text).fromAlias('web')).forwardAgent).toBe(false)
  expect(existsSync(canary)).toBe(false)
})

test('names that would be options or commands are obstacles', async () => {
  const text =
    'Host a\n HostName -oProxyCommand=x\nHost b\n User $(id)\nHost c\n HostName %q\nHost d\n ProxyJump a@b@c:x\nHost e\n Port 99999\n'
  for (const host of await offered(text)) expect(host.obstacle, host.alias).not.toBeNull()
})

test('an alias that has a connection is known, and a configuration that is not there is said', async () => {
  const { hosts } = await configured('Host web\n').importable(new Set(['web']))
  expect(hosts[0]?.known).toBe(true)
  rmSync(join(home, '.ssh'), { recursive: true })
  const { hosts: none, notes } = await sshConfig({ home, localUser: 'ana' }).importable(new Set())
  expect(none).toEqual([])
  expect(notes).toHaveLength(1)
})

test('root needs no sudo, others do', async () => {
  const config = configured('Host web\n User root\nHost db\n HostKeyAlias stable\n')
  expect((await config.fromAlias('web')).root).toEqual({ by: 'user' })
  expect(await config.fromAlias('db')).toMatchObject({
    alias: 'db',
    root: { by: 'sudo', password: null },
    hops: [{ hostKeyAlias: 'stable' }],
  })
})
