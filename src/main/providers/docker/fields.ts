import { z } from 'zod'
import type { Field } from '../provider'
import { problem } from './text'

/** Words that go into files and command lines of others: letters, digits, `_`, `-`, `.`. */
const word = (what: string) => z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, `${what} is letters, digits, _ . and -`)
const orEmpty = <T extends z.ZodType<string>>(schema: T) => z.union([z.literal(''), schema])
const port = z.int().min(1).max(65_535)

/** A volume or a folder of the server: `name:/path`, `/folder:/path:ro`. */
const Volume = z
  .string()
  .regex(/^(?:[A-Za-z0-9][A-Za-z0-9_.-]*|\/[A-Za-z0-9_./-]+):\/[A-Za-z0-9_./-]+(?::ro)?$/, 'Write name:/path or /folder:/path:ro')

/** How one service runs in containers on servers. */
export const DockerTarget = z.object({
  /** On each server. */
  instances: z.int().min(1, 'At least one').max(50, 'At most fifty'),
  /** Where the program listens inside its container; null where it does not. */
  port: port.nullable(),
  proxy: z.enum(['nginx', 'haproxy', 'none']),
  /** The upstream (nginx) or backend (HAProxy); empty: made from the names. */
  upstream: orEmpty(word('A name')),
  /** The file that holds the upstream and nothing else; empty: one of Slipway's own in /etc/nginx/conf.d. */
  upstreamFile: z.string().regex(/^(?:\/[A-Za-z0-9_.-]+)*$/, 'Give an absolute path'),
  /** HAProxy's runtime socket. */
  socket: z.string().regex(/^(?:\/[A-Za-z0-9_.-]+)+$/, 'Give an absolute path'),
  /** Without a proxy: the port of the server itself. */
  publish: port.nullable(),
  command: z.array(z.string()),
  network: orEmpty(word('A network')),
  volumes: z.array(Volume).max(50),
  stopSeconds: z.int().min(0).max(600),
  /** Old containers that stay, stopped, so that their image is not pruned. */
  keep: z.int().min(0).max(20),
  /** A header of the health answer that must name this release; empty: the container itself is asked, which is enough. */
  versionHeader: orEmpty(word('A header')),
  /** What ran before Slipway: the name of a container, or `project/service` of compose. */
  found: z
    .string()
    .regex(/^(?:[A-Za-z0-9][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9][A-Za-z0-9_.-]*)?)?$/, 'A container, or project/service'),
})
export type DockerTarget = z.infer<typeof DockerTarget>

const list = (separator: RegExp) => (value: unknown) =>
  typeof value === 'string' ? value.split(separator).filter((one) => one !== '') : value

const Given = z.object({
  instances: DockerTarget.shape.instances.default(1),
  port: DockerTarget.shape.port.default(null),
  proxy: DockerTarget.shape.proxy.default('nginx'),
  upstream: DockerTarget.shape.upstream.default(''),
  upstreamFile: DockerTarget.shape.upstreamFile.default(''),
  socket: DockerTarget.shape.socket.default('/run/haproxy/admin.sock'),
  publish: DockerTarget.shape.publish.default(null),
  command: DockerTarget.shape.command.default([]),
  network: DockerTarget.shape.network.default(''),
  volumes: z.preprocess(list(/[\s,]+/), DockerTarget.shape.volumes).default([]),
  stopSeconds: DockerTarget.shape.stopSeconds.default(10),
  keep: DockerTarget.shape.keep.default(2),
  versionHeader: DockerTarget.shape.versionHeader.default(''),
  found: DockerTarget.shape.found.default(''),
})

export const targetFields: readonly Field[] = [
  {
    key: 'port',
    label: 'Port inside the container',
    kind: 'number',
    help: 'Where the program listens. Leave it empty for a worker.',
  },
  {
    key: 'proxy',
    label: 'Traffic comes by',
    kind: 'choice',
    required: true,
    choices: [
      { value: 'nginx', label: 'nginx on the server' },
      { value: 'haproxy', label: 'HAProxy on the server' },
      { value: 'none', label: 'a port of the server itself (the old stops first)' },
    ],
  },
  { key: 'instances', label: 'Instances on each server', kind: 'number', required: true },
  {
    key: 'upstream',
    label: 'Upstream or backend',
    kind: 'text',
    help: 'Its name in the proxy. Leave it empty for one made from the names.',
  },
  {
    key: 'upstreamFile',
    label: 'File of the upstream',
    kind: 'text',
    help: 'nginx: a file that holds this upstream and nothing else. Empty: one of Slipway’s own.',
  },
  { key: 'socket', label: 'HAProxy’s runtime socket', kind: 'text' },
  { key: 'publish', label: 'Port of the server', kind: 'number', help: 'Only without a proxy.' },
  { key: 'command', label: 'Command', kind: 'command', help: 'Leave it empty for the image’s own.' },
  { key: 'network', label: 'Docker network', kind: 'text' },
  { key: 'volumes', label: 'Volumes', kind: 'text', help: 'name:/path or /folder:/path:ro, with spaces between.' },
  { key: 'stopSeconds', label: 'Seconds to stop', kind: 'number' },
  { key: 'keep', label: 'Old containers to keep', kind: 'number', help: 'Stopped, so that a roll back finds its image.' },
  {
    key: 'versionHeader',
    label: 'Version header',
    kind: 'text',
    help: 'A header of the health answer that must name the release.',
  },
  {
    key: 'found',
    label: 'Ran before as',
    kind: 'text',
    help: 'The container, or project/service of compose, that Slipway took over.',
  },
]

/** Parses a target's settings. Throws `docker-target-wrong`, which names the field. */
export function parseTarget(settings: Record<string, unknown>): DockerTarget {
  const parsed = Given.safeParse(settings)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw problem('docker-target-wrong', { field: issue?.path.join('.') ?? '', why: issue?.message ?? 'it is not understood' })
  }
  return parsed.data
}
