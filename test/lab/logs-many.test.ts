import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testImage } from '../support/image'
import { allOnce, append, counted, eventually, file, numbersIn, openLogs, unit, upTo, type OpenLogs } from './log-view'

let logs: OpenLogs

beforeAll(async () => {
  logs = await openLogs()
})
afterAll(async () => {
  logs?.on('web-1').sh('docker rm -f lab-replaced >/dev/null 2>&1; true')
  await logs?.close()
})

test('200 sources on three servers: every line once and in order, and the many files take one channel a server', async () => {
  const names = ['web-1', 'web-2', 'web-3']
  const wanted = upTo(200).map((n) => file(names[n % 3]!, `/srv/logs/many-${n}.log`))
  for (const name of names) logs.on(name).sh('mkdir -p /srv/logs; for n in $(seq 1 200); do : > /srv/logs/many-$n.log; done')
  const view = await logs.view(wanted)
  await eventually(view.statuses, (all) => all.every(({ state }) => state === 'live'))
  const each = 50
  for (const name of names) {
    logs
      .on(name)
      .sh(`for i in $(seq 1 ${each}); do for n in $(seq 1 200); do echo "n=$i" >> /srv/logs/many-$n.log; done; sleep 0.05; done`)
  }
  const rows = await eventually(view.rows, (all) => all.length >= 200 * each, 60_000)
  const texts = new Map<string, string[]>()
  for (const row of rows) if (row.kind === 'line') texts.set(row.source, [...(texts.get(row.source) ?? []), row.text])
  expect(texts.size).toBe(200)
  for (const lines of texts.values()) expect(counted(numbersIn(lines), each)).toEqual(allOnce)
  const readers = logs.on('web-1').sh('pgrep -c -x tail; true').trim()
  expect(Number(readers)).toBeLessThanOrEqual(1)
  await view.close()
}, 180_000)

test('while a host is frozen its lines wait, and come once it goes on', async () => {
  const acts = logs.on('web-2')
  append(acts, '/srv/logs/frozen.log', upTo(10))
  const view = await logs.view([file('web-2', '/srv/logs/frozen.log')])
  await eventually(view.texts, (all) => all.length >= 10)
  acts.sh(
    "systemd-run --quiet --unit=lab-frozen sh -c 'i=10; while [ $i -lt 510 ]; do i=$((i+1)); echo n=$i >> /srv/logs/frozen.log; sleep 0.01; done'",
  )
  acts.freeze()
  try {
    await sleep(6000)
  } finally {
    acts.thaw()
  }
  expect(counted(numbersIn(await eventually(view.texts, (all) => all.length >= 510, 60_000)), 510)).toEqual(allOnce)
  await view.close()
})

test('a container that is replaced goes on under its name, and what the former one wrote stays', async () => {
  const acts = logs.on('web-1')
  const { digest, archive } = await testImage({ version: 'replaced' })
  acts.sh('docker load', archive)
  const run = (from: number, to: number) =>
    acts.sh(
      `docker run -d --name lab-replaced ${digest} sh -c 'i=${from}; while [ $i -le ${to} ]; do echo n=$i; i=$((i+1)); done; sleep 60'`,
    )
  run(1, 500)
  const view = await logs.view([{ on: 'web-1', origin: { kind: 'container', container: 'lab-replaced' } }])
  await eventually(view.texts, (all) => all.length >= 500)
  acts.sh('docker rm -f lab-replaced')
  run(501, 1000)
  expect(counted(numbersIn(await eventually(view.texts, (all) => all.length >= 1000)), 1000)).toEqual(allOnce)
  await view.close()
})

test('clocks that are 90 s off, either way, are measured; lines are put right where that is asked for', async () => {
  const off = { 'web-1': 90, 'web-2': -90, 'web-3': 0 }
  const names = Object.keys(off) as (keyof typeof off)[]
  // The containers share one clock: what tells the time there is another program.
  const shifted = (name: keyof typeof off) => logs.on(name).sh(`date -u -d "+${off[name]} seconds" +%Y-%m-%dT%H:%M:%S.%NZ`).trim()
  for (const name of names) {
    const program = `#!/bin/sh
for a; do case $a in *%s*) exec /bin/date -d "@$(($(/bin/date +%s) + ${off[name]})).$(/bin/date +%N)" "$a";; esac; done
exec /bin/date "$@"
`
    const place = 'mkdir -p /srv/logs; : > /srv/logs/skew.log; cat > /usr/local/bin/date; chmod 755 /usr/local/bin/date'
    logs.on(name).sh(place, Buffer.from(program))
  }
  try {
    const before = await logs.client.logs.settings()
    await logs.client.logs.saveSettings({ ...before, correctSkew: true })
    await logs.reopen()
    const view = await logs.view(names.map((name) => file(name, '/srv/logs/skew.log')))
    await eventually(view.statuses, (all) => all.every(({ state }) => state === 'live'))
    const statuses = await view.statuses()
    for (const [i, name] of names.entries()) expect(Math.abs((statuses[i]?.skewMs ?? NaN) - off[name] * 1000)).toBeLessThan(1000)
    for (const n of upTo(9)) {
      const name = names[n % 3]!
      logs.on(name).sh(`echo "${shifted(name)} INFO n=${n}" >> /srv/logs/skew.log`)
      await sleep(400)
    }
    const texts = await eventually(view.texts, (all) => all.length >= 9)
    expect(numbersIn(texts)).toEqual(upTo(9))
    await view.close()
  } finally {
    for (const name of names) logs.on(name).sh('rm -f /usr/local/bin/date')
  }
})

test('the zone of a host is known, whatever it is', async () => {
  const acts = logs.on('web-2')
  acts.sh(
    'mkdir -p /srv/logs; : > /srv/logs/zone.log; cat > /usr/local/bin/date; chmod 755 /usr/local/bin/date',
    Buffer.from('#!/bin/sh\nexport TZ=XST-5:30\nexec /bin/date "$@"\n'),
  )
  logs.on('web-3').sh('mkdir -p /srv/logs; : > /srv/logs/zone.log')
  try {
    await logs.reopen()
    const view = await logs.view([file('web-2', '/srv/logs/zone.log'), file('web-3', '/srv/logs/zone.log')])
    const zones = await eventually(
      async () => (await view.statuses()).map(({ zone }) => zone),
      (all) => all.every((zone) => zone !== null),
    )
    expect(zones).toEqual([
      { eastMs: 19_800_000, name: 'XST' },
      { eastMs: 0, name: 'UTC' },
    ])
    await view.close()
  } finally {
    acts.sh('rm -f /usr/local/bin/date')
  }
})

test('many units of one server take one journalctl', async () => {
  const acts = logs.on('web-3')
  const units = upTo(12).map((n) => `lab-u${n}.service`)
  const view = await logs.view(units.map((name) => unit('web-3', name)))
  await eventually(view.statuses, (all) => all.every(({ state }) => state === 'live'))
  acts.sh(`for n in $(seq 1 12); do systemd-run --quiet --unit=lab-u$n sh -c 'for i in $(seq 1 20); do echo n=$i; done'; done`)
  const rows = await eventually(
    view.rows,
    (all) => all.filter((row) => row.kind === 'line' && row.text.startsWith('n=')).length >= 240,
  )
  for (const { id } of view.sources) {
    const lines = rows.flatMap((row) => (row.kind === 'line' && row.source === id ? row.text : []))
    expect(counted(numbersIn(lines), 20)).toEqual(allOnce)
  }
  expect(Number(acts.sh('pgrep -c -x journalctl; true').trim())).toBeLessThanOrEqual(1)
  await view.close()
})
