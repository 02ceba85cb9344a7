import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canary, webServer } from './web-server'

type Web = Awaited<ReturnType<typeof webServer>>
let web: Web
beforeAll(async () => void (web = await webServer()))
afterAll(() => web[Symbol.asyncDispose]())

/** Speaks to the server in bytes, as no browser would refuse to. Answers all that came back. */
function raw(text: string, host = '127.0.0.1'): Promise<string> {
  return new Promise((resolve) => {
    let got = ''
    const socket = connect({ host, port: web.server.port })
    socket.setEncoding('utf8')
    socket.on('data', (part: string) => (got += part))
    socket.on('error', () => resolve(got))
    socket.on('close', () => resolve(got))
    socket.setTimeout(1500, () => socket.destroy())
    socket.on('connect', () => socket.end(text))
  })
}

interface Attack {
  method?: string
  path?: string
  headers?: Record<string, string | null>
  body?: string
}

const own = () => `127.0.0.1:${web.server.port}`

function request({ method = 'GET', path = '/', headers = {}, body = '' }: Attack): string {
  const all: Record<string, string | null> = {
    Host: own(),
    Connection: 'close',
    ...(body ? { 'Content-Length': String(Buffer.byteLength(body)) } : {}),
    ...headers,
  }
  const lines = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]))
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}

const upgrade = (headers: Record<string, string | null>, path = '/api') =>
  request({
    path,
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      Cookie: web.cookie,
      Origin: web.origin,
      ...headers,
    },
  })

const offer = (headers: Record<string, string | null>, body = JSON.stringify({ code: web.freshCode() })) =>
  request({
    method: 'POST',
    path: '/session',
    headers: { Origin: web.origin, 'Content-Type': 'application/json', 'X-Slipway': '1', ...headers },
    body,
  })

const foreignHosts = [
  'evil.com',
  'localhost',
  '0.0.0.0',
  '[::1]',
  '127.0.0.1',
  '127.0.0.1.nip.io',
  '127.1:80',
  '2130706433',
  '127.0.0.1:1',
  'evil.com:80',
  '127.0.0.1@evil.com',
]
const foreignOrigins = [
  'http://evil.com',
  'null',
  'https://127.0.0.1',
  'http://localhost',
  'http://127.0.0.1',
  'http://127.0.0.1:1',
  'file://',
  'http://127.0.0.1.evil.com',
  'chrome-extension://abc',
  'app://ui',
]
const escapes = [
  '/..%2f..%2fetc/passwd',
  '/../secret.txt',
  '/%2e%2e/secret.txt',
  '/assets/../../secret.txt',
  '/..\\secret.txt',
  '/%5c..%5csecret.txt',
  '//etc/passwd',
  '/assets//index-Ab12Cd34.js',
  '/./index.html',
  '/index.html%00.js',
  '/%2e/index.html',
  '/assets/%2e%2e%2f%2e%2e%2fsecret.txt',
  'http://evil.com/',
  '/file:///etc/passwd',
  '/..;/secret.txt',
  '/secret.txt',
  '/assets',
  '/assets/',
  '/.git/config',
]

