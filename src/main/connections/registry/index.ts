import type { Connection } from '../../../shared/domain/connection'
import { ProblemError } from '../../../shared/domain/problem'
import type { SecretId } from '../../../shared/domain/ids'
import { RegistrySettings, registryOf } from '../../../shared/domain/registry'
import type { Records, Registries, SecretText } from '../../ports'
import type { ConnectionCheck, ConnectionKindPort } from '../connection'
import { reach, signIn } from './ask'
import { problem } from './text'

/** Reads a secret of the vault. */
type Reveal = (id: SecretId) => Promise<SecretText>

function settingsOf({ settings }: Connection): RegistrySettings {
  const parsed = RegistrySettings.safeParse(settings)
  if (parsed.success) return parsed.data
  throw problem('registry-settings-wrong', { why: parsed.error.issues[0]?.message ?? 'they are not understood' })
}

/** One part of a test, and what it found; what comes after one that fails is not tried. */
async function tried<T>(
  part: string,
  checks: ConnectionCheck[],
  work: () => Promise<{ words: string; found: T }>,
): Promise<T | null> {
  try {
    const { words, found } = await work()
    checks.push({ part, outcome: 'pass', words, problem: null })
    return found
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    checks.push({ part, outcome: 'fail', words: error.problem.message, problem: error.problem })
    return null
  }
}

/** Registries of images. The servers ask them; this computer does so only to test who may sign in. */
export function registryConnection(secret: Reveal): ConnectionKindPort {
  return {
    kind: 'registry',
    fields: [],
    async open(connection) {
      const { host } = settingsOf(connection)
      return { id: connection.id, kind: 'registry', identity: `registry:${host}`, handle: null, close: async () => undefined }
    },
    async test(connection, signal) {
      const checks: ConnectionCheck[] = []
      const { host, user, password } = settingsOf(connection)
      const answer = await tried('Reach', checks, async () => ({
        words: `${host} answers as a registry`,
        found: await reach(host, signal),
      }))
      if (answer)
        await tried('Sign in', checks, async () => {
          const signing = { user, password: password === null ? null : await secret(password) }
          return { words: await signIn(host, answer, signing, signal), found: true }
        })
      return checks
    },
    async facts(connection) {
      const parsed = RegistrySettings.safeParse(connection.settings)
      if (!parsed.success) return [{ label: 'Address', value: 'The settings are not right' }]
      const { host, user } = parsed.data
      return [
        { label: 'Address', value: host },
        { label: 'User', value: user || 'none: anybody may read' },
      ]
    },
  }
}

/** The registries among the connections, by the host that a reference names. */
export function knownRegistries(records: Pick<Records, 'connections'>, secret: Reveal): Registries {
  return {
    async of(reference) {
      const wanted = registryOf(reference)
      for (const connection of await records.connections.list()) {
        if (connection.kind !== 'registry' || connection.deletedAt !== null) continue
        const { host, user, password } = settingsOf(connection)
        if (host !== wanted) continue
        return {
          connectionId: connection.id,
          name: connection.name,
          host,
          signIn: async () => (user && password !== null ? { user, password: await secret(password) } : null),
        }
      }
      return null
    },
  }
}
