import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { LogThere } from '../../src/shared/api/logs'
import { everything, type LogFilter } from '../../src/shared/domain/log'
import { eventually, file, openLogs, unit, type OpenLogs, type There } from './log-view'

let logs: OpenLogs

beforeAll(async () => {
  logs = await openLogs()
})
afterAll(() => logs?.close())
beforeEach(() => void logs.on('web-1').sh('rm -rf /srv/logs; mkdir -p /srv/logs'))

/** Asks the servers themselves, to the end. */
async function search(wanted: readonly There[], filter: Partial<LogFilter>, signal?: AbortSignal): Promise<LogThere> {
  const sources = await Promise.all(
    wanted.map(({ on, origin }) => logs.client.logs.sourceOf({ origin: { ...origin, connectionId: logs.id(on) } })),
  )
  let last: LogThere | null = null
  const asked = { sources: sources.map(({ id }) => id), filter: { ...everything, ...filter }, limit: 500 }
  for await (const found of await logs.client.logs.searchServers(asked, { ...(signal && { signal }) })) last = found
  if (!last) throw new Error('nothing was told')
  return last
}

/** Three files of one log, packed and not: 40 MB, in which four lines have the word. */
const makeFiles = `
cd /srv/logs
fill() { yes "2026-11-2$1T10:00:00Z INFO GET /api/orders 200 12ms and so on, and so on, and so on" | head -n "$2"; }
fill 0 150000 > app.log.2; echo '2026-11-20T11:00:00Z ERROR the Needle of $(id) n=1' >> app.log.2; gzip app.log.2
fill 1 150000 > app.log.1; echo '2026-11-21T11:00:00Z ERROR the needle n=2' >> app.log.1; echo 'no time: NEEDLE n=3' >> app.log.1
fill 2 150000 > app.log; echo '2026-11-22T11:00:00Z WARN needle n=4' >> app.log
touch -d '2026-11-20 11:00 UTC' app.log.2.gz; touch -d '2026-11-21 11:00 UTC' app.log.1; touch -d '2026-11-22 11:00 UTC' app.log
`

test('a word is found in a file and in what was rotated from it, and only lines with it come over the link', async () => {
  const acts = logs.on('web-1')
  acts.sh(makeFiles)
  const size = Number(acts.sh('cat /srv/logs/app.log* | wc -c').trim())
  const found = await search([file('web-1', '/srv/logs/app.log')], { text: 'needle' })
  expect(found.done).toBe(true)
  expect(found.lines.map(({ text }) => text)).toEqual([
    '2026-11-22T11:00:00Z WARN needle n=4',
    '2026-11-21T11:00:00Z ERROR the needle n=2',
    '2026-11-20T11:00:00Z ERROR the Needle of $(id) n=1',
    'no time: NEEDLE n=3',
  ])
  expect(found.lines[0]).toMatchObject({ at: Date.UTC(2026, 10, 22, 11), level: 'warn', instance: '/srv/logs/app.log:150001' })
  expect(found.lines[3]).toMatchObject({ at: null, instance: '/srv/logs/app.log.1:150002' })
  const [look] = found.looks
  expect(look).toMatchObject({
    state: 'done',
    files: 3,
    readBytes: size,
    lines: 4,
    passed: 4,
    left: [],
    cut: null,
    problem: null,
  })
  // The files themselves, packed as they lie, are megabytes.
  expect(size).toBeGreaterThan(20_000_000)
  expect(look?.cameBytes).toBeLessThan(2000)
})

test('what the server cannot decide is decided here: an expression, a level, a stretch of time', async () => {
  logs.on('web-1').sh(makeFiles)
  const there = [file('web-1', '/srv/logs/app.log')]
  const texts = ({ lines }: LogThere) => lines.map(({ text }) => text.split(' ').at(-1))
  const byExpression = await search(there, { text: 'needle n=[34]$', regex: true })
  expect(texts(byExpression)).toEqual(['n=4', 'n=3'])
  expect(texts(await search(there, { text: 'needle', level: 'error' }))).toEqual(['n=2', 'n=1'])
  const range = { from: Date.UTC(2026, 10, 22), to: Date.UTC(2026, 10, 23) }
  const ranged = await search(there, { text: 'needle', range })
  expect(texts(ranged)).toEqual(['n=4'])
  expect(ranged.looks[0]).toMatchObject({ files: 1, older: 2 })
})

