import { z } from 'zod'
import { Connection } from '../domain/connection'
import { Discovery, ImageOnHost } from '../domain/discovery'
import { ConnectionId, Name } from '../domain/ids'
import { Problem } from '../domain/problem'
import { RegistryHost } from '../domain/registry'
import { HostKeyQuestion, HostName, ImportableHost, SignInQuestion, UserName } from '../domain/server'
import { call, streamOf } from './base'

export const ConnectionView = z.object({
  connection: Connection,
  usedBy: z.int().nonnegative(),
  /** The last look at it. */
  facts: z.array(z.object({ label: z.string(), value: z.string() })),
})
export type ConnectionView = z.infer<typeof ConnectionView>

/** One part of the way in, as a test walks it. */
export const ConnectionPart = z.object({
  part: z.string(),
  /** Which hop of the way it is about, from 0; absent where it is about what was reached. */
  hop: z.int().nonnegative().optional(),
  outcome: z.enum(['pass', 'fail']),
  words: z.string(),
  problem: Problem.nullable(),
  /** A host key that somebody has to decide on. */
  hostKey: HostKeyQuestion.optional(),
})
export type ConnectionPart = z.infer<typeof ConnectionPart>

/** What a person gives for a server. A secret that is null keeps what there is; an empty one forgets it. */
export const ServerForm = z.object({
  name: Name,
  host: HostName,
  port: z.int().min(1).max(65_535),
  user: UserName,
  agent: z.boolean(),
  /** Empty: none. */
  keyFile: z.string().max(4096),
  passphrase: z.string().max(1000).nullable(),
  password: z.string().max(1000).nullable(),
  /** Another server through which this one is reached; `kept` is the way that it has, which is none of another's. */
  through: z.union([ConnectionId, z.literal('kept')]).nullable(),
  root: z.enum(['user', 'sudo']),
  sudoPassword: z.string().max(1000).nullable(),
  allowWeak: z.boolean(),
})
export type ServerForm = z.infer<typeof ServerForm>

/** Which secrets of a server the vault keeps. */
export const KeptSecrets = z.object({ passphrase: z.boolean(), password: z.boolean(), sudoPassword: z.boolean() })
export type KeptSecrets = z.infer<typeof KeptSecrets>

/** What a person gives for a registry of images. A password that is null keeps what there is; an empty one forgets it. */
export const RegistryForm = z.object({
  name: Name,
  host: RegistryHost,
  /** Empty: anybody may read there. */
  user: z.string().max(255),
  password: z.string().max(10_000).nullable(),
})
export type RegistryForm = z.infer<typeof RegistryForm>

const one = z.object({ id: ConnectionId })

export const connections = {
  list: call.output(z.array(ConnectionView)),
  rename: call.input(z.object({ id: ConnectionId, name: Name })).output(Connection),
  /** Walks every part of the way, each as it comes, and says which one fails. */
  test: call.input(one).output(streamOf(ConnectionPart)),
  /** The hosts of the SSH configuration. Nothing in it is run. */
  importable: call.output(z.object({ file: z.string(), hosts: z.array(ImportableHost), notes: z.array(z.string()) })),
  import: call.input(z.object({ aliases: z.array(z.string().max(255)).min(1).max(1000) })).output(z.array(Connection)),
  add: call.input(ServerForm).output(Connection),
  /** For the form; of secrets only whether there is one. */
  form: call.input(one).output(ServerForm.extend({ kept: KeptSecrets })),
  update: call.input(ServerForm.extend({ id: ConnectionId })).output(Connection),
  addRegistry: call.input(RegistryForm).output(Connection),
  /** For the form; of the password only whether there is one. */
  registryForm: call.input(one).output(RegistryForm.extend({ kept: z.boolean() })),
  updateRegistry: call.input(RegistryForm.extend({ id: ConnectionId })).output(Connection),
  /** Soft: undo within ten seconds. Refused while a target uses it. */
  remove: call.input(one).output(z.void()),
  undoRemove: call.input(one).output(Connection),
  /** Takes a host key for known; it must be the one that the server shows now. */
  trust: call.input(z.object({ id: ConnectionId, name: z.string().max(300), fingerprint: z.string().max(200) })).output(z.void()),
  /** What servers and locked keys ask while somebody signs in; all that wait, again with each change. */
  questions: call.output(streamOf(z.array(SignInQuestion))),
  /** null cancels. `keep` seals a passphrase or a password in the vault, so that it is not asked for again. */
  answer: call
    .input(
      z.object({
        id: z.string().max(100),
        answers: z.array(z.string().max(1000)).max(20).nullable(),
        keep: z.boolean().optional(),
      }),
    )
    .output(z.void()),
  /** What runs there, by every provider that knows how to look. */
  discover: call.input(one).output(z.array(Discovery)),
  /** Images by name; null is the Docker of this computer. */
  images: call.input(z.object({ id: ConnectionId.nullable() })).output(z.array(ImageOnHost)),
}
