import type { RemoteCommand, RemoteLocks } from '../../../ssh/link'
import type { TargetContext } from '../../provider'
import type { DockerTarget } from '../fields'
import type { DockerHost } from '../host'

/** One server of an upstream: a port of the host itself. */
export interface Upstream {
  port: number
  /** 0 gets nothing. */
  weight: number
  /** Stands by: gets what none of the others answers. */
  spare?: true
}

export interface ProxySeen {
  /** Those that get traffic, without the ones that stand by. */
  upstreams: readonly Upstream[]
  /** Ports of those that stand by. */
  spares: readonly number[]
  /** Facts for the page: which proxy, which names and ports lead to it. */
  sites: readonly { label: string; value: string; ok: boolean }[]
  /** Days that the certificate is valid, where one was found. */
  certificateDays: number | null
  /** What stands in the way; null where nothing. */
  obstacle: string | null
}

export interface ProxyPlace {
  host: DockerHost
  context: TargetContext
  settings: DockerTarget
}

/** What stands before every change of a run: its lock on the server is still its own. */
export interface Fence {
  /** Throws where it is not; asks the server where its last answer is not fresh. To be called right before what is sent. */
  still(): Promise<void>
  /** Asks the server, whatever it said before. */
  ask(): Promise<void>
  /** The command as one that the server itself begins only then; ends with `passedCode` otherwise. */
  guarded(locks: RemoteLocks, command: RemoteCommand): RemoteCommand
}

/** What a reverse proxy on a server can do. */
export interface Proxy {
  name: string
  /** Whether it takes servers that stand by. */
  takesSpares: boolean
  see(place: ProxyPlace, signal: AbortSignal): Promise<ProxySeen>
  /** What would be written or sent, for "Show commands". */
  commands(place: Pick<ProxyPlace, 'context' | 'settings'>, upstreams: readonly string[]): string[]
  /** Whether the configuration is sound now: the reason where it is not. */
  test(place: ProxyPlace, signal: AbortSignal): Promise<string | null>
  /** Makes exactly these the upstream. `key` names the work, so that a cut link can be read back. */
  point(
    place: ProxyPlace,
    upstreams: readonly Upstream[],
    key: { run: string; step: string },
    fence: Fence,
    signal: AbortSignal,
  ): Promise<void>
  /** What became of `point` where the link was lost. */
  pointed(
    place: ProxyPlace,
    upstreams: readonly Upstream[],
    key: { run: string; step: string },
    signal: AbortSignal,
  ): Promise<'done' | 'not-done' | 'unknown'>
  /** Waits until what was taken away has answered its requests; false where the time was over. */
  drained(place: ProxyPlace, ports: readonly number[], capMs: number, signal: AbortSignal): Promise<boolean>
}

export const sameUpstreams = (a: readonly Upstream[], b: readonly Upstream[]) => {
  const text = (all: readonly Upstream[]) =>
    all
      .map(({ port, weight }) => `${port}/${weight}`)
      .toSorted()
      .join()
  return text(a) === text(b)
}

/** Whether each port gets the same part of the traffic: weights count only against each other. */
export const sameShares = (a: readonly Upstream[], b: readonly Upstream[]) => {
  const shares = (all: readonly Upstream[]) => {
    const total = all.reduce((sum, { weight }) => sum + weight, 0)
    return all.map(({ port, weight }) => ({ port, weight: Math.round((weight / total) * 1000) }))
  }
  return sameUpstreams(shares(a), shares(b))
}
