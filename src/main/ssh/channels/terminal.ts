import type { Client, ClientChannel } from 'ssh2'
import type { RemoteCommand, RemoteTerminal } from '../link'
import type { About } from './about'
import { exitOf, hangUp, whyRefused } from './exec'
import { commandLine } from './quote'
import { byClient, orLost, type SessionGate } from './sessions'
import { lostWhile } from './text'

/**
 * What the login shell is told to run in a terminal, where nothing can come by standard input. Base64, because fish and csh read
 * `\` and `!` in single quotes in their own way: an argument that ends with a backslash would break out of them.
 */
export const terminalLine = (command: RemoteCommand) =>
  `exec /bin/sh -c 'eval "$(echo ${Buffer.from(`exec ${commandLine(command)}`).toString('base64')} | base64 -d)"'`

/** A terminal on the server: the login shell, or one program. The agent is never forwarded. */
export async function terminalOn(
  client: Client,
  about: About,
  gate: SessionGate,
  command: RemoteCommand | null,
  { columns, rows }: { columns: number; rows: number },
  signal: AbortSignal,
): Promise<RemoteTerminal> {
  const window = { cols: columns, rows, term: 'xterm-256color' }
  const line = command && terminalLine(command)
  const channel = await gate
    .open<ClientChannel>(
      'long',
      (done) => byClient(client, about, (one) => (line ? one.exec(line, { pty: window }, done) : one.shell(window, done))),
      signal,
    )
    .catch((error: unknown) => {
      throw whyRefused(about, error)
    })
  const abort = () => hangUp(client, channel)
  signal.addEventListener('abort', abort, { once: true })
  channel.on('error', () => {})
  const ended = new Promise<{ code: number }>((resolve, reject) => {
    channel.once('close', (code?: number | null, name?: string) => {
      signal.removeEventListener('abort', abort)
      const exit = exitOf(code, name)
      if (!exit) reject(signal.aborted ? (signal.reason as Error) : lostWhile(about.name, 'a terminal'))
      else resolve(exit)
    })
  })
  const known = orLost(about, 'a terminal', ended)
  known.catch(() => {})
  return { stream: channel, resize: (width, height) => channel.setWindow(height, width, 0, 0), ended: known }
}
