import Docker from 'dockerode'
import type { ConnectionId } from '../../../shared/domain/ids'
import { LinkLost, ProblemError } from '../../../shared/domain/problem'
import type { ServerHandle, ServerLink } from '../../ssh/link'
import type { OpenConnection } from '../provider'
import { problemFrom } from './problems'
import { problem } from './text'
import { LinkAgent, findWay } from './way'

const isHandle = (handle: unknown): handle is ServerHandle =>
  typeof handle === 'object' && handle !== null && 'link' in handle && typeof handle.link === 'function'

/** Milliseconds that the Engine may take for an ordinary answer. */
const patience = 20_000

interface Opened {
  link: ServerLink
  docker: Docker
}

/** An Engine that can be asked: of a server, or of this computer. */
export interface Engine {
  readonly name: string
  /** `what` completes "could not …". Throws a ProblemError, or LinkLost where nothing is known. */
  ask<T>(what: string, signal: AbortSignal, call: (docker: Docker) => Promise<T>, limit?: number): Promise<T>
}

/** The Engine of this computer, at its usual socket or at DOCKER_HOST. */
export function ownEngine(): Engine {
  const docker = new Docker()
  return {
    name: 'this computer',
    async ask(what, signal, call) {
      signal.throwIfAborted()
      try {
        return await call(docker)
      } catch (error) {
        throw problemFrom(error, 'this computer', what)
      }
    },
  }
}

/** One server of a target, with its Engine. A link that was lost is opened anew at the next use. */
export class DockerHost implements Engine {
  readonly connectionId: ConnectionId
  /** Who answered last. */
  identity: string
  readonly #handle: ServerHandle
  #opened: Promise<Opened> | null = null
  /** The name under which people know it; the connection's id until it was open once. */
  name: string
  /** How far the server's clock is ahead of ours. Milliseconds. */
  #skew: number | null = null

  constructor(connection: OpenConnection) {
    if (!isHandle(connection.handle)) throw problem('step-not-understood', { step: 'connect' })
    this.connectionId = connection.id
    this.identity = connection.identity
    this.#handle = connection.handle
    this.name = connection.id
  }

  async open(signal: AbortSignal): Promise<Opened> {
    const link = await this.link(signal)
    const before = this.#opened
    const last = await before?.catch(() => null)
    if (last && last.link === link) return last
    if (this.#opened === before || !this.#opened) {
      const opening = this.#connect(link, signal)
      this.#opened = opening
      opening.catch(() => {
        if (this.#opened === opening) this.#opened = null
      })
    }
    return this.#opened
  }

  async link(signal: AbortSignal): Promise<ServerLink> {
    const link = await this.#handle.link(signal)
    this.name = link.name
    this.identity = `ssh:${link.fingerprint}`
    return link
  }

  async #connect(link: ServerLink, signal: AbortSignal): Promise<Opened> {
    const way = await findWay(link, signal)
    // Every part is given: what DOCKER_HOST says on this computer must not count here.
    const docker = new Docker({
      protocol: 'http',
      host: 'docker',
      port: 80,
      pathPrefix: '',
      agent: new LinkAgent(link, way, link.lost),
    } as Docker.DockerOptions)
    return { link, docker }
  }

  /**
   * Asks the Engine. Translates what it answers; a link that goes meanwhile is LinkLost, for then nothing is known.
   * `what` completes "could not …".
   */
  async ask<T>(what: string, signal: AbortSignal, call: (docker: Docker) => Promise<T>, limit = patience): Promise<T> {
    const { link, docker } = await this.open(signal)
    const late = AbortSignal.timeout(limit)
    const over = AbortSignal.any([signal, link.lost, late])
    return new Promise<T>((resolve, reject) => {
      const stop = () => {
        if (link.lost.aborted) reject(lostWhile(link, what))
        else if (signal.aborted) reject(signal.reason)
        // An answer that does not come says nothing about what was done.
        else reject(new LinkLost(problem('docker-silent', { host: link.name, why: `no answer to: ${what}` }).problem))
      }
      if (over.aborted) return stop()
      over.addEventListener('abort', stop, { once: true })
      call(docker)
        .then(resolve, (error: unknown) => {
          if (link.lost.aborted) reject(lostWhile(link, what))
          else reject(problemFrom(error, link.name, what))
        })
        .finally(() => over.removeEventListener('abort', stop))
    })
  }

  /** The server's clock now, in milliseconds, by what it said when it was last asked. */
  async now(signal: AbortSignal): Promise<number> {
    return Date.now() + (this.#skew ?? (await this.skew(signal)))
  }

  /** How far the server's clock is ahead of ours now. Milliseconds. */
  async skew(signal: AbortSignal): Promise<number> {
    const before = Date.now()
    const info = (await this.ask('tell its time', signal, (docker) => docker.info())) as { SystemTime?: string }
    const middle = (before + Date.now()) / 2
    const theirs = Date.parse(info.SystemTime ?? '')
    return (this.#skew = Number.isFinite(theirs) ? theirs - middle : 0)
  }
}

function lostWhile(link: ServerLink, what: string): LinkLost {
  const { reason } = link.lost
  if (reason instanceof LinkLost) return reason
  return new LinkLost(problem('docker-silent', { host: link.name, why: `the connection went while it should ${what}` }).problem)
}

export const isKnown = (error: unknown): error is ProblemError | LinkLost =>
  error instanceof ProblemError || error instanceof LinkLost
