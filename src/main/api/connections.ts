import type { ServerForm } from '../../shared/api/connections'
import { Connection } from '../../shared/domain/connection'
import { ConnectionId, newId, type SecretId } from '../../shared/domain/ids'
import { shownName } from '../../shared/domain/plain-name'
import { ServerSettings, type Hop } from '../../shared/domain/server'
import type { ConnectionKindPort, ServerKindPort } from '../connections/connection'
import type { EnginePorts } from '../engine/engine'
import type { OpenConnection, ProviderPorts } from '../providers/provider'
import type { Records } from '../storage/records'
import { problem, type Implementer } from './base'
import { imagesOf } from './images'
import type { SecretKeeper } from './settings'

export interface ConnectionParts {
  ports: EnginePorts
  records: Records
  kinds: ReadonlyMap<string, ConnectionKindPort>
  servers: ServerKindPort
  vault: SecretKeeper
  open(id: ConnectionId): Promise<OpenConnection>
  /** Lets go of what is open, so that the next use opens it by its new settings. */
  reopen(id: ConnectionId): Promise<void>
}

/** A slug that no connection has. */
function freeSlug(wanted: string, taken: ReadonlySet<string>): string {
  const base =
    wanted
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^[^a-z]+|-+$/g, '')
      .slice(0, 27) || 'server'
  for (let n = 1; ; n++) {
    const slug = n === 1 ? base : `${base}-${n}`
    if (!taken.has(slug)) return slug
  }
}

/** A name from an alias: signs that do not show are written out. */
const nameFrom = (alias: string) => shownName(alias).trim().slice(0, 80).trim()

const live = (all: readonly Connection[]) => all.filter((one) => one.deletedAt === null)
const settingsOf = (connection: Connection): ServerSettings => {
  const parsed = ServerSettings.safeParse(connection.settings)
  if (!parsed.success) throw problem('not-found', { noun: 'server' })
  return parsed.data
}

