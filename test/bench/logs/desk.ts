import { createLogs, type LogPorts } from '../../../src/main/logs'
import { createServerLogs, sourceFrom } from '../../../src/main/logs/server'
import { ConnectionId, newId } from '../../../src/shared/domain/ids'
import { defaultLogSettings, everything, type LogSource } from '../../../src/shared/domain/log'
import { realClock } from '../../support/way'
import { never } from '../../support/local'
import type { Site } from '../ssh/site'

/** The window in which neighbours are awaited, here. */
export const windowMs = 250

export const ports = {
  clock: realClock,
  settings: () => ({ ...defaultLogSettings, windowMs }),
  markers: { of: async () => [], subscribe: () => () => {} },
  redactor: { redact: (text: string) => text },
}

export const caller = { clientId: 'bench', gone: never }

/** The logs of the app over files of servers, as main has them, in this process: the files come one to each source, spread over the servers. */
export async function openDesk(site: Site, files: readonly string[], servers: number, more: Partial<LogPorts> = {}) {
  const connections = site.hosts.slice(0, servers).map((name) => ({ id: newId(ConnectionId), name }))
  const links = new Map(await Promise.all(connections.map(async ({ id, name }) => [id, await site.open(name)] as const)))
  const handles = createServerLogs({
    clock: realClock,
    open: async (id) => ({ id, kind: 'server', identity: id, handle: { link: async () => links.get(id) } }),
  })
  const sources: LogSource[] = files.map((path, i) => {
    const { id, name } = connections[i % servers]!
    return sourceFrom({ kind: 'file', connectionId: id, path }, name, 0)
  })
  const logs = createLogs({
    ...ports,
    sources: async () => sources,
    follow: ({ origin }, from, signal) => {
      if (origin.kind !== 'file') throw new Error('not a file')
      return handles.follow(origin, from, signal)
    },
    ...more,
  })
  const ids = sources.map(({ id }) => id)
  return {
    logs,
    kept: () => logs.kept().rows + logs.kept().pruned,
    open: async () => (await logs.open({ sources: ids, filter: everything }, caller)).viewId,
    async close() {
      await logs.stop()
      for (const link of links.values()) await link.close()
    },
  }
}
export type Desk = Awaited<ReturnType<typeof openDesk>>