/** Each attack with what must come of it: the statuses that are a refusal. */
const attacks = (): [name: string, message: string, refusals: number[]][] => [
  ...foreignHosts.map((host): [string, string, number[]] => [
    `the page under the name ${host}`,
    request({ headers: { Host: host } }),
    [421],
  ]),
  ['the page under no name', request({ headers: { Host: null } }), [400, 421]],
  ['the page under two names', `GET / HTTP/1.1\r\nHost: ${own()}\r\nHost: evil.com\r\nConnection: close\r\n\r\n`, [400, 421]],
  ...foreignHosts
    .slice(0, 6)
    .map((host): [string, string, number[]] => [`a socket under the name ${host}`, upgrade({ Host: host }), [403]]),
  ...foreignOrigins.map((origin): [string, string, number[]] => [`a socket from ${origin}`, upgrade({ Origin: origin }), [403]]),
  ['a socket from no origin', upgrade({ Origin: null }), [403]],
  ['a socket without a session', upgrade({ Cookie: null }), [403]],
  ['a socket with an invented session', upgrade({ Cookie: `slipway-${web.server.port}=${'A'.repeat(43)}` }), [403]],
  ['a socket with an empty session', upgrade({ Cookie: `slipway-${web.server.port}=` }), [403]],
  ['a socket with two sessions', upgrade({ Cookie: `slipway-${web.server.port}=x; ${web.cookie}` }), [403]],
  ['a socket with a code for a session', upgrade({ Cookie: `slipway-${web.server.port}=${web.freshCode()}` }), [403]],
  ['a socket with the session in the address', upgrade({ Cookie: null }, `/api?${web.cookie}`), [403]],
  ['a socket at another path', upgrade({}, '/api/'), [403]],
  ['a socket from another port of this computer', upgrade({ 'Sec-Fetch-Site': 'same-site' }), [403]],
  ['a socket that a browser says is cross-site', upgrade({ 'Sec-Fetch-Site': 'cross-site' }), [403]],
  ['a socket with an old protocol', upgrade({ 'Sec-WebSocket-Version': '1' }), [400, 426]],
  ...foreignOrigins.map((origin): [string, string, number[]] => [
    `a code brought from ${origin}`,
    offer({ Origin: origin }),
    [403],
  ]),
  ['a code brought from no origin', offer({ Origin: null }), [403]],
  ['a code brought under another name', offer({ Host: 'evil.com' }), [421]],
  ['a code in a form', offer({ 'Content-Type': 'application/x-www-form-urlencoded' }), [403]],
  ['a code as plain text', offer({ 'Content-Type': 'text/plain' }), [403]],
  ['a code in a multipart form', offer({ 'Content-Type': 'multipart/form-data; boundary=x' }), [403]],
  ['a code without the custom header', offer({ 'X-Slipway': null }), [403]],
  ['a code in a cross-site request', offer({ 'Sec-Fetch-Site': 'cross-site' }), [403]],
  ['a code from another port of this computer', offer({ 'Sec-Fetch-Site': 'same-site' }), [403]],
  ['a code by GET', request({ path: `/session?code=${web.freshCode()}` }), [405]],
  [
    'a code in the address',
    request({
      method: 'POST',
      path: `/session?code=${web.freshCode()}`,
      headers: { Origin: web.origin, 'X-Slipway': '1', 'Content-Type': 'application/json' },
      body: '{}',
    }),
    [403],
  ],
  ['a code that is no text', offer({}, '{"code":["x"]}'), [403]],
  ['a code with a prototype', offer({}, '{"__proto__":{"code":"x"}}'), [403]],
  ['a body that is no JSON', offer({}, '{'), [403]],
  ['a body of a megabyte', offer({}, JSON.stringify({ code: 'x'.repeat(1_000_000) })), [403]],
  [
    'a preflight from another site',
    request({
      method: 'OPTIONS',
      path: '/session',
      headers: {
        Origin: 'http://evil.com',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'x-slipway',
      },
    }),
    [405],
  ],
  [
    'ending a session from another site',
    request({ method: 'DELETE', path: '/session', headers: { Origin: 'http://evil.com', 'X-Slipway': '1', Cookie: web.cookie } }),
    [403],
  ],
  [
    'ending a session without the header',
    request({ method: 'DELETE', path: '/session', headers: { Origin: web.origin, Cookie: web.cookie } }),
    [403],
  ],
  ...escapes.map((path): [string, string, number[]] => [`the path ${path}`, request({ path }), [400, 404]]),
  [
    'the page inside an iframe of another site',
    request({ headers: { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' } }),
    [403],
  ],
  [
    'a script tag on another site',
    request({
      path: '/assets/index-Ab12Cd34.js',
      headers: { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'script' },
    }),
    [403],
  ],
  [
    'an image tag on another site',
    request({ headers: { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' } }),
    [403],
  ],
  ...['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'].map((method): [string, string, number[]] => [
    `${method} on the page`,
    request({ method }),
    [405],
  ]),
  ['a CONNECT', request({ method: 'CONNECT', path: 'evil.com:443' }), [0]],
  [
    'the calls by POST',
    request({
      method: 'POST',
      path: '/api/host/quit',
      headers: { Cookie: web.cookie, Origin: web.origin, 'Content-Type': 'application/json' },
      body: '{"json":{"mode":"leave"}}',
    }),
    [405],
  ],
  ['the calls by GET', request({ path: '/api', headers: { Cookie: web.cookie } }), [404]],
  ['a header that never ends', `GET / HTTP/1.1\r\nHost: ${own()}\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`, [431]],
  [
    'two requests in one',
    `POST /session HTTP/1.1\r\nHost: ${own()}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n`,
    [400],
  ],
  ['no HTTP at all', '\u0016\u0003\u0001\u0002\u0000', [400, 0]],
]

/** What an answer has in it when an attack was worth it. */
const gains = /set-cookie|<title>|access-control-allow|101 Switching/i

const statusOf = (answer: string) => Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 0)

describe('the loopback host', () => {
  test('L1 none of at least sixty attacks reads or changes anything', { timeout: 60_000 }, async () => {
    const all = attacks()
    expect(all.length).toBeGreaterThanOrEqual(60)
    const answers = await Promise.all(
      all.map(async ([name, message, refusals]) => ({ name, refusals, answer: await raw(message) })),
    )
    const gotIn = answers.filter(
      ({ refusals, answer }) => !refusals.includes(statusOf(answer)) || gains.test(answer) || answer.includes(canary),
    )
    expect(gotIn.map(({ name, answer }) => `${name}: ${answer.slice(0, 200)}`)).toEqual([])
    expect(web.seen.effects).toEqual([])
    expect(web.seen.clients.size).toBe(0)
    expect(await raw(upgrade({}))).toMatch(/^HTTP\/1\.1 101 /)
  })

  test('L1 another name gets an empty body', async () => {
    const answer = await raw(request({ headers: { Host: 'evil.com' } }))
    expect(answer.split('\r\n\r\n')[1]).toBe('')
    expect(answer.toLowerCase()).not.toContain('slipway')
  })

  test('L1 it cannot be reached from another address of this computer', async () => {
    const outside = Object.values(networkInterfaces()).flatMap((addresses) =>
      (addresses ?? []).filter((address) => !address.internal && address.family === 'IPv4').map((address) => address.address),
    )
    const answers = await Promise.all(['::1', ...outside].map((address) => raw(request({}), address)))
    expect(answers.filter((answer) => answer !== '')).toEqual([])
  })

  test('the page comes with headers that confine it', async () => {
    const answer = await fetch(`${web.origin}/`)
    expect(answer.status).toBe(200)
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'; script-src 'self'")
    expect(policy).toContain("require-trusted-types-for 'script'")
    expect(policy).not.toContain('unsafe')
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    })
    const asset = await fetch(`${web.origin}/assets/index-Ab12Cd34.js`)
    expect(asset.headers.get('cache-control')).toContain('immutable')
    expect((await fetch(`${web.origin}/`, { method: 'HEAD' })).status).toBe(200)
  })
})