/** Keeps connections: made by import or by a form, their secrets in the vault. */
export function createConnections({ ports, records, servers, vault, reopen }: ConnectionParts) {
  const { audit, clock } = ports

  async function one(id: ConnectionId): Promise<Connection> {
    const connection = await records.connections.get(id)
    if (!connection || connection.deletedAt !== null) throw problem('not-found', { noun: 'connection' })
    return connection
  }

  /** All are made before the first is kept: whatever could refuse one refuses them all. */
  async function keepNew(wanted: readonly { name: string; settings: ServerSettings }[]): Promise<Connection[]> {
    // A removed one may come back with its slug.
    const taken = new Set((await records.connections.list()).map((other) => other.slug))
    const made = wanted.map(({ name, settings }) => {
      const slug = freeSlug(name, taken)
      taken.add(slug)
      const common = { v: 1, kind: 'server', identity: null, createdAt: clock.now(), deletedAt: null }
      return Connection.parse({ ...common, id: newId(ConnectionId), slug, name, settings })
    })
    for (const connection of made) {
      const { id, name } = connection
      audit.record('connection.added', { connectionId: id, name, address: address(settingsOf(connection)) })
      await records.connections.put(connection)
    }
    return made
  }

  const secret = async (text: string | null, before: SecretId | null, purpose: string): Promise<SecretId | null> =>
    text === null ? before : text === '' ? null : vault.keep(text, purpose)

  async function settingsFrom(form: ServerForm, before: ServerSettings | null): Promise<ServerSettings> {
    const way = before?.hops.slice(0, -1) ?? []
    const through = form.through === 'kept' ? way : form.through ? settingsOf(await one(form.through)).hops : []
    const old = before?.hops.at(-1)?.signIn
    const hop: Hop = {
      host: form.host,
      port: form.port,
      user: form.user,
      hostKeyAlias: before?.hops.at(-1)?.hostKeyAlias ?? null,
      signIn: {
        agent: form.agent,
        // The form shows the first; the others of an imported host stay as long as that one does.
        keyFiles:
          form.keyFile.trim() === (old?.keyFiles[0] ?? '') ? (old?.keyFiles ?? []) : [form.keyFile.trim()].filter(Boolean),
        passphrase: await secret(form.passphrase, old?.passphrase ?? null, `passphrase of ${form.name}`),
        password: await secret(form.password, old?.password ?? null, `password of ${form.user} on ${form.name}`),
      },
    }
    const sudoBefore = before?.root.by === 'sudo' ? before.root.password : null
    return {
      alias: before?.alias ?? null,
      hops: [...through, hop],
      root:
        form.root === 'user'
          ? { by: 'user' }
          : { by: 'sudo', password: await secret(form.sudoPassword, sudoBefore, `sudo on ${form.name}`) },
      forwardAgent: false,
      allowWeak: form.allowWeak,
    }
  }

  return {
    one,
    /** All or none. One that has a connection already is left as it is. */
    async import(aliases: readonly string[]): Promise<Connection[]> {
      const made = new Set(
        live(await records.connections.list()).flatMap((other) => {
          const parsed = ServerSettings.safeParse(other.settings)
          return parsed.success && parsed.data.alias ? [parsed.data.alias] : []
        }),
      )
      const wanted = [...new Set(aliases)].filter((alias) => !made.has(alias))
      return keepNew(
        await Promise.all(wanted.map(async (alias) => ({ name: nameFrom(alias), settings: await servers.fromAlias(alias) }))),
      )
    },
    async add(form: ServerForm): Promise<Connection> {
      const [made] = await keepNew([{ name: form.name, settings: await settingsFrom(form, null) }])
      if (!made) throw problem('not-found', { noun: 'server' })
      return made
    },
    async update(id: ConnectionId, form: ServerForm): Promise<Connection> {
      const before = await one(id)
      const next = { ...before, name: form.name, settings: await settingsFrom(form, settingsOf(before)) }
      audit.record('connection.changed', { connectionId: id, name: form.name, address: address(next.settings) })
      await records.connections.put(next)
      await reopen(id)
      return next
    },
    async form(id: ConnectionId): Promise<ServerForm> {
      const connection = await one(id)
      const settings = settingsOf(connection)
      const last = settings.hops.at(-1)
      if (!last) throw problem('not-found', { noun: 'server' })
      const before = JSON.stringify(settings.hops.slice(0, -1))
      const through = live(await records.connections.list()).find(
        (other) => other.kind === 'server' && JSON.stringify(settingsOf(other).hops) === before,
      )
      return {
        name: connection.name,
        host: last.host,
        port: last.port,
        user: last.user,
        agent: last.signIn.agent,
        keyFile: last.signIn.keyFiles[0] ?? '',
        passphrase: null,
        password: null,
        through: settings.hops.length > 1 ? (through?.id ?? 'kept') : null,
        root: settings.root.by,
        sudoPassword: null,
        allowWeak: settings.allowWeak,
      }
    },
  }
}

const address = ({ hops }: ServerSettings) => hops.map((hop) => `${hop.user}@${hop.host}:${hop.port}`).join(' → ')

export function connectionHandlers(os: Implementer['connections'], parts: ConnectionParts) {
  const { ports, records, kinds, servers, open } = parts
  const { audit, providers, clock } = ports
  const connections = createConnections(parts)
  const providerPorts: ProviderPorts = { clock, artifacts: ports.artifacts }

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
      const connection = await connections.one(input.id)
      audit.record('connection.renamed', { connectionId: input.id, name: input.name })
      const next = { ...connection, name: input.name }
      await records.connections.put(next)
      return next
    }),
    test: os.test.handler(async function* ({ input, context, signal }) {
      const connection = await connections.one(input.id)
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
    remove: os.remove.handler(async ({ input }) => {
      const connection = await connections.one(input.id)
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
      const connection = await connections.one(input.id)
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
    answer: os.answer.handler(({ input }) => servers.questions.answer(input.id, input.answers)),
    discover: os.discover.handler(async ({ input, context }) => {
      const connection = await connections.one(input.id)
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
