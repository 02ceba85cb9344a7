import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { Hop, type ImportableHost, type ServerSettings } from '../../../shared/domain/server'
import { problemsFrom } from '../../../shared/domain/problem'
import { aliasesIn, resolveHost, type HostEntry } from './resolve'
import { readConfig, type Entry } from './lines'

const problem = problemsFrom({
  'alias-obstacle': ({ alias, obstacle }: { alias: string; obstacle: string }) => ({
    message: `${alias} cannot be imported as it is: ${obstacle}`,
    fix: 'Change its entry in the SSH configuration, or add the server by the form.',
  }),
})

export interface ConfigOptions {
  home: string
  /** Who signs in where the configuration names nobody. */
  localUser: string
}

/** In the way of an import; its words are shown. */
class Obstacle extends Error {}

interface Target {
  alias: string
  user: string | null
  port: number | null
}

/** `user@host:port`, `ssh://…` or a bare name, as ProxyJump takes them. */
function jumpTarget(text: string): Target {
  const bare = text.replace(/^ssh:\/\//, '').replace(/\/$/, '')
  const found = /^(?:(?<user>[^@]+)@)?(?<host>\[[^\]]+\]|[^:[\]]+)(?::(?<port>\d+))?$/.exec(bare)?.groups
  if (!found?.['host']) throw new Obstacle(`its ProxyJump “${text}” is not understood.`)
  return {
    alias: found['host'].replace(/^\[(.*)\]$/, '$1'),
    user: found['user'] ?? null,
    port: found['port'] === undefined ? null : Number(found['port']),
  }
}

/** Puts in `%h` and its like. An unknown one is an obstacle: guessing would name another file or host. */
function expanded(text: string, tokens: Record<string, string>): string {
  return text.replace(/%(.)/g, (whole, letter: string) => {
    const value = letter === '%' ? '%' : tokens[letter]
    if (value === undefined) throw new Obstacle(`“${text}” holds ${whole}, which Slipway does not know.`)
    return value
  })
}

const usualKeys = ['id_ed25519', 'id_ecdsa', 'id_rsa']

/** Settings that mean something which Slipway does otherwise. */
function otherwise(entry: HostEntry): string[] {
  const says = (name: string) => entry.settings.get(name)?.toLowerCase()
  return [
    ...entry.unsupported,
    ...(says('forwardagent') !== undefined && says('forwardagent') !== 'no'
      ? ['ForwardAgent: left off; a hostile server could use your agent.']
      : []),
    ...(['no', 'off', 'accept-new'].includes(says('stricthostkeychecking') ?? '')
      ? ['StrictHostKeyChecking: ignored; host keys are always checked.']
      : []),
    ...(says('userknownhostsfile') === undefined ? [] : ['UserKnownHostsFile: ignored; the usual files are read.']),
    ...(says('identityagent') === undefined || says('identityagent') === 'none' || says('identityagent') === 'ssh_auth_sock'
      ? []
      : ['IdentityAgent: ignored; the agent of your session is used.']),
    ...(says('remotecommand') === undefined ? [] : ['RemoteCommand: never run.']),
    ...(says('localcommand') === undefined ? [] : ['LocalCommand: never run.']),
    ...(says('knownhostscommand') === undefined ? [] : ['KnownHostsCommand: never run.']),
  ]
}

interface Way {
  hops: Hop[]
  unsupported: string[]
}

class Resolver {
  constructor(
    readonly entries: readonly Entry[],
    readonly options: ConfigOptions,
  ) {}

  /** The hops to a name, those of its jump hosts before it. */
  async way(target: Target, through: readonly string[] = []): Promise<Way> {
    if (through.includes(target.alias))
      throw new Obstacle(`its ProxyJump goes round in a circle (${[...through, target.alias].join(' → ')}).`)
    const entry = resolveHost(this.entries, { alias: target.alias, user: target.user, localUser: this.options.localUser })
    const command = entry.settings.get('proxycommand')
    if (command !== undefined && command.toLowerCase() !== 'none')
      throw new Obstacle('it goes through a ProxyCommand, which Slipway never runs. ProxyJump does the same for a jump host.')
    const hop = await this.#hop(target, entry)
    const before = await this.#jumps(entry, hop, target.alias, [...through, target.alias])
    return { hops: [...before.hops, hop], unsupported: [...otherwise(entry), ...before.unsupported] }
  }

