// The demo's worker: does jobs, and looks at the shop's page where WEB_URL names it. Plain Node, no dependencies.
import { readFileSync } from 'node:fs'
import http from 'node:http'

const { behaviour } = JSON.parse(readFileSync(new URL('./release.json', import.meta.url), 'utf8'))
const { WEB_URL: web, SLIPWAY_RELEASE: release = 'unknown', SLIPWAY_ENVIRONMENT: environment = 'local', PORT = '0' } = process.env
const jobs = ['send-receipt', 'resize-image', 'rebuild-index', 'expire-baskets']
let number = 0

const say = (level, msg, more = {}) => console.log(JSON.stringify({ time: new Date().toISOString(), level, msg, ...more }))
const line = (level, words) => console.log(`${new Date().toISOString()} ${level.toUpperCase().padEnd(5)} ${words}`)

const paths = ['/', '/', '/basket', '/api/items', '/api/items', '/old-sale']

async function visit() {
  const begun = performance.now()
  const path = paths[Math.floor(Math.random() * Math.random() * paths.length)]
  try {
    const response = await fetch(new URL(path, web), { signal: AbortSignal.timeout(3000) })
    await response.arrayBuffer()
    if (!response.ok) line('warn', `visited ${path} ${response.status} in ${(performance.now() - begun).toFixed(0)}ms`)
  } catch (error) {
    line('warn', `could not visit ${path}: ${error.cause?.code ?? error.message}`)
  }
}

function work() {
  number += 1
  const job = jobs[number % jobs.length]
  if (number % 40 === 0) {
    console.error(`${new Date().toISOString()} ERROR job ${job} #${number} failed, it is tried again\nError: The image is empty\n    at resize (worker.mjs:38:11)\n    at work (worker.mjs:52:5)\n    at process.processTimers (node:internal/timers:521:7)`)
  } else if (number % 3 === 0) say('info', `${job} done`, { job: number, ms: 20 + ((number * 37) % 180) })
  else line(number % 17 === 0 ? 'warn' : 'info', `${job} #${number} done${number % 17 === 0 ? ', but it was slow' : ''}`)
}

line('info', `worker ${release} begins in ${environment}`)
const timer = setInterval(work, 1000)

// Customers come as they like: now and then, sometimes several at once.
let visiting
function customer() {
  void visit()
  visiting = setTimeout(customer, 80 + 600 * Math.random() * (1.4 + Math.sin(Date.now() / 20_000)))
}
if (web) customer()

// It has no visitors of its own, but it answers whether it is well.
const health = http.createServer((request, response) => {
  request.resume()
  response.writeHead(request.url === '/health' ? 200 : 404, { 'content-type': 'application/json', 'x-slipway-release': release })
  response.end(JSON.stringify({ ok: true, release }))
})
health.listen(Number(PORT), '127.0.0.1')

if (behaviour === 'crash') {
  setTimeout(() => {
    console.error(`${new Date().toISOString()} FATAL Reached the memory limit`)
    process.exit(3)
  }, 5000)
}

process.on('SIGTERM', () => {
  clearInterval(timer)
  clearTimeout(visiting)
  line('info', 'worker ends')
  process.exit(0)
})
