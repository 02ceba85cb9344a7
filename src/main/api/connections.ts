import type { ConnectionId } from '../../shared/domain/ids'
import { ServerSettings } from '../../shared/domain/server'
import type { ConnectionKindPort } from '../connections/connection'
import type { OpenConnection, ProviderPorts } from '../providers/provider'
import { problem, type Implementer } from './base'
import { imagesOf } from './images'
import { createConnectionBook, live } from './connection-book'
import { createRegistries } from './registries'
import { createServers, type ServerParts } from './servers'

export interface ConnectionParts extends ServerParts {
  kinds: ReadonlyMap<string, ConnectionKindPort>
  open(id: ConnectionId): Promise<OpenConnection>
}

export function connectionHandlers(os: Implementer['connections'], parts: ConnectionParts) {
  const { ports, records, kinds, servers, open } = parts
  const { audit, providers, clock } = ports
  const book = createConnectionBook(ports, records, parts.vault)
  const connections = createServers(parts, book)
  const registries = createRegistries(parts, book)
  const providerPorts: ProviderPorts = { clock, artifacts: ports.artifacts, registries: ports.registries }

  async function users(id: ConnectionId): Promise<number> {
    const placements = (await records.placements.list()).filter((one) => one.deletedAt === null)
    return placements.flatMap((one) => one.targets).filter((target) => target.connectionIds.includes(id)).length
  }

  return {
    list: os.list.handler(async () =>
      Promise.all(
        live(await records.connections.list()).map(async (connection) => ({
          connection,
          usedBy: await users(connection.id),
          facts: (await kinds.get(connection.kind)?.facts(connection)) ?? [],
        })),
      ),
    ),
    rename: os.rename.handler(async ({ input }) => {
      const connection = await book.one(input.id)
      audit.record('connection.renamed', { connectionId: input.id, name: input.name })
      const next = { ...connection, name: input.name }
      await records.connections.put(next)
      return next
    }),
    test: os.test.handler(async function* ({ input, context, signal }) {
      const connection = await book.one(input.id)
      const until = AbortSignal.any([context.gone, ...(signal ? [signal] : []), AbortSignal.timeout(180_000)])
      if (connection.kind === 'server') yield* servers.walk(connection, until)
      else yield* (await kinds.get(connection.kind)?.test(connection, until)) ?? []
    }),
    importable: os.importable.handler(async () => {
      const made = live(await records.connections.list()).flatMap((one) => {
        const parsed = ServerSettings.safeParse(one.settings)
        return one.kind === 'server' && parsed.success && parsed.data.alias ? [parsed.data.alias] : []
      })
      return servers.importable(new Set(made))
    }),
    import: os.import.handler(({ input }) => connections.import(input.aliases)),
    add: os.add.handler(({ input }) => connections.add(input)),
    form: os.form.handler(({ input }) => connections.form(input.id)),
    update: os.update.handler(({ input: { id, ...form } }) => connections.update(id, form)),
    addRegistry: os.addRegistry.handler(({ input }) => registries.add(input)),
    registryForm: os.registryForm.handler(({ input }) => registries.form(input.id)),
    updateRegistry: os.updateRegistry.handler(({ input: { id, ...form } }) => registries.update(id, form)),
    remove: os.remove.handler(async ({ input }) => {
      const connection = await book.one(input.id)
      const used = await users(input.id)
      if (used > 0) throw problem('connection-in-use', { name: connection.name, used })
      audit.record('connection.removed', { connectionId: input.id, name: connection.name })
      await records.connections.put({ ...connection, deletedAt: clock.now() })
      await parts.reopen(input.id)
    }),
    undoRemove: os.undoRemove.handler(async ({ input }) => {
      const connection = await records.connections.get(input.id)
      if (!connection) throw problem('not-found', { noun: 'connection' })
      audit.record('connection.restored', { connectionId: input.id, name: connection.name })
      const next = { ...connection, deletedAt: null }
      await records.connections.put(next)
      return next
    }),
    trust: os.trust.handler(async ({ input, context }) => {
      const connection = await book.one(input.id)
      await servers.trust(connection, input, AbortSignal.any([context.gone, AbortSignal.timeout(60_000)]))
      audit.record('host-key.trusted', { connectionId: input.id, name: input.name, fingerprint: input.fingerprint })
    }),
    questions: os.questions.handler(async function* ({ signal, context }) {
      const until = AbortSignal.any([context.gone, ...(signal ? [signal] : [])])
      let wake = () => {}
      const end = servers.questions.subscribe(() => wake())
      until.addEventListener('abort', () => wake(), { once: true })
      try {
        while (!until.aborted) {
          const changed = new Promise<void>((resolve) => (wake = resolve))
          yield servers.questions.list()
          await changed
        }
      } finally {
        end()
      }
    }),
    answer: os.answer.handler(async ({ input: { id, answers, keep } }) => {
      const question = servers.questions.list().find((one) => one.id === id)
      const typed = answers?.[0]
      if (keep && question && typed) await connections.keepAnswer(question, typed)
      servers.questions.answer(id, answers)
    }),
    discover: os.discover.handler(async ({ input, context }) => {
      const connection = await book.one(input.id)
      const way = await open(connection.id)
      const able = [...providers.values()].flatMap((one) =>
        one.connectionKind === connection.kind && one.discover ? [one.discover] : [],
      )
      const until = AbortSignal.any([context.gone, AbortSignal.timeout(30_000)])
      return Promise.all(able.map((discover) => discover(way, providerPorts, until)))
    }),
    images: os.images.handler(async ({ input, context }) =>
      imagesOf(providers).list(
        input.id ? await open(input.id) : null,
        AbortSignal.any([context.gone, AbortSignal.timeout(30_000)]),
      ),
    ),
  }
}
