import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import type { Hop } from '../../../shared/domain/server'
import type { Clock } from '../../ports'
import { plainText, problem } from '../text'
import { within, type Limits } from './limits'

/** A hop as people know it: `web-1`, `web-1:2222`. */
export const labelOf = ({ host, port }: Pick<Hop, 'host' | 'port'>) =>
  port === 22 ? host : `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`

const bareHost = (host: string) => host.replace(/^\[(.*)\]$/, '$1')

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
}

function reachProblem(error: unknown, hop: Hop, seconds: number) {
  const [code, label] = [codeOf(error), labelOf(hop)]
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
    case 'EAI_NODATA':
    case 'EAI_NONAME':
      return problem('server-name-unknown', { hop: label, host: hop.host }, error)
    case 'ECONNREFUSED':
      return problem('server-refused', { hop: label }, error)
    case 'ETIMEDOUT':
      return problem('server-silent', { hop: label, seconds, waitingFor: 'a connection' }, error)
    default:
      return problem('server-no-route', { hop: label, why: code }, error)
  }
}

function socketTo(hop: Hop, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: bareHost(hop.host), port: hop.port, autoSelectFamily: true, signal })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      // Without it a lone request waits for the answer to the last one: 1 MB/s over SFTP.
      socket.setNoDelay(true)
      resolve(socket)
    })
  })
}

function forward(jump: Client, hop: Hop): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    // direct-tcpip, as ProxyJump does: no shell, no program on the jump host.
    jump.forwardOut('127.0.0.1', 0, bareHost(hop.host), hop.port, (error, stream) => (error ? reject(error) : resolve(stream)))
  })
}

// RFC 4254, 5.1: administratively prohibited.
const prohibited = 1

function forwardProblem(error: unknown, jump: Hop, hop: Hop) {
  const names = { jump: labelOf(jump), hop: labelOf(hop) }
  if (error instanceof Error && 'reason' in error && error.reason === prohibited)
    return problem('forward-prohibited', names, error)
  const why = error instanceof Error ? error.message.replace(/^\(SSH\) Channel open failure: /, '') : String(error)
  return problem('forward-failed', { ...names, why: plainText(why) }, error)
}

/** The hop before, when it is open. */
export interface Jump {
  client: Client
  hop: Hop
}

/** A stream to where a hop listens: from here, or through the hop before. */
export async function reach(hop: Hop, jump: Jump | null, limits: Limits, clock: Clock, signal: AbortSignal): Promise<Duplex> {
  const seconds = Math.round(limits.connect / 1000)
  const over = new AbortController()
  const late = () => problem('server-silent', { hop: labelOf(hop), seconds, waitingFor: 'a connection' })
  const trying = jump
    ? forward(jump.client, hop).catch((error: unknown) => {
        throw forwardProblem(error, jump.hop, hop)
      })
    : socketTo(hop, AbortSignal.any([signal, over.signal])).catch((error: unknown) => {
        signal.throwIfAborted()
        throw reachProblem(error, hop, seconds)
      })
  try {
    return await within(limits.connect, clock, trying, late)
  } catch (error) {
    over.abort()
    // One that opens after all is nobody's.
    void trying.then((stream) => stream.destroy()).catch(() => {})
    throw error
  }
}