  /** Each of a list goes through the one before it; only the first looks at its own ProxyJump. */
  async #jumps(entry: HostEntry, hop: Hop, alias: string, through: readonly string[]): Promise<Way> {
    const value = entry.settings.get('proxyjump')
    if (value === undefined || value.toLowerCase() === 'none') return { hops: [], unsupported: [] }
    const text = expanded(value, { h: hop.host, n: alias, p: String(hop.port), r: hop.user })
    const way: Way = { hops: [], unsupported: [] }
    for (const [index, jump] of text.split(',').entries()) {
      const target = jumpTarget(jump.trim())
      const part = await this.way(target, through)
      way.hops.push(...(index === 0 ? part.hops : part.hops.slice(-1)))
      way.unsupported.push(...part.unsupported.map((note) => `${target.alias}: ${note}`))
    }
    return way
  }

  async #hop({ alias, user, port }: Target, entry: HostEntry): Promise<Hop> {
    const { settings } = entry
    const host = expanded(settings.get('hostname') ?? alias, { h: alias, n: alias })
    const who = user ?? settings.get('user') ?? this.options.localUser
    const parsed = Hop.safeParse({
      host,
      port: port ?? Number(settings.get('port') ?? 22),
      user: who,
      hostKeyAlias: settings.get('hostkeyalias') ?? null,
      signIn: {
        agent: settings.get('identityagent')?.toLowerCase() !== 'none',
        keyFiles: await this.#keyFiles(entry, alias, host, who),
        passphrase: null,
        password: null,
      },
    })
    if (!parsed.success)
      throw new Obstacle(`${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}.`)
    return parsed.data
  }

  async #keyFiles({ identityFiles, settings }: HostEntry, alias: string, host: string, user: string): Promise<string[]> {
    const { home, localUser } = this.options
    if (identityFiles.length > 0) {
      const port = settings.get('port') ?? '22'
      const tokens = { d: home, h: host, n: alias, p: port, r: user, u: localUser }
      return identityFiles.filter((file) => file.toLowerCase() !== 'none').map((file) => expanded(file, tokens))
    }
    const there = await Promise.all(
      usualKeys.map((name) =>
        access(join(home, '.ssh', name)).then(
          () => true,
          () => false,
        ),
      ),
    )
    return usualKeys.filter((_, index) => there[index]).map((name) => `~/.ssh/${name}`)
  }
}

export interface SshConfig {
  importable(made: ReadonlySet<string>): Promise<{ file: string; hosts: ImportableHost[]; notes: string[] }>
  fromAlias(alias: string): Promise<ServerSettings>
}

/** What the user's SSH configuration offers. It is read anew each time, and nothing in it is run. */
export function sshConfig(options: ConfigOptions): SshConfig {
  const file = join(options.home, '.ssh', 'config')
  const offered = async (resolver: Resolver, alias: string, known: boolean): Promise<ImportableHost> => {
    const target = { alias, user: null, port: null }
    try {
      const { hops, unsupported } = await resolver.way(target)
      const keyFiles = hops.at(-1)?.signIn.keyFiles ?? []
      return {
        alias,
        hops: hops.map(({ host, port, user }) => ({ host, port, user })),
        keyFiles,
        known,
        unsupported,
        obstacle: null,
      }
    } catch (error) {
      if (!(error instanceof Obstacle)) throw error
      return { alias, hops: [], keyFiles: [], known, unsupported: [], obstacle: error.message }
    }
  }
  return {
    async importable(made) {
      const { entries, notes } = await readConfig(file, options.home)
      const resolver = new Resolver(entries, options)
      const hosts = await Promise.all(aliasesIn(entries).map((alias) => offered(resolver, alias, made.has(alias))))
      return { file, hosts, notes }
    },
    async fromAlias(alias) {
      const { entries } = await readConfig(file, options.home)
      try {
        const { hops } = await new Resolver(entries, options).way({ alias, user: null, port: null })
        const root = hops.at(-1)?.user === 'root' ? ({ by: 'user' } as const) : ({ by: 'sudo', password: null } as const)
        return { alias, hops, root, forwardAgent: false, allowWeak: false }
      } catch (error) {
        if (error instanceof Obstacle) throw problem('alias-obstacle', { alias, obstacle: error.message }, error)
        throw error
      }
    },
  }
}
