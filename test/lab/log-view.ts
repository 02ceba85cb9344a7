import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectionId } from '../../src/shared/domain/ids'
import { defaultLogSettings, everything, type LogRow, type ServerOrigin, type SourceStatus } from '../../src/shared/domain/log'
import { actsOn, type Acts } from './acts'
import { importServers, openFleet, type Client } from './fleet'
import { labPlaces } from './places'

type Without<O> = O extends ServerOrigin ? Omit<O, 'connectionId'> : never
/** Something on a server, by the server's name. */
export interface There {
  on: string
  origin: Without<ServerOrigin>
}

/** An app over the lab's hosts, and hands on each. */
export async function openLogs() {
  const { hosts } = labPlaces()
  const fleet = await openFleet(hosts)
  let { client } = fleet
  const ids = await importServers(
    client,
    hosts.map((one) => one.name),
  )
  await client.logs.saveSettings({ ...defaultLogSettings, windowMs: 300 })
  const hands = new Map(hosts.map((place) => [place.name, actsOn(place)]))
  return {
    get client() {
      return client
    },
    /** Ends the app and starts it again on the same data. */
    async reopen() {
      client = await fleet.again()
    },
    id: (name: string): ConnectionId => ids.get(name)!,
    on: (name: string): Acts => hands.get(name)!,
    view: (wanted: readonly There[]) => openView(client, ids, wanted),
    async close() {
      await fleet.close()
      for (const acts of hands.values()) {
        acts.heal()
        acts.sh('systemctl stop "lab-*" 2>/dev/null; systemctl reset-failed 2>/dev/null; rm -rf /srv/logs; true')
      }
    },
  }
}
export type OpenLogs = Awaited<ReturnType<typeof openLogs>>

/** A view over things on servers, as a page has it. */
async function openView(client: Client, ids: ReadonlyMap<string, ConnectionId>, wanted: readonly There[]) {
  const sources = await Promise.all(
    wanted.map(({ on, origin }) => client.logs.sourceOf({ origin: { ...origin, connectionId: ids.get(on)! } })),
  )
  const { viewId } = await client.logs.open({ sources: sources.map(({ id }) => id), filter: everything })
  async function rows() {
    const all: LogRow[] = []
    for (;;) {
      const part = await client.logs.window({ viewId, from: all.length, count: 2000 })
      all.push(...part.rows)
      if (part.rows.length === 0 || all.length >= part.matching) return all
    }
  }
  return {
    sources,
    rows,
    texts: async () => (await rows()).flatMap((row) => (row.kind === 'line' ? row.text : [])),
    gaps: async () => (await rows()).flatMap((row) => (row.kind === 'gap' ? row.words : [])),
    matching: async () => (await client.logs.window({ viewId, from: 0, count: 1 })).matching,
    async statuses(): Promise<SourceStatus[]> {
      for await (const batch of await client.logs.follow({ viewId })) return batch.statuses
      throw new Error('no batch came')
    },
    close: () => client.logs.close({ viewId }),
  }
}

/** Looks again until it is so, or time is up: then what there is. */
export async function eventually<T>(look: () => Promise<T>, so: (value: T) => boolean, within = 30_000): Promise<T> {
  const begun = Date.now()
  for (;;) {
    const value = await look()
    if (so(value) || Date.now() - begun > within) return value
    await sleep(200)
  }
}

/** The numbers of the lines `n=1`, `n=2` … in the order in which they are shown. */
export const numbersIn = (texts: readonly string[]) =>
  texts.flatMap((text) => {
    const number = /(?:^| )n=(\d+)$/.exec(text)?.[1]
    return number === undefined ? [] : Number(number)
  })

/** What is wrong with numbers that were to come from 1 to `last`, once each. */
export function counted(numbers: readonly number[], last: number) {
  const times = new Map<number, number>()
  for (const number of numbers) times.set(number, (times.get(number) ?? 0) + 1)
  return {
    missing: Array.from({ length: last }, (_, i) => i + 1).filter((number) => !times.has(number)).length,
    twice: [...times.values()].filter((n) => n > 1).length,
    outOfOrder: numbers.filter((number, i) => i > 0 && number < (numbers[i - 1] ?? 0)).length,
  }
}
export const allOnce = { missing: 0, twice: 0, outOfOrder: 0 }

export const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i)
export const file = (on: string, path: string): There => ({ on, origin: { kind: 'file', path } })
export const unit = (on: string, name: string | null): There => ({ on, origin: { kind: 'unit', unit: name } })

/** Appends numbered lines to a file. */
export function append(acts: Acts, path: string, numbers: readonly number[]): void {
  acts.sh(`mkdir -p /srv/logs; cat >> ${path}`, Buffer.from(numbers.map((n) => `n=${n}\n`).join('')))
}
