import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { allOnce, append, counted, eventually, file, numbersIn, openLogs, unit, upTo, type OpenLogs } from './log-view'

let logs: OpenLogs

beforeAll(async () => {
  logs = await openLogs()
})
afterAll(() => logs?.close())
beforeEach(() => void logs.on('web-1').sh('rm -rf /srv/logs; mkdir -p /srv/logs'))

describe('what lies on a server', () => {
  test('its containers, units and files are offered, and the whole journal', async () => {
    const found = await logs.client.logs.discover({ connectionId: logs.id('web-1') })
    expect(found.problems).toEqual([])
    expect(found.units[0]).toMatchObject({ words: 'the whole journal' })
    expect(found.units.map(({ source }) => source.name)).toContain('nginx@web-1')
    expect(found.files.map(({ source }) => source.name)).toContain('access.log@web-1')
  })

  test('lines of a file come as they are written, those before first', async () => {
    append(logs.on('web-1'), '/srv/logs/a.log', upTo(100))
    const view = await logs.view([file('web-1', '/srv/logs/a.log')])
    await eventually(view.texts, (texts) => texts.length >= 100)
    append(logs.on('web-1'), '/srv/logs/a.log', upTo(150, 101))
    const texts = await eventually(view.texts, (all) => all.length >= 150)
    expect(numbersIn(texts)).toEqual(upTo(150))
    await view.close()
  })

  test('a unit is followed from what it wrote before, and the whole journal has it too', async () => {
    const acts = logs.on('web-1')
    acts.sh('systemd-run --wait --quiet --unit=lab-before sh -c "for i in 1 2 3; do echo n=\\$i; done"')
    const view = await logs.view([unit('web-1', 'lab-before.service')])
    expect(numbersIn(await eventually(view.texts, (all) => numbersIn(all).length >= 3))).toEqual([1, 2, 3])
    const whole = await logs.view([unit('web-1', null)])
    acts.sh('logger -t lab-words -p user.err "said to the journal"')
    const rows = await eventually(whole.rows, (all) =>
      all.some((row) => row.kind === 'line' && row.text === 'said to the journal'),
    )
    const said = rows.find((row) => row.kind === 'line' && row.text === 'said to the journal')
    expect(said).toMatchObject({ level: 'error', instance: expect.stringContaining('lab-words') })
    await Promise.all([view.close(), whole.close()])
  })
})

