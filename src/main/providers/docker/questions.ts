import { dirname } from 'node:path/posix'
import { shortDigest } from '../../../shared/domain/artifact'
import type { Check } from '../../../shared/domain/check'
import { ProblemError } from '../../../shared/domain/problem'
import { registryOf } from '../../../shared/domain/registry'
import type { ArtifactStore, Registries } from '../../ports'
import { lockKey, type Change } from '../provider'
import { parseTarget } from './fields'
import type { DockerHost } from './host'
import { imageOf } from './images'
import { diskFree, engineOf } from './look'
import { upstreamFileOf } from './names'
import { proxyOf } from './proxy'
import { offered } from './registry'

/** A change, and the servers that are asked whether it can be made. */
export interface Asked {
  change: Change
  hosts: readonly DockerHost[]
  artifacts: ArtifactStore
  registries: Registries
  signal: AbortSignal
}

/** What one question found on one host. */
export interface Finding {
  outcome: Check['outcome']
  words: string
  /** The whole sentence, where it is not the host's name and the words. */
  message?: string
  detail?: string
  fix?: Check['fix']
  /** The problem behind it, where it is in the way of more than one question. */
  cause?: string
}
type Question = (host: DockerHost, asked: Asked) => Promise<Finding | null>

const oldest = { Docker: [19, 3], Podman: [4, 0] } as const
const leastFreeBytes = 512 * 1024 * 1024
const mostSkewMs = 30_000
const staleMs = 75_000

