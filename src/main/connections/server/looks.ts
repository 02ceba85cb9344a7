import type { ServerSettings } from '../../../shared/domain/server'
import { LinkLost, ProblemError } from '../../../shared/domain/problem'
import type { Clock } from '../../ports'
import type { RunOptions, ServerLink } from '../../ssh/link'
import type { ConnectionCheck } from '../connection'
import { problem } from './text'

const leastFreeBytes = 1024 ** 3
const mostSkew = 60
const gigabytes = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GB`

/** One part of a test: its words, or the problem in the way. */
export async function part(name: string, work: () => Promise<string>): Promise<ConnectionCheck> {
  try {
    return { part: name, outcome: 'pass', words: await work(), problem: null }
  } catch (error) {
    return failed(name, error)
  }
}

export function failed(name: string, error: unknown): ConnectionCheck {
  const known =
    error instanceof ProblemError || error instanceof LinkLost
      ? error.problem
      : problem('part-failed', { part: name, why: error instanceof Error ? error.message : String(error) }).problem
  return { part: name, outcome: 'fail', words: known.message, problem: known }
}

async function said(link: ServerLink, command: readonly string[], options: RunOptions, signal: AbortSignal): Promise<string> {
  const { code, stdout, stderr } = await link.run(command, { limit: 64 * 1024, ...options }, signal)
  if (code !== 0)
    throw problem('part-failed', { part: command.join(' '), why: stderr.trim().slice(0, 300) || `it ended with ${code}` })
  return stdout.toString('utf8').trim()
}

/** Whether one becomes root there in the way that the settings say. */
export const rootLook = (link: ServerLink, root: ServerSettings['root'], signal: AbortSignal) => async () => {
  const id = await said(link, ['id', '-u'], { root: root.by === 'sudo' }, signal)
  if (id === '0') return root.by === 'sudo' && link.user !== 'root' ? `${link.user} becomes root by sudo` : 'root'
  if (root.by === 'user') return `As ${link.user}, without root`
  throw problem('root-refused', { name: link.name, user: link.user, why: `it stayed the user ${id}` })
}

/** The server's clock beside ours, in seconds. */
export const clockLook = (link: ServerLink, clock: Clock, signal: AbortSignal) => async () => {
  const before = clock.now()
  const theirs = Number(await said(link, ['date', '+%s'], {}, signal))
  // Theirs is cut to whole seconds; ours is the middle of the time in which they answered.
  const seconds = Math.round(theirs + 0.5 - (before + clock.now()) / 2000)
  if (Math.abs(seconds) > mostSkew) throw problem('clock-skewed', { name: link.name, seconds })
  return seconds === 0 ? 'The same second as here' : `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}`
}

/** Free space where containers and data usually lie. */
export const diskLook = (link: ServerLink, signal: AbortSignal) => async () => {
  const lines = (await said(link, ['df', '-Pk', '/', '/var/lib'], {}, signal)).split('\n').slice(1)
  const free = lines.map((line) => Number(line.trim().split(/\s+/)[3] ?? 0) * 1024)
  const least = Math.min(...free)
  if (!(least >= leastFreeBytes))
    throw problem('disk-nearly-full', {
      name: link.name,
      folder: least === free[0] ? '/' : '/var/lib',
      free: gigabytes(least || 0),
    })
  return `${gigabytes(least)} free`
}

/** The system's own name of itself: `Debian GNU/Linux 12 (bookworm) · x86_64`. */
export async function systemOf(link: ServerLink, signal: AbortSignal): Promise<string> {
  const [machine, release] = await Promise.all([
    said(link, ['uname', '-sm'], {}, signal),
    said(link, ['cat', '/etc/os-release'], {}, signal).catch(() => ''),
  ])
  const name = /^PRETTY_NAME="?([^"\n]{1,100})/m.exec(release)?.[1]
  return name ? `${name} · ${machine.split(' ').at(-1) ?? ''}` : machine
}