describe('what cannot be followed yet, or at all, is said', () => {
  test('a file that does not exist yet is followed from its first line', async () => {
    const view = await logs.view([file('web-1', '/srv/logs/later.log')])
    expect(await eventually(view.gaps, (all) => all.length > 0)).toEqual([
      '/srv/logs/later.log does not exist yet. Its lines come as soon as it does.',
    ])
    append(logs.on('web-1'), '/srv/logs/later.log', upTo(20))
    expect(numbersIn(await eventually(view.texts, (all) => all.length >= 20))).toEqual(upTo(20))
    await view.close()
  })

  test('a pattern takes in files that come later, each as an instance of its own', async () => {
    append(logs.on('web-1'), '/srv/logs/one.log', upTo(3))
    const view = await logs.view([file('web-1', '/srv/logs/*.log')])
    await eventually(view.texts, (all) => all.length >= 3)
    append(logs.on('web-1'), "'/srv/logs/two $(id) ‘x’.log'", upTo(2))
    const rows = await eventually(view.rows, (all) => all.length >= 5)
    const lines = rows.flatMap((row) => (row.kind === 'line' ? row.instance : []))
    expect(lines.filter((one) => one === '/srv/logs/one.log')).toHaveLength(3)
    expect(lines.filter((one) => one === '/srv/logs/two $(id) ‘x’.log')).toHaveLength(2)
    await view.close()
  })

  test('a folder, a pipe and a device are refused in words', async () => {
    logs.on('web-1').sh('mkfifo /srv/logs/pipe; mkdir /srv/logs/folder')
    const view = await logs.view(['/srv/logs/folder', '/srv/logs/pipe', '/dev/zero'].map((path) => file('web-1', path)))
    const statuses = await eventually(view.statuses, (all) => all.every(({ state }) => state === 'failed'))
    expect(statuses.map(({ problem }) => problem?.message)).toEqual([
      '/srv/logs/folder on web-1 is a folder, not a file that lines are written to.',
      '/srv/logs/pipe on web-1 is a pipe, not a file that lines are written to.',
      '/dev/zero on web-1 is a device, not a file that lines are written to.',
    ])
    await view.close()
  })

  test('a file that the user may not read names the way out', async () => {
    const id = logs.id('web-2')
    const form = await logs.client.connections.form({ id })
    await logs.client.connections.update({ ...form, id, root: 'user' })
    logs.on('web-2').sh('mkdir -p /srv/logs; echo x > /srv/logs/secret.log; chmod 600 /srv/logs/secret.log')
    const view = await logs.view([file('web-2', '/srv/logs/secret.log')])
    const [status] = await eventually(view.statuses, (all) => all[0]?.state === 'failed')
    expect(status?.problem).toMatchObject({ code: 'log-file-unreadable', fix: expect.stringContaining('sudo') })
    await view.close()
    await logs.client.connections.update({ ...form, id, root: 'sudo' })
  })

  test('whoever may see only what is his own of the journal is told so', async () => {
    const id = logs.id('web-3')
    const form = await logs.client.connections.form({ id })
    await logs.client.connections.update({ ...form, id, root: 'user' })
    const view = await logs.view([unit('web-3', null)])
    const said = await eventually(
      async () => [...(await view.gaps()), ...(await view.statuses()).map((one) => one.problem?.message)],
      (all) => all.some((words) => words?.includes('systemd-journal') || words?.includes('could not be read')),
    )
    expect(said.join(' ')).toMatch(/Only what deploy may see of the journal is shown|The journal of web-3 could not be read/)
    await view.close()
    await logs.client.connections.update({ ...form, id, root: 'sudo' })
  })

  test('a unit that never logged says so, and its first line comes', async () => {
    const view = await logs.view([unit('web-1', 'lab-silent.service')])
    expect(await eventually(view.gaps, (all) => all.length > 0)).toEqual([
      'lab-silent.service has written nothing to the journal so far. Its lines come as soon as it does.',
    ])
    logs.on('web-1').sh('systemd-run --wait --quiet --unit=lab-silent echo n=1')
    expect(numbersIn(await eventually(view.texts, (all) => all.length > 0))).toEqual([1])
    await view.close()
  })
})

