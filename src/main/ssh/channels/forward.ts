import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import { LinkLost } from '../../../shared/domain/problem'
import type { About } from './about'
import { Places, byClient, opening, type Done } from './sessions'
import { problem } from './text'

/** Streams count among no sessions, and a server sets them no limit; ours keeps a mistake from opening thousands. */
const most = 64

/** Opens streams to what the server reaches. */
export function forwardsOn(client: Client, about: About) {
  const places = new Places(most)

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
    tcp: (host: string, port: number, signal: AbortSignal) =>
      open(`${host}:${port}`, (one, done) => one.forwardOut('127.0.0.1', 0, host, port, done), signal),
  }
}
