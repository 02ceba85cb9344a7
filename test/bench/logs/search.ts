import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogs } from '../../../src/main/logs'
import type { SourcePiece } from '../../../src/main/logs/source'
import { defaultLogSettings, everything, type LogSource } from '../../../src/shared/domain/log'
import { newId, EnvironmentId, PlacementId, ServiceId, TargetId } from '../../../src/shared/domain/ids'
import { median } from '../measure'
import { against, atMost, row, type Row } from '../report'
import { has, timed } from '../ssh/site'
import { caller, ports } from './desk'
import { never } from '../../support/local'

const total = Number(process.env['SLIPWAY_BENCH_LINES'] ?? 1_000_000)
const atOnce = 5000
const rounds = 5
const words = ['INFO', 'INFO', 'INFO', 'DEBUG', 'WARN', 'ERROR']
const begun = Date.UTC(2026, 0, 1)

const lineAt = (n: number) =>
  `${new Date(begun + n * 5).toISOString()} ${words[n % 6]} web GET /api/orders/${n}?page=${n % 7} 200 ${n % 90}ms user=${(n * 2_654_435_761) % 1_000_003}`

/** Everything that a source wrote, some at a time. */
async function* written(): AsyncGenerator<SourcePiece> {
  for (let n = 0; n < total; n += atOnce) {
    const records = Array.from({ length: atOnce }, (_, i) => ({
      at: begun + (n + i) * 5,
      instance: 'web-1',
      text: lineAt(n + i),
      cut: 0,
    }))
    yield { kind: 'records', records }
  }
}

const source: LogSource = {
  id: 'bench',
  name: 'bench',
  origin: { kind: 'placement' },
  targetId: newId(TargetId),
  placementId: newId(PlacementId),
  environmentId: newId(EnvironmentId),
  serviceId: newId(ServiceId),
  colour: 0,
}

async function plainText(file: string): Promise<void> {
  const out = createWriteStream(file)
  for (let n = 0; n < total; n += atOnce) {
    const part = Array.from({ length: atOnce }, (_, i) => `${lineAt(n + i)}\n`).join('')
    if (!out.write(part)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'close')
}

async function grep(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, LC_ALL: 'C' } })
  await once(child, 'close')
}

/** lnav reads a file from its beginning each time it is started: its own index is part of what is measured. */
async function besideLnav(plain: string): Promise<Row> {
  if (!(await has('lnav'))) return row('lnav is not on this machine', 0, '')
  const ms = await timed(() => grep('lnav', ['-n', '-q', '-c', ':filter-in orders/424242\\?', plain]))
  return row(`lnav, started and asked for the rare word`, ms, 'ms')
}

/** Search of what is kept on disk, beside grep over the same lines as text and zgrep over them packed. */
export async function search(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'slw-bench-kept-'))
  const [plain, packed] = [join(folder, 'plain.log'), join(folder, 'plain.log.gz')]
  const logs = createLogs({
    ...ports,
    settings: () => ({ ...defaultLogSettings, windowMs: 0, keepBytes: 64 * 1024 ** 3, keepDays: 3650 }),
    sources: async () => [source],
    follow: () => written(),
    folder: join(folder, 'kept'),
    searcher: join(process.cwd(), 'out', 'main', 'log-search.js'),
  })
  try {
    await logs.open({ sources: ['bench'], filter: everything }, caller)
    await plainText(plain)
    await grep('gzip', ['-k', plain])
    while (logs.kept().rows + logs.kept().pruned < total) await new Promise((resolve) => setTimeout(resolve, 100))
    // What was just taken in is packed before it is measured.
    for (let before = -1; before !== logs.keptBytes(); await new Promise((resolve) => setTimeout(resolve, 3000)))
      before = logs.keptBytes()
    const rows: Row[] = []
    for (const [name, text, regex] of [
      ['a word that is rare', 'orders/424242?', false],
      ['a word in every sixth line', 'ERROR', false],
      ['an expression', 'orders/\\d*4242\\?page=[35] ', true],
    ] as const) {
      const [ours, firsts, theirs, caseless, packs]: number[][] = [[], [], [], [], []]
      const ask = async () => {
        const from = performance.now()
        let first = NaN
        for await (const found of logs.search(
          { sources: ['bench'], filter: { ...everything, text, regex }, limit: 200, buckets: 60 },
          never,
        ))
          if (Number.isNaN(first) && found.lines.length > 0) first = performance.now() - from
        firsts!.push(first)
      }
      for (let n = 0; n < rounds; n++) {
        ours!.push(await timed(ask))
        const how = regex ? 'P' : 'F'
        theirs!.push(await timed(() => grep('grep', [`-c${how}`, text, plain])))
        caseless!.push(await timed(() => grep('grep', [`-ci${how}`, text, plain])))
        packs!.push(await timed(() => grep('zgrep', [`-c${how}`, text, packed])))
      }
      const words = `search of ${total / 1e6} M kept lines: ${name}`
      const aim = { words: '≤ 1 ×', holds: (_: number, ratio: number | null) => ratio !== null && ratio <= 1 }
      rows.push(
        row(`${words}, first`, median(firsts!), 'ms', atMost(100, 'ms')),
        row(`${words}, whole, asked for the first time`, ours![0] ?? NaN, 'ms'),
        against(`${words}, whole`, median(ours!), 'grep, uncompressed', median(theirs!), 'ms', aim),
        against(`${words}, whole`, median(ours!), 'grep -i, as ours', median(caseless!), 'ms'),
        against(`${words}, whole`, median(ours!), 'zgrep', median(packs!), 'ms'),
      )
    }
    rows.push(await besideLnav(plain))
    rows.push(row(`${total / 1e6} M lines on disk`, logs.keptBytes() / 1024 ** 2, 'MiB'))
    return rows
  } finally {
    await logs.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