describe('rotation', () => {
  test('renamed, made anew and packed while it is written: every line once and in order', async () => {
    const acts = logs.on('web-1')
    acts.sh('touch /srv/logs/r.log')
    const view = await logs.view([file('web-1', '/srv/logs/r.log')])
    await eventually(view.statuses, ([status]) => status?.state === 'live')
    acts.sh(
      `systemd-run --quiet --unit=lab-rotate sh -c 'i=0; while [ $i -lt 4000 ]; do i=$((i+1)); echo n=$i >> /srv/logs/r.log; case $i in *000) [ -f /srv/logs/r.log.1 ] && gzip -f /srv/logs/r.log.1 && mv /srv/logs/r.log.1.gz /srv/logs/r.log.2.gz; mv /srv/logs/r.log /srv/logs/r.log.1; sleep 0.3;; *00) sleep 0.25;; esac; done'`,
    )
    const texts = await eventually(view.texts, (all) => all.length >= 4000)
    expect(counted(numbersIn(texts), 4000)).toEqual(allOnce)
    await view.close()
  })

  test('copied and cut off: what was written before and after', async () => {
    const acts = logs.on('web-1')
    append(acts, '/srv/logs/c.log', upTo(500))
    const view = await logs.view([file('web-1', '/srv/logs/c.log')])
    await eventually(view.texts, (all) => all.length >= 500)
    acts.sh('cp /srv/logs/c.log /srv/logs/c.log.1; : > /srv/logs/c.log')
    await sleep(2500)
    append(acts, '/srv/logs/c.log', upTo(600, 501))
    expect(counted(numbersIn(await eventually(view.texts, (all) => all.length >= 600)), 600)).toEqual(allOnce)
    await view.close()
  })

  test('rotated twice and packed while the link is gone: every line once; where the past is gone, a row says from where on', async () => {
    const acts = logs.on('web-1')
    append(acts, '/srv/logs/g.log', upTo(100))
    const view = await logs.view([file('web-1', '/srv/logs/g.log')])
    await eventually(view.texts, (all) => all.length >= 100)
    acts.lose('reset')
    append(acts, '/srv/logs/g.log', upTo(200, 101))
    acts.sh(
      'mv /srv/logs/g.log /srv/logs/g.log.1; gzip /srv/logs/g.log.1; mv /srv/logs/g.log.1.gz /srv/logs/g.log.2.gz; sleep 0.05',
    )
    append(acts, '/srv/logs/g.log', upTo(300, 201))
    acts.sh('mv /srv/logs/g.log /srv/logs/g.log.1; sleep 0.05')
    append(acts, '/srv/logs/g.log', upTo(400, 301))
    await sleep(1500)
    acts.heal()
    expect(counted(numbersIn(await eventually(view.texts, (all) => all.length >= 400)), 400)).toEqual(allOnce)

    acts.lose('reset')
    append(acts, '/srv/logs/g.log', upTo(450, 401))
    acts.sh('rm /srv/logs/g.log*; sleep 1.1')
    append(acts, '/srv/logs/g.log', upTo(500, 451))
    await sleep(1000)
    acts.heal()
    const numbers = numbersIn(await eventually(view.texts, (all) => all.length >= 450))
    expect(numbers.filter((n) => n > 400)).toEqual(upTo(500, 451))
    expect((await view.gaps()).filter((words) => /rotated or cut off|another file than before/.test(words))).toHaveLength(1)
    await view.close()
  })

  test('what was rotated and packed before is there too', async () => {
    const acts = logs.on('web-1')
    append(acts, '/srv/logs/h.log', upTo(100))
    acts.sh('gzip -c /srv/logs/h.log > /srv/logs/h.log.2.gz; rm /srv/logs/h.log')
    append(acts, '/srv/logs/h.log.1', upTo(200, 101))
    append(acts, '/srv/logs/h.log', upTo(250, 201))
    acts.sh('touch -d "2 hours ago" /srv/logs/h.log.2.gz; touch -d "1 hour ago" /srv/logs/h.log.1')
    const view = await logs.view([file('web-1', '/srv/logs/h.log')])
    expect(counted(numbersIn(await eventually(view.texts, (all) => all.length >= 250)), 250)).toEqual(allOnce)
    await view.close()
  })
})

describe('nonsense', () => {
  test('invalid UTF-8, NUL, a line of 10 MiB and one without an end leave the others whole', async () => {
    const acts = logs.on('web-1')
    append(acts, '/srv/logs/x.log', [1])
    acts.sh(
      "printf 'bad \\377\\376 \\000 end\\n' >> /srv/logs/x.log; head -c 10485760 /dev/zero | tr '\\0' x >> /srv/logs/x.log; printf '\\n' >> /srv/logs/x.log",
    )
    append(acts, '/srv/logs/x.log', [2])
    const view = await logs.view([file('web-1', '/srv/logs/x.log*'), file('web-1', '/srv/logs/x.log')])
    await eventually(view.texts, (all) => all.filter((text) => text === 'n=2').length >= 2)
    acts.sh(
      "head -c 10485760 /dev/zero | tr '\\0' y >> /srv/logs/x.log; printf '\\n' >> /srv/logs/x.log; printf 'n=3\\nno end' >> /srv/logs/x.log",
    )
    const rows = await eventually(view.rows, (all) => all.filter((row) => row.kind === 'line' && row.text === 'n=3').length >= 2)
    const long = rows.filter((row) => row.kind === 'line' && row.text.startsWith('yyy'))
    expect(long).toHaveLength(2)
    for (const row of long) expect(row).toMatchObject({ cut: 10_485_760 - 65_536 })
    expect(rows.some((row) => row.kind === 'line' && row.text === 'no end')).toBe(false)
    await view.close()
  })
})
