import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConnectionId } from '../../src/shared/domain/ids'
import { everything, type LogRow, type ServerOrigin } from '../../src/shared/domain/log'
import { actsOn, type Acts } from './acts'
import { importServers, openFleet, type Client, type OpenFleet } from './fleet'
import { labPlaces } from './places'

const { hosts } = labPlaces()
const [first] = hosts.map((place) => ({ place, acts: actsOn(place) }))
let fleet: OpenFleet
let client: Client
let ids: Map<string, ConnectionId>

beforeAll(async () => {
  fleet = await openFleet(hosts)
  client = fleet.client
  ids = await importServers(
    client,
    hosts.map((one) => one.name),
  )
})
afterAll(async () => {
  await fleet?.close()
  for (const place of hosts) actsOn(place).sh('rm -rf /srv/logs; true')
})

type Where = ServerOrigin extends infer O ? (O extends ServerOrigin ? Omit<O, 'connectionId'> : never) : never

/** A view over things on servers, as a page has it. */
async function openView(wanted: readonly { on: string; origin: Where }[], which: Client = client) {
  const sources = await Promise.all(
    wanted.map(({ on, origin }) => which.logs.sourceOf({ origin: { ...origin, connectionId: ids.get(on)! } })),
  )
  const { viewId } = await which.logs.open({ sources: sources.map(({ id }) => id), filter: everything })
  const rows = async () => {
    const all: LogRow[] = []
    for (;;) {
      const part = await which.logs.window({ viewId, from: all.length, count: 2000 })
      all.push(...part.rows)
      if (part.rows.length === 0 || all.length >= part.matching) return all
    }
  }
  const texts = async () => (await rows()).flatMap((row) => (row.kind === 'line' ? row.text : []))
  async function statuses() {
    for await (const batch of await which.logs.follow({ viewId })) return batch.statuses
    throw new Error('no batch came')
  }
  return { viewId, rows, texts, statuses, sources, close: () => which.logs.close({ viewId }) }
}

/** Looks again until it is so. */
async function until<T>(look: () => Promise<T>, so: (value: T) => boolean, within = 30_000): Promise<T> {
  const begun = Date.now()
  for (;;) {
    const value = await look()
    if (so(value) || Date.now() - begun > within) return value
    await sleep(200)
  }
}

const file = (path: string): Where => ({ kind: 'file', path })
const numbersIn = (texts: readonly string[]) =>
  texts.flatMap((text) => (/^n=(\d+)$/.exec(text)?.[1] ? Number(text.slice(2)) : []))
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)
const host = (acts: Acts) => ({
  sh: acts.sh,
  append: (path: string, lines: string[]) => acts.sh(`cat >> ${path}`, Buffer.from(lines.map((l) => `${l}\n`).join(''))),
})

describe('what lies on a server', () => {
  test('its containers, units and files are offered, and the whole journal', async () => {
    const found = await client.logs.discover({ connectionId: ids.get('web-1')! })
    expect(found.problems).toEqual([])
    expect(found.units[0]).toMatchObject({ words: 'the whole journal' })
    expect(found.units.map(({ source }) => source.name)).toContain('nginx@web-1')
    expect(found.files.map(({ source }) => source.name)).toContain('access.log@web-1')
  })

  test('lines of a file come as they are written, those before first', async () => {
    const { sh, append } = host(first!.acts)
    sh('mkdir -p /srv/logs; rm -f /srv/logs/*')
    append(
      '/srv/logs/a.log',
      upTo(100).map((n) => `n=${n}`),
    )
    const view = await openView([{ on: 'web-1', origin: file('/srv/logs/a.log') }])
    await until(view.texts, (texts) => texts.length >= 100)
    append(
      '/srv/logs/a.log',
      upTo(150)
        .slice(100)
        .map((n) => `n=${n}`),
    )
    const texts = await until(view.texts, (all) => all.length >= 150)
    expect(numbersIn(texts)).toEqual(upTo(150))
    await view.close()
  })

  test('a unit is followed from what it wrote before', async () => {
    const { sh } = host(first!.acts)
    sh('systemd-run --wait --quiet --unit=lab-before sh -c "for i in 1 2 3; do echo n=\\$i; done"')
    const view = await openView([{ on: 'web-1', origin: { kind: 'unit', unit: 'lab-before.service' } }])
    const texts = await until(view.texts, (all) => numbersIn(all).length >= 3)
    expect(numbersIn(texts)).toEqual([1, 2, 3])
    await view.close()
  })
})
