import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import { LinkLost, ProblemError } from '../../../shared/domain/problem'
import type { RemoteCommand, RemoteProcess } from '../link'
import type { About } from './about'
import { joinedTo } from './by-program'
import { Places, byClient, opening, type Done } from './sessions'
import { problem } from './text'

/** Streams count among no sessions, and a server sets them no limit; ours keeps a mistake from opening thousands. */
const most = 64

/** RFC 4254, 5.1: the server's configuration forbids it, whoever listens there. */
const prohibited = 1
const isProhibited = (error: unknown) => error instanceof Error && 'reason' in error && error.reason === prohibited

/** Opens streams to what the server reaches. */
export function forwardsOn(
  client: Client,
  about: About,
  start: (command: RemoteCommand, options: object, signal: AbortSignal) => Promise<RemoteProcess>,
) {
  const places = new Places(most)
  let forbidden = false

  async function opened(to: string, call: (client: Client, done: Done<Duplex>) => void, signal: AbortSignal): Promise<Duplex> {
    try {
      return await opening<Duplex>(about, `opening ${to}`, (done) => byClient(client, about, (one) => call(one, done)), signal)
    } catch (error) {
      if (error instanceof LinkLost || signal.aborted) throw error
      const why = error instanceof Error ? error.message.replace(/^\(SSH\) Channel open failure:\s*/, '') : 'it did not say why'
      throw problem('forward-refused', { server: about.name, to, why: why.slice(0, 200) }, error)
    }
  }

  async function open(to: string, call: (client: Client, done: Done<Duplex>) => void, signal: AbortSignal): Promise<Duplex> {
    const leave = await places.enter(AbortSignal.any([signal, about.lost]))
    let stream: Duplex
    try {
      stream = await opened(to, call, signal)
    } catch (error) {
      leave()
      throw error
    }
    const end = () => stream.destroy()
    signal.addEventListener('abort', end, { once: true })
    const lost = () => stream.destroy(about.lost.reason as Error)
    about.lost.addEventListener('abort', lost, { once: true })
    stream.on('error', () => {})
    stream.once('close', () => {
      leave()
      signal.removeEventListener('abort', end)
      about.lost.removeEventListener('abort', lost)
    })
    return stream
  }
  return {
    socket: (path: string, signal: AbortSignal) =>
      open(path, (one, done) => one.openssh_forwardOutStreamLocal(path, done), signal),
    async tcp(host: string, port: number, signal: AbortSignal): Promise<Duplex> {
      const to = `${host}:${port}`
      try {
        if (!forbidden) return await open(to, (one, done) => one.forwardOut('127.0.0.1', 0, host, port, done), signal)
      } catch (error) {
        if (!(error instanceof ProblemError) || !isProhibited(error.cause)) throw error
        forbidden = true
      }
      const stream = await joinedTo((command) => start(command, {}, signal), host, port)
      if (!stream)
        throw problem('forward-refused', {
          server: about.name,
          to,
          why: 'its sshd forwards nothing, and bash there found nobody',
        })
      return stream
    },
  }
}
