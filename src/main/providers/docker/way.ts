import { AsyncLocalStorage } from 'node:async_hooks'
import { Agent } from 'node:http'
import { Duplex } from 'node:stream'
import { LinkLost, ProblemError } from '../../../shared/domain/problem'
import type { ServerLink } from '../../ssh/link'
import { problem } from './text'

/** Docker's own socket, and Podman's that speaks the same. */
const sockets = ['/var/run/docker.sock', '/run/podman/podman.sock']

/** Programs that lead to an Engine by their standard streams, as their own clients do: with sudo, and where forwarding is closed. */
const programs = ['docker', 'podman']

/** How the Engine of a host is reached: a forwarded socket, or `docker system dial-stdio`. */
type Way = { by: 'socket'; path: string } | { by: 'stdio'; program: string }

/** A duplex of a program's standard streams. */
function joined(stdin: NodeJS.WritableStream, stdout: NodeJS.ReadableStream, kill: () => void): Duplex {
  const stream = Duplex.from({ readable: stdout, writable: stdin })
  stream.once('close', kill)
  // An answer that is whole ends the socket: Node calls that an abort of the side that could still write, when nobody listens any more.
  stream.on('error', () => {})
  return stream
}

async function throughSocket(link: ServerLink, path: string, signal: AbortSignal): Promise<Duplex> {
  return link.socket(path, signal)
}

async function throughStdio(link: ServerLink, name: string, signal: AbortSignal): Promise<Duplex> {
  const program = await link.start([name, 'system', 'dial-stdio'], { root: true }, signal)
  program.ended.catch(() => {})
  return joined(program.stdin, program.stdout, () => program.kill())
}

/** Whether an Engine answers behind this stream; closes it. */
async function answers(stream: Duplex): Promise<boolean> {
  return new Promise((resolve) => {
    let heard = ''
    const over = (value: boolean) => {
      clearTimeout(late)
      stream.destroy()
      resolve(value)
    }
    const late = setTimeout(() => over(false), 5000)
    stream.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1')
      if (heard.includes('\r\n')) over(/^HTTP\/1\.[01] 200/.test(heard))
    })
    stream.once('error', () => over(false))
    stream.once('close', () => over(false))
    stream.write('GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n')
  })
}

/** Finds the way to the Engine of a host. Throws `docker-missing`, `docker-forbidden` or `docker-silent`. */
export async function findWay(link: ServerLink, signal: AbortSignal): Promise<Way> {
  for (const path of sockets) {
    try {
      if (await answers(await throughSocket(link, path, signal))) return { by: 'socket', path }
    } catch (error) {
      if (error instanceof LinkLost) throw error
    }
  }
  for (const program of programs) {
    try {
      if (await answers(await throughStdio(link, program, signal))) return { by: 'stdio', program }
    } catch (error) {
      if (error instanceof LinkLost || error instanceof ProblemError) throw error
    }
  }
  throw await whyNot(link, signal)
}

/** Asks the server itself what stands in the way. */
async function whyNot(link: ServerLink, signal: AbortSignal): Promise<ProblemError> {
  const look =
    'for s in "$@"; do if [ -S "$s" ]; then if [ -w "$s" ]; then echo open; else echo shut; fi; fi; done; { command -v docker || command -v podman; } >/dev/null && echo program; true'
  const { stdout } = await link.run(['/bin/sh', '-c', look, 'sh', ...sockets], {}, signal)
  const found = stdout.toString('utf8').split('\n')
  if (found.includes('shut') && !found.includes('open')) return problem('docker-forbidden', { host: link.name, user: link.user })
  if (found.includes('open') || found.includes('program'))
    return problem('docker-silent', { host: link.name, why: 'nothing answers at its socket' })
  return problem('docker-missing', { host: link.name })
}

// What node's HTTP expects of a socket and a channel does not have.
function asSocket(stream: Duplex): Duplex {
  const none = () => stream
  return Object.assign(stream, { setKeepAlive: none, setNoDelay: none, setTimeout: none, ref: none, unref: none })
}

/** What is asked when a request's stream is open and nothing of the request is sent: it throws where the request must not go out. */
export const beforeSending = new AsyncLocalStorage<() => Promise<void>>()

/** An HTTP agent whose sockets are channels of the link. */
export class LinkAgent extends Agent {
  readonly #open: () => Promise<Duplex>

  async #connect(callback?: (error: Error | null, stream: Duplex) => void) {
    let stream: Duplex | null = null
    try {
      stream = asSocket(await this.#open())
      await beforeSending.getStore()?.()
    } catch (error) {
      stream?.destroy()
      callback?.(error instanceof Error ? error : new Error(String(error)), undefined as never)
      return
    }
    callback?.(null, stream)
  }

  constructor(link: ServerLink, way: Way, signal: AbortSignal) {
    super({ keepAlive: false, maxSockets: 16 })
    this.#open = () => (way.by === 'socket' ? throughSocket(link, way.path, signal) : throughStdio(link, way.program, signal))
  }

  override createConnection(_options: unknown, callback?: (error: Error | null, stream: Duplex) => void): Duplex | undefined {
    void this.#connect(callback)
    return undefined
  }
}
