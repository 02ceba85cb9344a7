import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { memoryMiB, share } from '../measure'
import { against, atMost, row, type Row } from '../report'
import { timed, type Site } from '../ssh/site'
import { caller, openDesk, windowMs, type Desk } from './desk'

const text = 'INFO web GET /api/orders/4711?page=3 200 12ms user=ana'
const spanMs = 10_000
const memoryMs = Number(process.env['SLIPWAY_BENCH_MINUTES'] ?? 1) * 60_000

/** Writes lines with their time to files, so many a second over all, until it is ended. */
const writer = `const [rate, ...files] = process.argv.slice(1); const fs = require('node:fs')
const open = files.map((one) => fs.openSync(one, 'a')); let written = 0; const begun = Date.now(); let turn = 0
setInterval(() => { const due = Math.floor((Date.now() - begun) * rate / 1000) - written; if (due < 1) return
  const each = new Array(open.length).fill(''); const now = Date.now()
  for (let i = 0; i < due; i++) { const n = turn++ % open.length; each[n] += now + ' n=' + written++ + ' ${text}\\n' }
  each.forEach((lines, n) => lines && fs.writeSync(open[n], lines)) }, 5)
process.on('SIGTERM', () => { process.stdout.write(String(written), () => process.exit(0)) })`

function startWriting(rate: number, files: readonly string[]) {
  const child = spawn(process.execPath, ['-e', writer, String(rate), ...files], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (part: Buffer) => (said += part.toString()))
  return async () => {
    child.kill()
    await once(child, 'close')
    return Number(said)
  }
}

function filesFor(site: Site, name: string, count: number): string[] {
  const folder = join(site.data, name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  const files = Array.from({ length: count }, (_, i) => join(folder, `${i}.log`))
  for (const file of files) writeFileSync(file, '')
  return files
}

/** How long after they were written lines reach a reader, in milliseconds. */
async function lateness(desk: Desk, viewId: string, ms: number): Promise<number[]> {
  const late: number[] = []
  const begun = Date.now()
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), ms)
  for await (const batch of desk.logs.follow({ viewId }, caller, stop.signal)) {
    const now = Date.now()
    for (const one of batch.rows)
      if (one.kind === 'line' && Number(one.text.slice(0, 13)) > begun) late.push(now - Number(one.text.slice(0, 13)))
    await desk.logs.ack({ viewId, batch: batch.batch }, caller)
  }
  clearTimeout(timer)
  return late
}

async function settle(desk: Desk): Promise<void> {
  for (let before = -1; before !== desk.kept(); await sleep(1500)) before = desk.kept()
}

/** Lines from servers to a reader, at one rate over so many sources. */
async function follow(site: Site, rate: number, sources: number): Promise<Row[]> {
  const servers = Math.min(sources, 10)
  const desk = await openDesk(site, filesFor(site, 'follow', sources), servers)
  const viewId = await desk.open()
  await sleep(3000)
  const stop = startWriting(rate, filesOf(site, 'follow', sources))
  await sleep(2000)
  const cpu = process.cpuUsage()
  const late = await lateness(desk, viewId, spanMs)
  const used = process.cpuUsage(cpu)
  const written = await stop()
  await settle(desk)
  const kept = desk.kept()
  await desk.close()
  const what = `${rate / 1000}k lines/s, ${sources} ${sources === 1 ? 'file' : 'files'} on ${servers} ${servers === 1 ? 'server' : 'servers'}`
  return [
    row(`${what}: lines lost or twice`, Math.abs(written - kept), '', atMost(0, '')),
    row(`${what}: written → reader, p50`, share(late, 0.5), 'ms'),
    row(`${what}: written → reader, p99`, share(late, 0.99), 'ms', atMost(windowMs + 150, 'ms')),
    row(`${what}: this process`, (used.user + used.system) / 1000 / (spanMs / 100), '% of a core'),
  ]
}

const filesOf = (site: Site, name: string, count: number) =>
  Array.from({ length: count }, (_, i) => join(site.data, name, `${i}.log`))

export async function latency(site: Site): Promise<Row[]> {
  const rows: Row[] = []
  for (const [rate, sources] of [
    [1000, 1],
    [1000, 50],
    [10_000, 1],
    [10_000, 10],
    [10_000, 50],
    [50_000, 10],
    [50_000, 50],
  ] as const)
    rows.push(...(await follow(site, rate, sources)))
  return rows
}

/** A million lines that are written at once, to ten servers' files: until all are merged and kept. Beside it: the same bytes by `ssh` to nowhere. */
export async function burst(site: Site): Promise<Row[]> {
  const [count, servers] = [1_000_000, 10]
  const files = filesFor(site, 'burst', servers)
  const desk = await openDesk(site, files, servers)
  await desk.open()
  await sleep(3000)
  const now = Date.now()
  const texts = files.map((_, n) =>
    Array.from({ length: count / servers }, (_, i) => `${now} n=${i * servers + n} ${text}\n`).join(''),
  )
  const ours = await timed(async () => {
    for (const [n, file] of files.entries()) writeFileSync(file, texts[n] ?? '', { flag: 'a' })
    while (desk.kept() < count) await sleep(20)
  })
  await settle(desk)
  const wrong = desk.kept() - count
  await desk.close()
  const theirs = await timed(() =>
    Promise.all(
      files.map(async (file, n) => {
        const child = spawn('ssh', ['-F', site.config, site.hosts[n]!, 'cat', file], { stdio: ['ignore', 'pipe', 'inherit'] })
        child.stdout.resume()
        await once(child, 'close')
      }),
    ),
  )
  const each = (ms: number) => count / (ms / 1000)
  return [
    against(
      'a burst of 1 M lines from 10 servers, merged and kept',
      each(ours),
      'ssh × 10 cat, to nowhere',
      each(theirs),
      'lines/s',
    ),
    row('a burst of 1 M lines: lines lost or twice', Math.abs(wrong), '', atMost(0, '')),
  ]
}

/** What this process holds after a while at 20k lines a second. */
export async function memory(site: Site): Promise<Row[]> {
  const desk = await openDesk(site, filesFor(site, 'memory', 10), 10)
  const before = memoryMiB(process.pid)
  await desk.open()
  await sleep(3000)
  const stop = startWriting(20_000, filesOf(site, 'memory', 10))
  await sleep(memoryMs)
  const after = memoryMiB(process.pid)
  const written = await stop()
  await settle(desk)
  const wrong = written - desk.kept()
  await desk.close()
  const what = `20k lines/s for ${memoryMs / 60_000} min`
  return [
    row(`${what}: lines lost or twice`, Math.abs(wrong), `of ${written}`, atMost(0, `of ${written}`)),
    row(`${what}: memory before`, before, 'MiB'),
    row(`${what}: memory after, with ${Math.round(written / 1000)}k lines kept`, after, 'MiB'),
  ]
}

/** 50 quiet files on one server: what following them costs here, and what it costs there. */
export async function quiet(site: Site): Promise<Row[]> {
  const desk = await openDesk(site, filesFor(site, 'quiet', 50), 1)
  await desk.open()
  await sleep(5000)
  const cpu = process.cpuUsage()
  await sleep(spanMs)
  const used = process.cpuUsage(cpu)
  await desk.close()
  return [
    row(
      '50 quiet files: this process',
      (used.user + used.system) / 1000 / (spanMs / 100),
      '% of a core',
      atMost(1, '% of a core'),
    ),
  ]
}
