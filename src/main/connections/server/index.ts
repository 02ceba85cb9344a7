import { join } from 'node:path'
import type { Connection } from '../../../shared/domain/connection'
import type { SecretId } from '../../../shared/domain/ids'
import { LinkLost } from '../../../shared/domain/problem'
import { ServerSettings } from '../../../shared/domain/server'
import type { Clock, SecretText } from '../../ports'
import { channelsOf } from '../../ssh/channels'
import { sshConfig } from '../../ssh/config'
import { fingerprintOf, knownHosts, lookupName } from '../../ssh/known-hosts'
import type { ServerLink } from '../../ssh/link'
import {
  keeper,
  labelOf,
  openWholly,
  shownKey,
  turnsOf,
  usualLimits,
  type Limits,
  type OpenPorts,
  type OpenServer,
} from '../../ssh/open'
import { problem as wayProblem } from '../../ssh/text'
import type { ConnectionCheck, OpenedConnection, ServerKindPort } from '../connection'
import { openQuestions, questionMs, rememberedWhileOpen } from './questions'
import { problem } from './text'
import { walkServer } from './walk'

export interface ServerOptions {
  dataDir: string
  home: string
  /** Who signs in where the SSH configuration names nobody. */
  localUser: string
  /** Socket or pipe of the agent; null where there is none. */
  agentSocket: string | null
  clock: Clock
  /** Reads a secret of the vault. */
  secret(id: SecretId): Promise<SecretText>
  /** For tests. */
  limits?: Partial<Limits>
  questionMs?: number
  knownHostsFiles?: readonly string[]
}

// Servers drop sign-ins when many come at once (MaxStartups): so many at a time, whatever the number of servers.
const handshakesAtOnce = 10

function settingsOf(connection: Connection): ServerSettings {
  const parsed = ServerSettings.safeParse(connection.settings)
  if (parsed.success) return parsed.data
  const why = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
  throw problem('server-settings-wrong', { why: why.slice(0, 500) })
}

/** Servers over SSH. */
export function serverConnection(options: ServerOptions): ServerKindPort {
  const { clock, home, dataDir } = options
  const questions = openQuestions(clock, options.questionMs ?? questionMs)
  const config = sshConfig({ home, localUser: options.localUser })
  const turns = turnsOf(handshakesAtOnce)
  const known = knownHosts({
    home,
    ownFile: join(dataDir, 'known_hosts'),
    ...(options.knownHostsFiles ? { otherFiles: options.knownHostsFiles } : {}),
  })
  /** What was learned of each connection, by its id. */
  const learned = new Map<string, { fingerprint: string; system: string | null }>()

  const portsOf = (connection: Connection): OpenPorts => ({
    clock,
    limits: { ...usualLimits, ...options.limits },
    turns,
    knownHosts: known,
    home,
    agentSocket: options.agentSocket,
    secret: options.secret,
    ask: (question, signal) => questions.ask(connection.id, question, signal),
  })

  async function linkOf(open: OpenServer, { root }: ServerSettings, name: string): Promise<ServerLink> {
    const password = root.by === 'sudo' && root.password !== null ? await options.secret(root.password) : null
    const become = root.by === 'sudo' ? ({ by: 'sudo', password } as const) : ({ by: 'nothing' } as const)
    const about = { name, user: open.hop.user, fingerprint: open.fingerprint, root: become, lost: open.lost }
    return { ...channelsOf(open.client, about, clock), close: () => Promise.resolve(open.close()) }
  }

  async function openLink(
    connection: Connection,
    settings: ServerSettings,
    ask: OpenPorts['ask'],
    signal: AbortSignal,
  ): Promise<ServerLink> {
    const open = await openWholly(settings, connection.slug, { ...portsOf(connection), ask }, signal)
    learned.set(connection.id, { system: learned.get(connection.id)?.system ?? null, fingerprint: open.fingerprint })
    return linkOf(open, settings, connection.slug)
  }

  async function* walk(connection: Connection, signal: AbortSignal): AsyncGenerator<ConnectionCheck> {
    const settings = settingsOf(connection)
    const parts = {
      settings,
      name: connection.name,
      ports: portsOf(connection),
      clock,
      linkOf: (open: OpenServer) => linkOf(open, settings, connection.name),
      learned: (facts: { fingerprint: string; system: string }) => void learned.set(connection.id, facts),
    }
    yield* walkServer(parts, signal)
  }

  async function open(connection: Connection, signal: AbortSignal): Promise<OpenedConnection> {
    const settings = settingsOf(connection)
    const answers = rememberedWhileOpen(portsOf(connection).ask)
    const kept = keeper((until) => openLink(connection, settings, answers.opening(), until), clock)
    const identityOf = ({ fingerprint }: ServerLink) => `ssh:${fingerprint}`
    const openedAs = (identity: string): OpenedConnection => ({
      id: connection.id,
      kind: 'server',
      identity,
      handle: { link: kept.link },
      current: async (until) => identityOf(await kept.link(until)),
      close: () => (answers.forget(), kept.close()),
    })
    try {
      return openedAs(identityOf(await kept.link(signal)))
    } catch (error) {
      // One of several servers that does not answer must not hide the others: who it is, is known from before.
      if (error instanceof LinkLost && connection.identity !== null) return openedAs(connection.identity)
      await kept.close()
      throw error
    }
  }

  return {
    kind: 'server',
    fields: [],
    // Somebody may be asked for a passphrase or a code.
    patienceMs: questionMs + 60_000,
    open,
    walk,
    async test(connection, signal) {
      const checks: ConnectionCheck[] = []
      for await (const check of walk(connection, signal)) checks.push(check)
      return checks
    },
    async facts(connection) {
      const parsed = ServerSettings.safeParse(connection.settings)
      if (!parsed.success) return [{ label: 'Address', value: 'The settings are not right' }]
      const { hops, alias } = parsed.data
      const last = hops.at(-1)
      const { fingerprint = connection.identity?.replace(/^ssh:/, ''), system } = learned.get(connection.id) ?? {}
      return [
        { label: 'Address', value: last ? `${last.user}@${labelOf(last)}` : '' },
        ...(hops.length > 1 ? [{ label: 'Through', value: hops.slice(0, -1).map(labelOf).join(' → ') }] : []),
        ...(fingerprint ? [{ label: 'Host key', value: fingerprint }] : []),
        ...(system ? [{ label: 'System', value: system }] : []),
        ...(alias ? [{ label: 'SSH alias', value: alias }] : []),
      ]
    },
    importable: config.importable,
    fromAlias: config.fromAlias,
    async trust(connection, { name, fingerprint }, signal) {
      const settings = settingsOf(connection)
      const hop = settings.hops.find((one) => lookupName(one) === name)
      const key = hop ? await shownKey(settings, name, portsOf(connection), signal) : null
      if (!hop || key === null || fingerprintOf(key) !== fingerprint) throw wayProblem('host-key-moved', { name, fingerprint })
      const verdict = await known.judge(hop, key)
      if (verdict.state === 'changed' || verdict.state === 'revoked')
        throw wayProblem(`host-key-${verdict.state}`, { hop: labelOf(hop), question: verdict.question })
      if (verdict.state === 'unknown') await known.add(name, key)
    },
    questions: questions.port,
  }
}
