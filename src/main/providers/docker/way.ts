import { AsyncLocalStorage } from 'node:async_hooks'
import { Agent } from 'node:http'
import type { Duplex } from 'node:stream'
import { LinkLost, ProblemError } from '../../../shared/domain/problem'
import type { ServerLink } from '../../ssh/link'
import { problem } from './text'

/** An Engine by its socket, or by its program's standard streams as its own client does: with sudo, and where forwarding is closed. */
interface Kind {
  socket: string
  program: string
}
const docker: Kind = { socket: '/var/run/docker.sock', program: 'docker' }
/** Speaks Docker's API too. */
const podman: Kind = { socket: '/run/podman/podman.sock', program: 'podman' }

/** How the Engine of a host is reached: a forwarded socket, or `docker system dial-stdio`. */
type Way = { by: 'socket'; path: string } | { by: 'stdio'; program: string }

async function throughSocket(link: ServerLink, path: string, signal: AbortSignal): Promise<Duplex> {
  return link.socket(path, signal)
}

async function throughStdio(link: ServerLink, name: string, signal: AbortSignal): Promise<Duplex> {
  return link.dial([name, 'system', 'dial-stdio'], { root: true }, signal)
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

/** The way to an Engine of this kind; null where none answers. */
async function wayTo({ socket, program }: Kind, link: ServerLink, signal: AbortSignal): Promise<Way | null> {
  try {
    if (await answers(await throughSocket(link, socket, signal))) return { by: 'socket', path: socket }
  } catch (error) {
    if (error instanceof LinkLost) throw error
  }
  try {
    if (await answers(await throughStdio(link, program, signal))) return { by: 'stdio', program }
  } catch (error) {
    if (error instanceof LinkLost || error instanceof ProblemError) throw error
  }
  return null
}

/**
 * Finds the way to the Engine of a host. Podman is one only where there is no Docker: that of a Docker which is stopped would show
 * another world, in which nothing runs. Throws `docker-missing`, `docker-forbidden`, `docker-silent` or `podman-silent`.
 */
export async function findWay(link: ServerLink, signal: AbortSignal): Promise<Way> {
  const way = await wayTo(docker, link, signal)
  if (way) return way
  const look =
    'if [ -S "$1" ]; then if [ -w "$1" ]; then echo open; else echo shut; fi; fi; for p in docker podman; do command -v $p >/dev/null && echo $p; done; true'
  const { stdout } = await link.run(['/bin/sh', '-c', look, 'sh', docker.socket], {}, signal)
  const found = stdout.toString('utf8').split('\n')
  if (found.includes('shut')) throw problem('docker-forbidden', { host: link.name, user: link.user })
  if (found.includes('open') || found.includes('docker'))
    throw problem('docker-silent', { host: link.name, why: 'nothing answers at its socket' })
  const other = await wayTo(podman, link, signal)
  if (other) return other
  throw problem(found.includes('podman') ? 'podman-silent' : 'docker-missing', { host: link.name })
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
