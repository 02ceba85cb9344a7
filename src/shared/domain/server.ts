import { z } from 'zod'
import { SecretId } from './ids'

/** A name or address that SSH may be given: never an option, never a command. */
export const HostName = z
  .string()
  .min(1, 'Give the host')
  .max(255)
  .regex(/^[A-Za-z0-9_.:[\]%][A-Za-z0-9_.:[\]%-]*$/, 'A host is letters, digits, dots and dashes')

export const UserName = z
  .string()
  .min(1, 'Give the user')
  .max(100)
  .regex(/^[A-Za-z0-9_.][A-Za-z0-9_.@\\-]*\$?$/, 'A user is letters, digits, dots and dashes')

/** How one signs in at one hop, tried in this order: agent, key files, password, questions. */
export const SignIn = z.object({
  agent: z.boolean(),
  /** Paths on this computer; `~` is the home folder. */
  keyFiles: z.array(z.string().max(4096)).max(20),
  /** Of the key files, where it is kept. It is asked for where it is not. */
  passphrase: SecretId.nullable(),
  password: SecretId.nullable(),
})
export type SignIn = z.infer<typeof SignIn>

/** One server on the way. The last one is where things run. */
export const Hop = z.object({
  host: HostName,
  port: z.int().min(1).max(65_535),
  user: UserName,
  /** Under which name its host key is looked up; null: host and port. */
  hostKeyAlias: HostName.nullable(),
  signIn: SignIn,
})
export type Hop = z.infer<typeof Hop>

/** The settings of a connection of the kind `server`. */
export const ServerSettings = z.object({
  /** The alias in the SSH configuration that it was made from. */
  alias: z.string().max(255).nullable(),
  hops: z.array(Hop).min(1).max(8),
  /** How to become root there. */
  root: z.discriminatedUnion('by', [
    z.object({ by: z.literal('user') }),
    z.object({ by: z.literal('sudo'), password: SecretId.nullable() }),
  ]),
  /** Off unless somebody insists: a hostile server could use the agent. */
  forwardAgent: z.boolean(),
  /** ssh-rsa with SHA-1 and other weak algorithms, for a server that has nothing else. */
  allowWeak: z.boolean(),
})
export type ServerSettings = z.infer<typeof ServerSettings>

/** A host of the SSH configuration, offered for import. */
export const ImportableHost = z.object({
  alias: z.string(),
  hops: z.array(z.object({ host: z.string(), port: z.int(), user: z.string() })),
  keyFiles: z.array(z.string()),
  /** A connection that was made from this alias already. */
  known: z.boolean(),
  /** What of its entry Slipway does not do (`ProxyCommand`, `Match exec`), in words. Shown, never run. */
  unsupported: z.array(z.string()),
  /** Why it cannot be imported as it is; null where it can. */
  obstacle: z.string().nullable(),
})
export type ImportableHost = z.infer<typeof ImportableHost>

/** A host key that stands in the way: not seen before, or another than is known. */
export const HostKeyQuestion = z.object({
  /** As it is looked up: `host` or `[host]:port`. */
  name: z.string(),
  keyType: z.string(),
  fingerprint: z.string(),
  state: z.enum(['unknown', 'changed', 'revoked']),
  /** What is known under that name, and where it says so (`~/.ssh/known_hosts:12`). */
  known: z.array(z.object({ fingerprint: z.string(), where: z.string() })),
})
export type HostKeyQuestion = z.infer<typeof HostKeyQuestion>

/** What a server, or a locked key file, asks while somebody signs in. The answers are never kept unless told. */
export const SignInQuestion = z.object({
  id: z.string(),
  /** `web-1`, or the path of the key. */
  about: z.string(),
  connectionId: z.string(),
  kind: z.enum(['passphrase', 'password', 'interactive']),
  /** The server's own words: shown as text, and said to be the server's. */
  title: z.string(),
  prompts: z.array(z.object({ text: z.string(), echo: z.boolean() })),
  expiresAt: z.int(),
})
export type SignInQuestion = z.infer<typeof SignInQuestion>
