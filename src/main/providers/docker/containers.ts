import type { ContainerCreateOptions, ContainerInfo, ContainerInspectInfo } from 'dockerode'
import { Digest } from '../../../shared/domain/artifact'
import type { TargetContext } from '../provider'
import type { DockerHost } from './host'
import { composeIn, isOurs } from './labels'
import { statusOf } from './problems'

/** A container as this provider looks at it. */
export interface Container {
  id: string
  name: string
  image: string
  artifact: Digest | null
  labels: Readonly<Record<string, string | undefined>>
  running: boolean
  /** Published on the server: inside → outside. */
  ports: readonly { inside: number; outside: number; address: string }[]
}

/** Whether a container has the name, or the compose names, under which the service ran before Slipway. */
export function wasFound(container: Pick<Container, 'name' | 'labels'>, found: string): boolean {
  if (found === '') return false
  const compose = composeIn(container.labels)
  return container.name === found || (compose !== null && `${compose.project}/${compose.service}` === found)
}

export function containerFrom(info: ContainerInfo): Container {
  const digest = Digest.safeParse(info.ImageID)
  const seen = new Set<string>()
  return {
    id: info.Id,
    name: (info.Names[0] ?? '').replace(/^\//, ''),
    image: info.Image,
    artifact: digest.success ? digest.data : null,
    labels: info.Labels,
    running: info.State === 'running',
    ports: info.Ports.flatMap(({ PrivatePort: inside, PublicPort: outside, IP: address }) => {
      // One line for IPv4 and one for IPv6 say the same.
      const known = seen.has(`${inside} ${outside}`)
      seen.add(`${inside} ${outside}`)
      return outside && !known ? [{ inside, outside, address }] : []
    }),
  }
}

export async function allContainers(host: DockerHost, signal: AbortSignal): Promise<Container[]> {
  const found = await host.ask('list its containers', signal, (docker) => docker.listContainers({ all: true }))
  return found.map(containerFrom)
}

/** The containers of a service in an environment: ours, and what ran before Slipway. */
export async function containersOf(
  host: DockerHost,
  context: TargetContext,
  found: string,
  signal: AbortSignal,
): Promise<Container[]> {
  const all = await allContainers(host, signal)
  return all.filter((one) => isOurs(one.labels, context) || wasFound(one, found))
}

/** null where there is none of that name. */
export function inspect(host: DockerHost, name: string, signal: AbortSignal): Promise<ContainerInspectInfo | null> {
  return host.ask(`look at ${name}`, signal, (docker) =>
    docker
      .getContainer(name)
      .inspect()
      .catch((error: unknown) => {
        if (statusOf(error) === 404) return null
        throw error
      }),
  )
}

export async function create(host: DockerHost, options: ContainerCreateOptions, signal: AbortSignal): Promise<void> {
  await host.ask(`make the container ${options.name ?? ''}`, signal, (docker) => docker.createContainer(options))
}

/** Does nothing where it runs. */
export async function start(host: DockerHost, name: string, signal: AbortSignal): Promise<void> {
  await host.ask(`start ${name}`, signal, (docker) => unless(304, docker.getContainer(name).start()))
}

/** Asks it to end, and kills it after so many seconds. Does nothing where it does not run or is not there. */
export async function stop(host: DockerHost, name: string, seconds: number, signal: AbortSignal): Promise<void> {
  const limit = (seconds + 30) * 1000
  await host.ask(`stop ${name}`, signal, (docker) => unless([304, 404], docker.getContainer(name).stop({ t: seconds })), limit)
}

export async function remove(host: DockerHost, name: string, signal: AbortSignal): Promise<void> {
  await host.ask(
    `remove ${name}`,
    signal,
    (docker) => unless(404, docker.getContainer(name).remove({ force: true, v: true })),
    60_000,
  )
}

async function unless(statuses: number | number[], work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    const status = statusOf(error)
    if (status === null || ![statuses].flat().includes(status)) throw error
  }
}

/** What an ended container says of its end; null while it runs. */
export function exitOf({ State }: Pick<ContainerInspectInfo, 'State'>): { code: number; words: string } | null {
  if (State.Running || State.Restarting) return null
  if (State.Status === 'created') return State.Error ? { code: -1, words: State.Error } : null
  const killed = State.OOMKilled ? 'it was killed: out of memory' : null
  return { code: State.ExitCode, words: killed ?? (State.Error || `it ended with code ${State.ExitCode}`) }
}
