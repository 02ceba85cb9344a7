import type { KeptSecrets, ServerForm } from '../../shared/api/connections'
import type { Connection } from '../../shared/domain/connection'
import { ConnectionId } from '../../shared/domain/ids'
import { shownName } from '../../shared/domain/plain-name'
import { ServerSettings, type Hop, type SignInQuestion } from '../../shared/domain/server'
import type { ServerKindPort } from '../connections/connection'
import type { EnginePorts } from '../engine/engine'
import type { Records } from '../storage/records'
import { problem } from './base'
import { live, type ConnectionBook } from './connection-book'
import type { SecretKeeper } from './settings'

export interface ServerParts {
  ports: EnginePorts
  records: Records
  servers: ServerKindPort
  vault: SecretKeeper
  /** Lets go of what is open, so that the next use opens it by its new settings. */
  reopen(id: ConnectionId): Promise<void>
}

/** Whether a question that was asked is about signing in at this hop. */
const isAbout = ({ kind, about }: SignInQuestion, { host, port, signIn }: Hop) =>
  kind === 'passphrase' ? signIn.keyFiles.includes(about) : [host, `${host}:${port}`, `[${host}]:${port}`].includes(about)

const address = ({ hops }: ServerSettings) => hops.map((hop) => `${hop.user}@${hop.host}:${hop.port}`).join(' → ')

/** A name from an alias: signs that do not show are written out. */
const nameFrom = (alias: string) => shownName(alias).trim().slice(0, 80).trim()

const settingsOf = (connection: Connection): ServerSettings => {
  const parsed = ServerSettings.safeParse(connection.settings)
  if (!parsed.success) throw problem('not-found', { noun: 'server' })
  return parsed.data
}

/** Keeps servers: made by import or by a form, their secrets in the vault. */
export function createServers({ ports, records, servers, vault, reopen }: ServerParts, book: ConnectionBook) {
  const { audit } = ports
  const { one, secret } = book
  const keepNew = (wanted: readonly { name: string; settings: ServerSettings }[]) =>
    book.keepNew(wanted.map((given) => ({ ...given, kind: 'server', address: address(given.settings) })))

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
    /** Seals what was typed for a passphrase or a password, so that it is not asked for again. Codes are used once. */
    async keepAnswer(question: SignInQuestion, typed: string): Promise<void> {
      if (question.kind === 'interactive') return
      const connection = await one(ConnectionId.parse(question.connectionId))
      const settings = settingsOf(connection)
      if (!settings.hops.some((hop) => isAbout(question, hop))) return
      const kept = await vault.keep(typed, `${question.kind} of ${question.about}`)
      const hops = settings.hops.map((hop) =>
        isAbout(question, hop) ? { ...hop, signIn: { ...hop.signIn, [question.kind]: kept } } : hop,
      )
      audit.record('connection.secret-kept', { connectionId: connection.id, name: connection.name, of: question.about })
      await records.connections.put({ ...connection, settings: { ...settings, hops } })
    },
    async form(id: ConnectionId): Promise<ServerForm & { kept: KeptSecrets }> {
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
        kept: {
          passphrase: last.signIn.passphrase !== null,
          password: last.signIn.password !== null,
          sudoPassword: settings.root.by === 'sudo' && settings.root.password !== null,
        },
      }
    },
  }
}
