import type { ContainerInspectInfo } from 'dockerode'
import type { Digest } from '../../../shared/domain/artifact'
import type { TargetContext } from '../provider'
import { allContainers, inspect, wasFound, type Container } from './containers'
import { parseTarget, type DockerTarget } from './fields'
import type { DockerHost } from './host'
import { imagesOn } from './images'
import { isOurs } from './labels'
import { proxyOf } from './proxy'
import type { ProxySeen } from './proxy/proxy'

/** One container of the service, wholly looked at. */
export interface Seen {
  container: Container
  details: ContainerInspectInfo
  /** The port of the server that leads to it; null where none does. */
  port: number | null
  serving: boolean
  stats: { memoryBytes: number | null; cpuPercent: number | null } | null
}

/** What a look at one host found. */
export interface HostLook {
  host: DockerHost
  /** The server's own clock at the look. */
  now: number
  seen: readonly Seen[]
  proxy: ProxySeen | null
  engine: { name: 'Docker' | 'Podman'; version: string; architecture: string; rootDir: string; containerdStore: boolean }
  present: readonly Digest[]
  diskFree: { bytes: number; share: number } | null
}

/** The port of the server behind which a container listens. */
export function portOf(container: Container, settings: Pick<DockerTarget, 'port'>): number | null {
  const ports = container.ports.filter((one) => settings.port === null || one.inside === settings.port)
  return ports[0]?.outside ?? null
}

/** The containers of the service on one host, with who of them gets traffic. Stopped ones too. */
export async function containersWithTraffic(host: DockerHost, context: TargetContext, signal: AbortSignal) {
  const settings = parseTarget(context.target.settings)
  const proxy = proxyOf(settings)
  const [all, seen] = await Promise.all([
    allContainers(host, signal),
    context.service.route && proxy ? proxy.see({ host, context, settings }, signal) : null,
  ])
  const own = all.filter((one) => isOurs(one.labels, context) || wasFound(one, settings.found))
  const upstream = new Set(seen?.upstreams.filter((one) => one.weight > 0).map((one) => one.port))
  const servingNow = (one: Container) => {
    if (!one.running) return false
    if (!seen) return true
    const port = portOf(one, settings)
    return port !== null && upstream.has(port)
  }
  return {
    settings,
    proxy: seen,
    all,
    own: own.map((container) => ({ container, port: portOf(container, settings), serving: servingNow(container) })),
  }
}

/** Looks at one host for one target. Throws what stands in the way. */
export async function lookAt(host: DockerHost, context: TargetContext, signal: AbortSignal): Promise<HostLook> {
  const [{ own, proxy }, engine, images, now] = await Promise.all([
    containersWithTraffic(host, context, signal),
    engineOf(host, signal),
    imagesOn(host, signal),
    host.now(signal),
  ])
  const seen = await Promise.all(
    own
      .filter((one) => one.container.running || one.serving)
      .map(async (one): Promise<Seen[]> => {
        const [details, stats] = await Promise.all([
          inspect(host, one.container.id, signal),
          statsOf(host, one.container.id, signal),
        ])
        return details ? [{ ...one, details, stats }] : []
      }),
  )
  return {
    host,
    now,
    seen: seen.flat(),
    proxy,
    engine,
    present: images.map((one) => one.digest),
    diskFree: await diskFree(host, engine.rootDir, signal),
  }
}

interface EngineInfo {
  ServerVersion?: string
  Architecture?: string
  DockerRootDir?: string
  DriverStatus?: [string, string][]
  /** Podman alone has it. */
  BuildahVersion?: string
}

export async function engineOf(host: DockerHost, signal: AbortSignal): Promise<HostLook['engine']> {
  const info = (await host.ask('tell what it is', signal, (docker) => docker.info())) as EngineInfo
  return {
    name: info.BuildahVersion === undefined ? 'Docker' : 'Podman',
    version: info.ServerVersion ?? '',
    architecture: info.Architecture ?? '',
    rootDir: info.DockerRootDir ?? '/var/lib/docker',
    // With containerd's store the id of an image is its manifest's, which another host may not share.
    containerdStore: (info.DriverStatus ?? []).some(([, value]) => value.includes('io.containerd.snapshotter')),
  }
}

/** Room on the disk that holds the images; null where the server does not say. */
export async function diskFree(host: DockerHost, folder: string, signal: AbortSignal): Promise<HostLook['diskFree']> {
  const link = await host.link(signal)
  const { code, stdout } = await link.run(['df', '-Pk', folder], { root: true }, signal)
  const cells = stdout.toString('utf8').trim().split('\n').at(-1)?.split(/\s+/) ?? []
  const [size, free] = [Number(cells[1]), Number(cells[3])]
  return code === 0 && Number.isFinite(free) && size > 0 ? { bytes: free * 1024, share: free / size } : null
}

interface Stats {
  memory_stats?: { usage?: number; stats?: { inactive_file?: number; total_inactive_file?: number } }
  cpu_stats?: { cpu_usage?: { total_usage?: number }; system_cpu_usage?: number; online_cpus?: number }
  precpu_stats?: { cpu_usage?: { total_usage?: number }; system_cpu_usage?: number }
}

/** Memory without the page cache, as `docker stats` counts it, and the processor's share since the last look. */
const before = new WeakMap<DockerHost, Map<string, { used: number; system: number }>>()

async function statsOf(host: DockerHost, id: string, signal: AbortSignal): Promise<Seen['stats']> {
  const stats = (await host
    .ask('measure a container', signal, (docker) => docker.getContainer(id).stats({ stream: false, 'one-shot': true }))
    .catch((error: unknown) => {
      if (signal.aborted) throw error
      return null
    })) as Stats | null
  if (!stats) return null
  const { memory_stats: memory, cpu_stats: cpu } = stats
  const cache = memory?.stats?.inactive_file ?? memory?.stats?.total_inactive_file ?? 0
  const memoryBytes = memory?.usage === undefined ? null : Math.max(0, memory.usage - cache)
  const [used, system] = [cpu?.cpu_usage?.total_usage, cpu?.system_cpu_usage]
  if (used === undefined || system === undefined) return { memoryBytes, cpuPercent: null }
  const known = before.get(host) ?? new Map<string, { used: number; system: number }>()
  before.set(host, known)
  const last = known.get(id)
  known.set(id, { used, system })
  const share = last && system > last.system ? (used - last.used) / (system - last.system) : null
  return { memoryBytes, cpuPercent: share === null ? null : Math.max(0, share * (cpu?.online_cpus ?? 1) * 100) }
}