const gigabytes = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GB`
const pass = (words: string, detail = ''): Finding => ({ outcome: 'pass', words, detail })
const block = (words: string, detail = ''): Finding => ({ outcome: 'block', words, detail })

/** By id: what is asked of each host, and how it reads where all is well. */
export const questions: Record<string, { well: string; ask: Question }> = {
  docker: {
    well: 'Docker answers',
    ask: async (host, { signal }) => {
      const { name, version, containerdStore } = await engineOf(host, signal)
      const [major = 0, minor = 0] = version.split('.').map(Number)
      const [leastMajor, leastMinor] = oldest[name]
      if (containerdStore)
        return block(
          'keeps its images in containerd’s store',
          'There an image’s id is another than elsewhere, so it could not be proven that the same bytes run. Turn the feature containerd-snapshotter off in /etc/docker/daemon.json.',
        )
      if (major < leastMajor || (major === leastMajor && minor < leastMinor))
        return block(`has ${name} ${version}, which is too old`, `Install ${leastMajor}.${leastMinor} or newer there.`)
      return pass(name === 'Docker' ? version : `${name} ${version}`)
    },
  },
  architecture: {
    well: 'The architecture fits',
    ask: async (host, { change, hosts, artifacts, signal }) => {
      const { artifact } = change
      if (!artifact) return null
      const images = await Promise.all(hosts.map((one) => imageOf(one, artifact, signal).catch(() => null)))
      const wanted = artifacts.get(artifact)?.architecture ?? images.find((one) => one !== null)?.architecture
      if (!wanted) return null
      const { architecture } = await engineOf(host, signal)
      return sameArchitecture(architecture, wanted)
        ? pass(architecture)
        : block(`is ${architecture}, but ${shortDigest(artifact)} is for ${wanted}`, 'Build the image for that architecture too.')
    },
  },
  registry: {
    well: 'The registry gives the image to the servers',
    ask: async (host, { change: { artifact, pull }, registries, signal }) => {
      if (!artifact || !pull || (await imageOf(host, artifact, signal))) return null
      const registry = registryOf(pull.locator)
      try {
        await offered(host, pull.locator, registries, signal)
        return pass(registry)
      } catch (error) {
        // Somebody else has it: it goes there through this computer.
        if (pull.only || !(error instanceof ProblemError)) throw error
        const { message, fix } = error.problem
        return {
          outcome: 'warn',
          words: `cannot pull from ${registry}; the image is brought from a host that has it`,
          detail: [message, fix].filter(Boolean).join(' '),
        }
      }
    },
  },
  disk: {
    well: 'The disks have room',
    ask: async (host, { signal }) => {
      const { rootDir } = await engineOf(host, signal)
      const free = await diskFree(host, rootDir, signal)
      if (!free) return { outcome: 'unknown', words: 'does not say how full its disk is' }
      if (free.bytes < leastFreeBytes)
        return block(`has only ${gigabytes(free.bytes)} free for images`, 'Make room there: docker image prune')
      return free.share < 0.05
        ? { outcome: 'warn', words: `has only ${gigabytes(free.bytes)} free for images` }
        : pass(gigabytes(free.bytes))
    },
  },
  writable: {
    well: 'The servers can be written',
    ask: async (host, { change, signal }) => {
      const settings = parseTarget(change.target.settings)
      const proxied = change.service.route && settings.proxy === 'nginx'
      const folders = proxied ? [dirname(upstreamFileOf(change, settings))] : []
      const link = await host.link(signal)
      const { code, stdout, stderr } = await link.run(['/bin/sh', '-c', tryWriting, 'sh', ...folders], { root: true }, signal)
      if (code === 0) return pass('')
      const folder = stdout.toString('utf8').trim()
      return block(
        `cannot be written at ${folder}`,
        /read-only/i.test(stderr)
          ? `Its disk is read-only. Look for the cause with dmesg, then: mount -o remount,rw ${folder}`
          : /no space/i.test(stderr)
            ? 'Its disk is full. Make room there: docker image prune, journalctl --vacuum-size=200M'
            : stderr.trim().slice(0, 200),
      )
    },
  },
  clock: {
    well: 'The clocks agree',
    ask: async (host, { signal }) => {
      const skew = await host.skew(signal)
      const words = `is ${spanWords(Math.abs(skew))} ${skew < 0 ? 'behind' : 'ahead'}`
      return Math.abs(skew) > mostSkewMs
        ? {
            outcome: 'warn',
            words,
            detail: 'Stamps in its logs are off by that much. Turn on time synchronisation there: timedatectl set-ntp true',
          }
        : pass('')
    },
  },
  proxy: {
    well: 'The proxies are ready',
    ask: async (host, { change, signal }) => {
      const settings = parseTarget(change.target.settings)
      const proxy = proxyOf(settings)
      if (!change.service.route || !proxy) return null
      const place = { host, context: change, settings }
      const refused = await proxy.test(place, signal)
      if (refused) return block(`has a configuration of ${proxy.name} that is refused`, refused)
      const seen = await proxy.see(place, signal)
      return seen.obstacle ? { outcome: 'warn', words: 'has no site that leads here', detail: seen.obstacle } : pass(proxy.name)
    },
  },
  port: {
    well: 'The published port is free or already its own',
    ask: async (host, { change, signal }) => {
      const settings = parseTarget(change.target.settings)
      const wanted = settings.publish ?? settings.port
      if (!change.service.route || settings.proxy !== 'none' || wanted === null) return null
      const link = await host.link(signal)
      const { code, stdout } = await link.run(['ss', '-Hltn', `sport = :${wanted}`], {}, signal)
      if (code !== 0 || stdout.toString().trim() === '') return pass('')
      const own = change.observed.instances.some((one) => one.connectionId === host.connectionId)
      return own ? pass('') : block(`has another program on port ${wanted}`, 'Stop it, or publish on another port.')
    },
  },
  'server-lock': {
    well: 'No other run holds the servers',
    ask: async (host, { change, signal }) => {
      const { locks } = await host.link(signal)
      const standing = await locks.read(lockKey(change), signal)
      if (!standing) return pass('')
      const { held, words } = standing
      const since = `${words}, since ${clockTime(held.since)} by the server’s clock`
      if (held.now - held.beatAt > staleMs)
        return {
          outcome: 'block',
          words: 'is locked by a run that is not heard of any more',
          detail: `${since}, last heard of ${clockTime(held.beatAt)}`,
          fix: { kind: 'reclaim-lock', label: 'Take the lock away' },
        }
      // Two plans of the same world say the same: when a living one was last heard of is not said.
      return block('is held by another run', since)
    },
  },
}

/** Writes a byte where runs keep their locks, where programs keep what is passing, and in the folders given; says the first that refuses. */
const tryWriting = [
  'if [ "$(id -u)" = 0 ]; then own=/var/lib/slipway; else own=$HOME; fi; [ -d "$own" ] || own=$(dirname "$own")',
  'try() { f=$(mktemp "$1/.slipway.XXXXXX") || return 1; env echo x > "$f"; r=$?; rm -f "$f"; return $r; }',
  'for d in "$own" "${TMPDIR:-/tmp}" "$@"; do [ ! -d "$d" ] || try "$d" || { echo "$d"; exit 1; }; done',
].join('; ')

const clockTime = (at: number) => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`

/** A time as people say it. */
function spanWords(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`
}

/** Docker's and the kernel's names for the same machine. */
function sameArchitecture(host: string, image: string): boolean {
  const names: Record<string, string> = { x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm' }
  return (names[host] ?? host) === (names[image] ?? image)
}