test('text of a person is never a command, and a name of a file neither', async () => {
  const acts = logs.on('web-1')
  const odd = `$(touch /srv/logs/ran) 'a "b" \\c; -e *`
  acts.sh(`cat > '/srv/logs/odd $(touch ran).log'`, Buffer.from(`before\n${odd} said\nafter\n`))
  const found = await search([file('web-1', '/srv/logs/odd $(touch ran).log')], { text: odd })
  expect(found.lines.map(({ text }) => text)).toEqual([`${odd} said`])
  expect(acts.sh('ls /srv/logs').trim()).toBe('odd $(touch ran).log')
})

test('the journal of a unit is searched by the server', async () => {
  logs
    .on('web-2')
    .sh(
      `systemd-run --wait --quiet --unit=lab-found sh -c 'for i in 1 2 3; do echo "plain n=$i"; echo "with a Needle (n=$i)"; done'`,
    )
  const found = await search([unit('web-2', 'lab-found.service')], { text: 'needle (N=2' })
  expect(found.looks[0]).toMatchObject({ state: 'done', problem: null })
  expect(found.lines.map(({ text }) => text)).toEqual(['with a Needle (n=2)'])
})

test('a search that is stopped ends what it began on the server', async () => {
  const acts = logs.on('web-1')
  // Sixty gigabytes, as one file under many names; nothing in it has the word.
  acts.sh(
    'cd /srv/logs; yes "a line without it" | head -c 200000000 > big-0.log; for i in $(seq 1 300); do ln big-0.log big-$i.log; done',
  )
  const stop = new AbortController()
  const running = search([file('web-1', '/srv/logs/big-*.log')], { text: 'needle' }, stop.signal).catch(() => null)
  const greps = async () => Number(acts.sh('pgrep -c -x grep; true').trim())
  expect(await eventually(greps, (count) => count > 0)).toBeGreaterThan(0)
  stop.abort()
  await running
  expect(await eventually(greps, (count) => count === 0)).toBe(0)
  expect(acts.sh('pgrep -c -x cat; true').trim()).toBe('0')
})

test('a line that never ends does not take the memory of the server: its file is named, and the others are searched', async () => {
  const acts = logs.on('web-1')
  acts.sh('truncate -s 3G /srv/logs/odd-1.log; echo needle > /srv/logs/odd-2.log')
  const found = await search([file('web-1', '/srv/logs/odd-*.log')], { text: 'needle' })
  expect(found.looks[0]).toMatchObject({ state: 'done', left: ['/srv/logs/odd-1.log'] })
  expect(found.lines.map(({ text }) => text)).toEqual(['needle'])
})

test('what cannot be searched says why, and the others are searched', async () => {
  const acts = logs.on('web-1')
  acts.sh('echo needle > /srv/logs/a.log; echo x > /srv/logs/a.log.2.zst; chmod 644 /srv/logs/*')
  const found = await search(
    [file('web-1', '/srv/logs/a.log'), { on: 'web-1', origin: { kind: 'container', container: 'app' } }],
    { text: 'needle' },
  )
  expect(found.looks[1]).toMatchObject({ state: 'failed', problem: { code: 'log-search-there' } })
  expect(found.lines).toHaveLength(1)
  await expect(search([file('web-1', '/srv/logs/a.log')], { text: 'ä' })).rejects.toMatchObject({
    data: { code: 'log-search-word' },
  })
})

test('many lines are cut off with a word, the newest of each file first', async () => {
  logs.on('web-1').sh('seq 1 5000 | sed "s/^/needle n=/" > /srv/logs/many.log')
  const found = await search([file('web-1', '/srv/logs/many.log')], { text: 'needle' })
  expect(found.looks[0]).toMatchObject({ state: 'done', cut: 'lines', lines: 1000 })
  expect(found.lines.some(({ text }) => text === 'needle n=5000')).toBe(true)
})
