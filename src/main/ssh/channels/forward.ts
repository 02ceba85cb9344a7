import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import { LinkLost } from '../../../shared/domain/problem'
import type { About } from './about'
import { byClient, orLost } from './sessions'
import { problem } from './text'

type Done = (error: Error | undefined, channel: Duplex) => void

/** Opens streams to what the server reaches. */
export function forwardsOn(client: Client, about: About) {
  async function open(to: string, call: (client: Client, done: Done) => void, signal: AbortSignal): Promise<Duplex> {
    signal.throwIfAborted()
    const opened = new Promise<Duplex>((resolve, reject) =>
      byClient(client, about, (one) => call(one, (error, channel) => (error ? reject(error) : resolve(channel)))),
    )
    let stream: Duplex
    try {
      stream = await orLost(about, `opening ${to}`, opened)
    } catch (error) {
      if (error instanceof LinkLost) throw error
      const why = error instanceof Error ? error.message.replace(/^\(SSH\) Channel open failure:\s*/, '') : 'it did not say why'
      throw problem('forward-refused', { server: about.name, to, why: why.slice(0, 200) }, error)
    }
    const end = () => stream.destroy()
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
    const lost = () => stream.destroy(about.lost.reason as Error)
    about.lost.addEventListener('abort', lost, { once: true })
    stream.on('error', () => {})
    stream.once('close', () => {
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
