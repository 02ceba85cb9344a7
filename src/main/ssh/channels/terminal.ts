import type { Client } from 'ssh2'
import type { RemoteCommand, RemoteTerminal } from '../link'
import type { About } from './about'
import { commandLine } from './quote'
import { byClient, type SessionGate } from './sessions'
import { lostWhile } from './text'

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
  const channel = await gate.open(
    about,
    (done) =>
      byClient(client, about, (one) =>
        command ? one.exec(commandLine(command), { pty: window }, done) : one.shell(window, done),
      ),
    signal,
  )
  const ended = new Promise<{ code: number }>((resolve, reject) => {
    let exit: number | null = null
    channel.on('exit', (code: number | null) => (exit = code ?? 128))
    channel.once('close', () => (exit === null ? reject(lostWhile(about.name, 'a terminal')) : resolve({ code: exit })))
  })
  ended.catch(() => {})
  signal.addEventListener('abort', () => channel.close(), { once: true })
  return { stream: channel, resize: (width, height) => channel.setWindow(height, width, 0, 0), ended }
}
