import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testImage } from '../support/image'
import { allOnce, counted, eventually, file, numbersIn, openLogs, unit, type OpenLogs, type There } from './log-view'

const cuts = 50
const container: There = { on: 'web-1', origin: { kind: 'container', container: 'lab-count' } }
let logs: OpenLogs

/** Writes numbered lines to a file, to the journal and out of a container until it is told to stop; answers how many. */
async function startCounting() {
  const acts = logs.on('web-1')
  const { digest, archive } = await testImage({ version: 'count' })
  acts.sh('rm -rf /srv/logs; mkdir -p /srv/logs; docker load', archive)
  const count = 'i=0; while [ ! -f /srv/stop ]; do i=$((i+1)); echo n=$i; sleep 0.01; done'
  acts.sh('rm -f /srv/stop; touch /srv/logs/count.log')
  acts.sh(`systemd-run --quiet --unit=lab-file sh -c '${count.replace('echo n=$i', 'echo n=$i >> /srv/logs/count.log')}'`)
  acts.sh(`systemd-run --quiet --unit=lab-unit sh -c '${count}'`)
  acts.sh(`docker run -d --name lab-count -v /srv:/srv ${digest} sh -c '${count}'`)
  return async () => {
    acts.sh('touch /srv/stop')
    await sleep(1000)
    const last = (text: string) => numbersIn(text.split('\n')).at(-1) ?? 0
    return {
      file: last(acts.sh('tail -n 1 /srv/logs/count.log')),
      unit: last(acts.sh('journalctl --sync; journalctl -u lab-unit -o cat -n 20')),
      container: last(acts.sh('docker logs lab-count | tail -n 1')),
    }
  }
}

beforeAll(async () => {
  logs = await openLogs()
})
afterAll(async () => {
  logs?.on('web-1').sh('touch /srv/stop; docker rm -f lab-count >/dev/null 2>&1; true')
  await logs?.close()
})

test(`over ${cuts} links cut at random moments no line of a file, a unit or a container is lost, and none comes twice`, async () => {
  const acts = logs.on('web-1')
  const stop = await startCounting()
  const views = {
    file: await logs.view([file('web-1', '/srv/logs/count.log')]),
    unit: await logs.view([unit('web-1', 'lab-unit.service')]),
    container: await logs.view([container]),
  }
  for (const view of Object.values(views)) await eventually(view.matching, (rows) => rows > 0)
  for (let i = 0; i < cuts; i++) {
    // The server's own end of each connection of this user is gone at once.
    acts.sh('for p in $(pgrep -f "^sshd: deploy"); do kill -9 $p; done; true')
    await sleep(200 + Math.random() * 1500)
  }
  const written = await stop()
  for (const kind of ['file', 'unit', 'container'] as const) {
    const view = views[kind]
    await eventually(view.texts, (texts) => numbersIn(texts).includes(written[kind]), 60_000)
    expect({ kind, ...counted(numbersIn(await view.texts()), written[kind]) }).toEqual({ kind, ...allOnce })
    expect((await view.gaps()).filter((words) => words.startsWith('No logs from')).length).toBeGreaterThan(10)
    expect(written[kind]).toBeGreaterThan(1000)
  }
}, 240_000)
