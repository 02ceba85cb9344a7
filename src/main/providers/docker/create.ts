import type { ContainerCreateOptions } from 'dockerode'
import { alias } from '../../../shared/domain/release'
import type { StepContext } from '../provider'
import { allContainers, create, inspect, remove, start } from './containers'
import type { DockerTarget } from './fields'
import type { DockerHost } from './host'
import { labelsOf } from './labels'
import { statusOf } from './problems'
import { problem } from './text'
import { ProblemError } from '../../../shared/domain/problem'

const firstPort = 20_000
const lastPort = 29_999

type Role = Parameters<typeof labelsOf>[1]

/** What the Engine is told. Settings travel in the create call: on no command line, and in no file. */
export async function optionsFor(
  context: StepContext,
  settings: DockerTarget,
  name: string,
  more: { role: Role; command?: readonly string[]; port?: number | null; terminal?: boolean },
): Promise<ContainerCreateOptions> {
  const { artifact, release } = context
  const given = Object.entries(await context.variables()).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : value.reveal()}`,
  )
  const command = more.command ?? settings.command
  const { port } = more
  return {
    name,
    Image: artifact ?? '',
    ...(command.length > 0 ? { Cmd: [...command] } : {}),
    Env: [...(release ? [`SLIPWAY_RELEASE=${alias(release)}`] : []), ...given],
    Labels: labelsOf(context, more.role),
    StopTimeout: settings.stopSeconds,
    ...(more.terminal
      ? { Tty: true, OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true, AttachStderr: true }
      : {}),
    ...(port && settings.port !== null ? { ExposedPorts: { [`${settings.port}/tcp`]: {} } } : {}),
    HostConfig: {
      Binds: settings.volumes,
      ...(settings.network ? { NetworkMode: settings.network } : {}),
      RestartPolicy: more.role === 'instance' ? { Name: 'unless-stopped' } : { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '50m', 'max-file': '4' } },
      ...(port && settings.port !== null
        ? {
            PortBindings: {
              [`${settings.port}/tcp`]: [{ HostIp: settings.proxy === 'none' ? '' : '127.0.0.1', HostPort: String(port) }],
            },
          }
        : {}),
    },
  }
}

/** Ports that no container was told to have. Whether another program has one shows when it starts. */
async function* freePorts(host: DockerHost, signal: AbortSignal): AsyncGenerator<number> {
  const taken = new Set<number>()
  for (const { id } of await allContainers(host, signal)) {
    const details = await inspect(host, id, signal)
    for (const bindings of Object.values(details?.HostConfig.PortBindings ?? {}) as ({ HostPort: string }[] | null)[])
      for (const { HostPort } of bindings ?? []) taken.add(Number(HostPort))
  }
  for (let port = firstPort; port <= lastPort; port++) if (!taken.has(port)) yield port
}

/** Makes and starts an instance; where its port turns out to be taken, with the next one. */
export async function launch(
  host: DockerHost,
  context: StepContext,
  settings: DockerTarget,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const routed = context.service.route && settings.port !== null
  if (!routed || settings.proxy === 'none') {
    const port = routed ? (settings.publish ?? settings.port) : null
    await create(host, await optionsFor(context, settings, name, { role: 'instance', port }), signal)
    await startOr(host, name, signal)
    return
  }
  for await (const port of freePorts(host, signal)) {
    await create(host, await optionsFor(context, settings, name, { role: 'instance', port }), signal)
    try {
      await start(host, name, signal)
      return
    } catch (error) {
      if (!(error instanceof ProblemError) || error.problem.code !== 'port-taken') throw error
      await remove(host, name, signal)
    }
  }
  throw problem('no-free-port', { host: host.name })
}

/** One that cannot start leaves nothing behind. */
async function startOr(host: DockerHost, name: string, signal: AbortSignal) {
  try {
    await start(host, name, signal)
  } catch (error) {
    if (statusOf(error) !== null) await remove(host, name, signal).catch(() => {})
    throw error
  }
}
