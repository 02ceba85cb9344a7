import type { Duplex } from 'node:stream'
import type { OpenTerminal, StepContext } from '../provider'
import { inspect, remove } from './containers'
import { optionsFor } from './create'
import { parseTarget } from './fields'
import type { DockerHost } from './host'
import { containerOf, prefixOf } from './names'
import { problem } from './text'

interface Size {
  columns: number
  rows: number
}

/** Best first: what an image has decides. */
const shells = 'if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi'

/** A shell in a running container. */
export async function shellIn(
  hosts: readonly DockerHost[],
  instance: string,
  { columns, rows }: Size,
  signal: AbortSignal,
): Promise<OpenTerminal> {
  const host = hosts.find((one) => instance.endsWith(`@${one.name}`))
  if (!host) throw problem('instance-gone', { instance })
  const name = containerOf(instance)
  const exec = await host.ask(`open a shell in ${name}`, signal, (docker) =>
    docker.getContainer(name).exec({
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: true,
      Cmd: ['sh', '-c', shells],
      Env: ['TERM=xterm-256color'],
    }),
  )
  const stream: Duplex = await host.ask(`open a shell in ${name}`, signal, () =>
    exec.start({ hijack: true, stdin: true, Tty: true }),
  )
  const resize = (w: number, h: number) =>
    host
      .ask('resize a shell', signal, () => exec.resize({ w, h }))
      .then(
        () => {},
        () => {},
      )
  await resize(columns, rows)
  return {
    stream,
    resize,
    ended: closed(stream).then(async () => {
      const end = await host.ask('ask how a shell ended', AbortSignal.timeout(5000), () => exec.inspect()).catch(() => null)
      return { code: end?.Running === false ? end.ExitCode : null }
    }),
  }
}

/** A command once, in a container of its own with the service's settings; it is removed when it ends, or when nobody looks any more. */
export async function oneOff(
  host: DockerHost,
  command: readonly string[],
  context: StepContext,
  { columns, rows }: Size,
  signal: AbortSignal,
): Promise<OpenTerminal> {
  const settings = parseTarget(context.target.settings)
  const name = `${prefixOf(context)}-once-${context.runId.slice(-12)}`
  const options = await optionsFor(context, settings, name, { role: 'one-off', command, terminal: true })
  const stream: Duplex = (await host.ask(`run ${command[0] ?? 'a command'} once`, signal, async (docker) => {
    const container = await docker.createContainer(options)
    const attached = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true })
    await container.start()
    return attached
  })) as unknown as Duplex
  const resize = (w: number, h: number) =>
    host
      .ask('resize a terminal', signal, (docker) => docker.getContainer(name).resize({ w, h }))
      .then(
        () => {},
        () => {},
      )
  await resize(columns, rows)
  return {
    stream,
    resize,
    ended: closed(stream).then(async () => {
      const limit = AbortSignal.timeout(20_000)
      const end = await inspect(host, name, limit).catch(() => null)
      await remove(host, name, limit).catch(() => {})
      return { code: end && !end.State.Running ? end.State.ExitCode : null }
    }),
  }
}

const closed = (stream: Duplex) =>
  new Promise<void>((resolve) => {
    stream.once('end', resolve)
    stream.once('close', resolve)
    stream.once('error', () => resolve())
  })
