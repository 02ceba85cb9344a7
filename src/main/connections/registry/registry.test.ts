import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { never } from '../../../../test/support/local'
import { registryUser, startRegistry, type TestRegistry } from '../../../../test/support/registry'
import type { Connection } from '../../../shared/domain/connection'
import { ConnectionId, SecretId, newId } from '../../../shared/domain/ids'
import { registryOf } from '../../../shared/domain/registry'
import { knownRegistries, registryConnection } from './index'

const secrets = new Map<SecretId, string>()
const reveal = async (id: SecretId) => ({ reveal: () => secrets.get(id) ?? '' })
const kind = registryConnection(reveal)

function connectionTo(host: string, user = '', password: string | null = null): Connection {
  const id = newId(SecretId)
  if (password !== null) secrets.set(id, password)
  return {
    v: 1,
    id: newId(ConnectionId),
    slug: 'images',
    name: 'Images',
    kind: 'registry',
    identity: null,
    settings: { host, user, password: password === null ? null : id },
    createdAt: 1,
    deletedAt: null,
  }
}

const outcomes = async (connection: Connection) =>
  (await kind.test(connection, never)).map(({ part, outcome, problem }) => [part, problem?.code ?? outcome])

let registry: TestRegistry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.stop())

test('a test signs in at a real registry, and tells a wrong password from nobody at all', async () => {
  const { user, password } = registryUser
  expect(await outcomes(connectionTo(registry.host, user, password))).toEqual([
    ['Reach', 'pass'],
    ['Sign in', 'pass'],
  ])
  expect((await outcomes(connectionTo(registry.host, user, 'wrong'))).at(-1)).toEqual(['Sign in', 'registry-sign-in-refused'])
  expect((await outcomes(connectionTo(registry.host))).at(-1)).toEqual(['Sign in', 'registry-sign-in-refused'])
})

test('an address where nobody answers, or something else than a registry, is told as that, and no password goes there', async () => {
  const { user, password } = registryUser
  expect(await outcomes(connectionTo('127.0.0.1:1', user, password))).toEqual([['Reach', 'registry-silent']])
  const heard: string[] = []
  const other = http.createServer((request, response) => {
    heard.push(request.headers.authorization ?? 'nothing')
    response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  expect(await outcomes(connectionTo(`127.0.0.1:${port}`, user, password))).toEqual([['Reach', 'registry-none']])
  expect(heard).toEqual(['nothing'])
  other.close()
})

/** What asks for a token, as the specification of registries says. */
async function tokenRegistry(realm: (port: number) => string) {
  const heard: string[] = []
  const server = http.createServer((request, response) => {
    const { authorization = '' } = request.headers
    heard.push(`${request.url} ${authorization.split(' ')[0]}`)
    if (request.url?.startsWith('/token')) {
      const given = authorization === `Basic ${Buffer.from('ana:right').toString('base64')}`
      response.writeHead(given ? 200 : 401, { 'content-type': 'application/json' }).end(given ? '{"token":"t0"}' : '{}')
    } else if (authorization === 'Bearer t0') response.writeHead(200).end('{}')
    else {
      const { port } = server.address() as AddressInfo
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm(port)}",service="images"` }).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { host, heard, stop: () => server.close() }
}

test('a registry that gives tokens gets the password at the place that it names', async () => {
  const tokens = await tokenRegistry((port) => `http://127.0.0.1:${port}/token`)
  expect((await outcomes(connectionTo(tokens.host, 'ana', 'right'))).at(-1)).toEqual(['Sign in', 'pass'])
  expect(tokens.heard).toContain('/token?service=images&account=ana Basic')
  expect((await outcomes(connectionTo(tokens.host, 'ana', 'wrong'))).at(-1)).toEqual(['Sign in', 'registry-sign-in-refused'])
  tokens.stop()
})

test('a place for tokens without TLS elsewhere gets no password', async () => {
  const tokens = await tokenRegistry(() => 'http://tokens.example.org/token')
  expect((await outcomes(connectionTo(tokens.host, 'ana', 'right'))).at(-1)).toEqual(['Sign in', 'registry-sign-in-strange'])
  tokens.stop()
})

test.each([
  ['nginx', 'docker.io'],
  ['shop/web:1.4', 'docker.io'],
  ['index.docker.io/shop/web', 'docker.io'],
  ['ghcr.io/shop/web:1.4', 'ghcr.io'],
  ['localhost/web', 'localhost'],
  ['registry.example.org:5000/web@sha256:0', 'registry.example.org:5000'],
])('the image %s is of the registry %s', (reference, host) => {
  expect(registryOf(reference)).toBe(host)
})

test('a registry is known by the host that a reference names, unless its connection was removed', async () => {
  const ghcr = connectionTo('ghcr.io', 'ana', 'right')
  const gone = { ...connectionTo('quay.io'), deletedAt: 2 }
  const records = { connections: { list: async () => [ghcr, gone] } as never }
  const registries = knownRegistries(records, reveal)
  const signIn = await (await registries.of('ghcr.io/shop/web:1'))?.signIn()
  expect([signIn?.user, signIn?.password.reveal()]).toEqual(['ana', 'right'])
  expect(await registries.of('quay.io/shop/web:1')).toBeNull()
  expect(await registries.of('web:1')).toBeNull()
})
