// The demo shop: a page, a health answer and a log line per request. Plain Node, no dependencies.
import { readFileSync } from 'node:fs'
import http from 'node:http'

const { colour, note, behaviour } = JSON.parse(readFileSync(new URL('./release.json', import.meta.url), 'utf8'))
const { PORT = '3000', SLIPWAY_RELEASE: release = 'unknown', SLIPWAY_ENVIRONMENT: environment = 'local', SLIPWAY_INSTANCE: instance = 'web' } = process.env

const log = (level, words, more = {}) => {
  const fields = Object.entries(more).map(([key, value]) => ` ${key}=${value}`).join('')
  console.log(`${new Date().toISOString()} ${level.toUpperCase().padEnd(5)} ${words}${fields}`)
}

const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

const page = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Shop ${escaped(release)}</title>
<body style="margin:0;font:18px system-ui;background:${colour};color:#fff;display:grid;place-items:center;min-height:100vh">
<main style="text-align:center"><h1>The shop, ${escaped(release)}</h1><p>${escaped(note)}</p><p><small>${escaped(environment)} · ${escaped(instance)}</small></p></main></body></html>
`

let served = 0

function answer(path) {
  if (path === '/health') {
    if (behaviour === 'bad') return [500, 'application/json', JSON.stringify({ ok: false, why: 'no connection to the database' })]
    return [200, 'application/json', JSON.stringify({ ok: true, release })]
  }
  if (path === '/' || path === '/basket') return [200, 'text/html; charset=utf-8', page]
  if (path === '/api/items') return [200, 'application/json', JSON.stringify([{ id: 1, name: 'Tea' }, { id: 2, name: 'Rope' }])]
  return [404, 'text/plain; charset=utf-8', 'There is no such page.\n']
}

const server = http.createServer((request, response) => {
  const begun = performance.now()
  const path = (request.url ?? '/').split('?')[0]
  const [status, type, body] = answer(path)
  request.resume()
  response.writeHead(status, { 'content-type': type, 'x-slipway-release': release })
  response.end(body)
  if (path === '/health' && status === 200) return
  served += 1
  const took = `${(performance.now() - begun).toFixed(1)}ms`
  if (status >= 500) log('error', `${request.method} ${path} ${status}`, { took, why: 'ECONNREFUSED 127.0.0.1:5432' })
  else log('info', `${request.method} ${path} ${status}`, { took, bytes: Buffer.byteLength(body) })
})

server.listen(Number(PORT), '127.0.0.1', () => log('info', 'listening', { port: PORT, release, environment }))
server.on('error', (error) => {
  log('fatal', `cannot listen: ${error.message}`)
  process.exit(1)
})

const beat = setInterval(() => console.log(JSON.stringify({ time: Date.now(), level: 'debug', msg: 'still here', served, rss: process.memoryUsage().rss })), 10_000)

if (behaviour === 'crash') {
  setTimeout(() => {
    console.error(`${new Date().toISOString()} FATAL Reached the memory limit\nError: Cannot grow the cache\n    at Cache.grow (server.mjs:41:11)\n    at Timeout.fill (server.mjs:57:9)`)
    process.exit(3)
  }, 5000)
}

process.on('SIGTERM', () => {
  log('info', 'stopping, no new requests')
  clearInterval(beat)
  server.close(() => process.exit(0))
  server.closeIdleConnections()
})
