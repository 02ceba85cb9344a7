import type { RegistryForm } from '../../shared/api/connections'
import type { Connection } from '../../shared/domain/connection'
import type { ConnectionId } from '../../shared/domain/ids'
import { RegistrySettings } from '../../shared/domain/registry'
import { problem } from './base'
import { live, type ConnectionBook } from './connection-book'
import type { ServerParts } from './servers'

const settingsOf = (connection: Connection): RegistrySettings => {
  const parsed = RegistrySettings.safeParse(connection.settings)
  if (connection.kind !== 'registry' || !parsed.success) throw problem('not-found', { noun: 'registry' })
  return parsed.data
}

/** Keeps registries of images, their passwords in the vault. */
export function createRegistries({ ports, records, reopen }: ServerParts, book: ConnectionBook) {
  async function settingsFrom(
    { host, user, password }: RegistryForm,
    before: RegistrySettings | null,
  ): Promise<RegistrySettings> {
    // A password is its user's on its host: it goes along to no other.
    const same = before?.host === host && before.user === user
    return {
      host,
      user,
      password: user === '' ? null : await book.secret(password, same ? before.password : null, `password of ${user} on ${host}`),
    }
  }

  /** Two for one host would leave open who signs in. */
  async function alone(host: string, but: ConnectionId | null): Promise<void> {
    const other = live(await records.connections.list()).find(
      (one) => one.kind === 'registry' && one.id !== but && settingsOf(one).host === host,
    )
    if (other) throw problem('registry-there', { host, name: other.name })
  }

  return {
    async add(form: RegistryForm): Promise<Connection> {
      await alone(form.host, null)
      const settings = await settingsFrom(form, null)
      const [made] = await book.keepNew([{ kind: 'registry', name: form.name, settings, address: form.host }])
      if (!made) throw problem('not-found', { noun: 'registry' })
      return made
    },
    async update(id: ConnectionId, form: RegistryForm): Promise<Connection> {
      const before = await book.one(id)
      const old = settingsOf(before)
      await alone(form.host, id)
      const next = { ...before, name: form.name, settings: await settingsFrom(form, old) }
      ports.audit.record('connection.changed', { connectionId: id, name: form.name, address: form.host })
      await records.connections.put(next)
      await reopen(id)
      return next
    },
    async form(id: ConnectionId): Promise<RegistryForm & { kept: boolean }> {
      const connection = await book.one(id)
      const { host, user, password } = settingsOf(connection)
      return { name: connection.name, host, user, password: null, kept: password !== null }
    },
  }
}
