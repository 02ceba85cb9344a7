// The demo's worker: does jobs, and looks at the shop's page where WEB_URL names it. Plain Node, no dependencies.
import { readFileSync } from 'node:fs'

const { behaviour } = JSON.parse(readFileSync(new URL('./release.json', import.meta.url), 'utf8'))
const { WEB_URL: web, SLIPWAY_RELEASE: release = 'unknown', SLIPWAY_ENVIRONMENT: environment = 'local' } = process.env
const jobs = ['send-receipt', 'resize-image', 'rebuild-index', 'expire-baskets']
let number = 0

const say = (level, msg, more = {}) => console.log(JSON.stringify({ time: new Date().toISOString(), level, msg, ...more }))
const line = (level, words) => console.log(`${new Date().toISOString()} ${level.toUpperCase().padEnd(5)} ${words}`)

async function visit() {
  const begun = performance.now()
  try {
    const response = await fetch(web, { signal: AbortSignal.timeout(3000) })
    await response.arrayBuffer()
    line(response.ok ? 'info' : 'warn', `visited ${web} ${response.status} in ${(performance.now() - begun).toFixed(0)}ms`)
  } catch (error) {
    line('warn', `could not visit ${web}: ${error.cause?.code ?? error.message}`)
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
const timer = setInterval(() => {
  work()
  if (web) void visit()
}, 1000)

if (behaviour === 'crash') {
  setTimeout(() => {
    console.error(`${new Date().toISOString()} FATAL Reached the memory limit`)
    process.exit(3)
  }, 5000)
}

process.on('SIGTERM', () => {
  clearInterval(timer)
  line('info', 'worker ends')
  process.exit(0)
})
