import { shortDigest } from '../../../shared/domain/artifact'
import type { Check } from '../../../shared/domain/check'
import { LinkLost, ProblemError } from '../../../shared/domain/problem'
import type { Step } from '../../../shared/domain/plan'
import { lockKey, type Change } from '../provider'
import { parseTarget } from './fields'
import type { DockerHost } from './host'
import { imageOf } from './images'
import { diskFree, engineOf } from './look'
import { isRouted } from './plan'
import { proxyOf } from './proxy'

interface Asked {
  change: Change
  hosts: readonly DockerHost[]
  steps: readonly Step[]
  signal: AbortSignal
}

/** What one question found on one host. */
interface Finding {
  outcome: Check['outcome']
  words: string
  detail?: string
  fix?: Check['fix']
}
type Question = (host: DockerHost, asked: Asked) => Promise<Finding | null>

const oldestDocker = [19, 3] as const
const leastFreeBytes = 512 * 1024 * 1024
const mostSkewMs = 30_000
const staleMs = 75_000

const gigabytes = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GB`
const pass = (words: string, detail = ''): Finding => ({ outcome: 'pass', words, detail })
const block = (words: string, detail = ''): Finding => ({ outcome: 'block', words, detail })

/** By id: what is asked of each host, and how it reads where all is well. */
const questions: Record<string, { well: string; ask: Question }> = {
  docker: {
    well: 'Docker answers',
    ask: async (host, { signal }) => {
      const { version, containerdStore } = await engineOf(host, signal)
      const [major = 0, minor = 0] = version.split('.').map(Number)
      if (containerdStore)
        return block(
          'keeps its images in containerd’s store',
          'There an image’s id is another than elsewhere, so it could not be proven that the same bytes run. Turn the feature containerd-snapshotter off in /etc/docker/daemon.json.',
        )
      if (major < oldestDocker[0] || (major === oldestDocker[0] && minor < oldestDocker[1]))
        return block(`has Docker ${version}, which is too old`, `Install ${oldestDocker.join('.')} or newer there.`)
      return pass(version)
    },
  },
  architecture: {
    well: 'The architecture fits',
    ask: async (host, { change, hosts, signal }) => {
      const { artifact } = change
      if (!artifact) return null
      const images = await Promise.all(hosts.map((one) => imageOf(one, artifact, signal).catch(() => null)))
      const known = images.find((one) => one !== null)
      if (!known) return null
      const { architecture } = await engineOf(host, signal)
      return sameArchitecture(architecture, known.architecture)
        ? pass(architecture)
        : block(
            `is ${architecture}, but ${shortDigest(artifact)} is for ${known.architecture}`,
            'Build the image for that architecture too.',
          )
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
    ask: async (host, { signal }) => {
      const link = await host.link(signal)
      const probe = 'f=$(mktemp "${TMPDIR:-/tmp}/slipway.XXXXXX") && echo x > "$f" && rm -f "$f"'
      const { code, stderr } = await link.run(['/bin/sh', '-c', probe], {}, signal)
      return code === 0 ? pass('') : block('cannot be written', stderr.trim().slice(0, 200) || 'Its disk is full or read-only.')
    },
  },
  clock: {
    well: 'The clocks agree',
    ask: async (host, { signal }) => {
      await host.now(signal)
      const skew = host.skewMs ?? 0
      const words = `is ${Math.abs(Math.round(skew / 1000))} s ${skew < 0 ? 'behind' : 'ahead'}`
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
      const since = `${words}, since ${clockTime(held.since)}, last heard of ${clockTime(held.beatAt)} by the server’s clock`
      if (held.now - held.beatAt > staleMs)
        return {
          outcome: 'block',
          words: 'is locked by a run that is not heard of any more',
          detail: since,
          fix: { kind: 'reclaim-lock', label: 'Take the lock away' },
        }
      return block('is held by another run', since)
    },
  },
}

const clockTime = (at: number) => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`

/** Docker's and the kernel's names for the same machine. */
function sameArchitecture(host: string, image: string): boolean {
  const names: Record<string, string> = { x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm' }
  return (names[host] ?? host) === (names[image] ?? image)
}

async function ask(id: string, host: DockerHost, asked: Asked): Promise<Finding | null> {
  try {
    return (await questions[id]?.ask(host, asked)) ?? null
  } catch (error) {
    asked.signal.throwIfAborted()
    if (error instanceof LinkLost) return { outcome: 'unknown', words: 'could not be asked', detail: error.problem.message }
    if (error instanceof ProblemError)
      return {
        outcome: 'block',
        words: 'is in the way',
        detail: [error.problem.message, error.problem.fix].filter(Boolean).join(' '),
      }
    throw error
  }
}

/** All checks of a change on its servers; none stops the others. A question that every host answers well is one row. */
export async function checksOf(asked: Asked): Promise<Check[]> {
  const { change, hosts } = asked
  const row = (id: string, outcome: Check['outcome'], message: string, detail: string, fix: Check['fix'] = null): Check => ({
    id,
    source: 'docker',
    targetId: change.target.id,
    outcome,
    message,
    detail,
    fix,
  })
  const perQuestion = await Promise.all(
    Object.entries(questions).map(async ([id, { well }]) => {
      const found = await Promise.all(hosts.map(async (host) => ({ host, finding: await ask(id, host, asked) })))
      const asking = found.flatMap(({ host, finding }) => (finding ? [{ host, finding }] : []))
      const ill = asking.filter(({ finding }) => finding.outcome !== 'pass')
      if (asking.length === 0) return []
      if (ill.length === 0)
        return [
          row(
            id,
            'pass',
            `${well} on ${hosts.map((host) => host.name).join(', ')}`,
            [...new Set(asking.map(({ finding }) => finding.words))].filter(Boolean).join(', '),
          ),
        ]
      return ill.map(({ host, finding }) =>
        row(
          `${id}-${host.name}`.slice(0, 100),
          finding.outcome,
          `${host.name} ${finding.words}`,
          finding.detail ?? '',
          finding.fix ?? null,
        ),
      )
    }),
  )
  return [...perQuestion.flat(), ...manners(asked, row)]
}

/** What the settings of the target mean for people, whatever the hosts say. */
function manners(
  { change }: Asked,
  row: (id: string, outcome: Check['outcome'], message: string, detail: string) => Check,
): Check[] {
  const settings = parseTarget(change.target.settings)
  const { service, kind } = change
  if (kind === 'stop') return []
  const checks: Check[] = []
  if (service.route && settings.port === null)
    checks.push(
      row(
        'container-port',
        'block',
        `The port of ${service.slug} inside its container is not known`,
        'Give it in the target’s settings.',
      ),
    )
  if (service.route && !isRouted(change, settings)) {
    const detail = 'It has a port of the server and no proxy: there is a gap in which nobody answers.'
    checks.push(row('gap', 'warn', `${service.slug} stops before the new one starts`, detail))
    if (change.strategy.kind === 'canary')
      checks.push(
        row(
          'canary',
          'block',
          `${service.slug} has no proxy that could share its traffic`,
          'Choose another strategy, or put nginx or HAProxy before it.',
        ),
      )
  }
  const held = settings.volumes.filter((volume) => /^\/(?:var\/)?run\/(?:docker|podman)/.test(volume))
  if (held.length > 0)
    checks.push(
      row(
        'engine-socket',
        'warn',
        `${service.slug} gets the Engine’s own socket`,
        `${held.join(', ')}: whoever breaks into it owns the server.`,
      ),
    )
  return checks
}
