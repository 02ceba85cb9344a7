import { randomBytes } from 'node:crypto'
import { constants } from 'node:os'
import { PassThrough, type Readable } from 'node:stream'
import type { Client, ClientChannel } from 'ssh2'
import { LinkLost, ProblemError } from '../../../shared/domain/problem'
import type { Ran, RemoteCommand, RemoteProcess, RunOptions } from '../link'
import type { About } from './about'
import { commandLine } from './quote'
import { byClient, orLost, type SessionGate, type Stay } from './sessions'
import { lostWhile, problem } from './text'

/**
 * What the login shell is told, whichever it is (fish and csh too): no text of ours but this, and no sign in it that they read differently.
 * The command itself comes as the first line of standard input: it stands in no argument list on the way.
 */
const reader = `exec /bin/sh -c 'IFS= read -r line; eval "$line"'`

/** Programs that administrators use lie where a plain login does not look. */
const surroundings = 'export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin";'

const keptBytes = 4 * 1024 * 1024
const pastMarker = 1024 * 1024

/** Lets through what comes behind a line of its own: what a login shell says before it is dropped, within limits. */
class Framed {
  readonly out = new PassThrough()
  readonly #marker: Buffer
  #before: Buffer = Buffer.alloc(0)
  begun = false

  constructor(marker: string, source: Readable, onBegin: () => void) {
    this.#marker = Buffer.from(`${marker}\n`)
    source.on('data', (chunk: Buffer) => {
      if (this.begun) {
        if (!this.out.write(chunk)) {
          source.pause()
          this.out.once('drain', () => source.resume())
        }
        return
      }
      this.#before = Buffer.concat([this.#before, chunk])
      const at = this.#before.indexOf(this.#marker)
      if (at === -1) {
        this.#before = this.#before.subarray(-pastMarker)
        return
      }
      this.begun = true
      this.out.write(this.#before.subarray(at + this.#marker.length))
      this.#before = this.#before.subarray(0, at)
      onBegin()
    })
    source.once('end', () => this.out.end())
    source.once('close', () => this.out.end())
  }

  /** What came before the marker: a login shell's chatter, or why nothing began. */
  get said(): string {
    return this.#before.toString('utf8')
  }
}

/**
 * Ends a program and its channel. A closed channel alone ends nothing that does not write (OpenSSH), so its group gets the signal
 * first; ssh2 offers that only while the input is open. A root login's program gets none (OpenSSH refuses it there): it goes on
 * until it writes, or ends.
 */
export function hangUp(client: Client, channel: ClientChannel): void {
  const { _protocol: protocol } = client as unknown as { _protocol?: { signal?(id: number, name: string): void } }
  const { outgoing } = channel as unknown as { outgoing?: { id: number; state: string } }
  if (outgoing?.state === 'open' || outgoing?.state === 'eof') protocol?.signal?.(outgoing.id, 'HUP')
  channel.close()
}

/**
 * How a program ended, by what its channel says when it closes. (A program that is over at once has ended before its channel is
 * handed out: ssh2's own `exit` is heard by nobody then.)
 * @returns the exit code, 128 and more for a signal as shells count; null where the server never said
 */
export function exitOf(code: number | null | undefined, name: string | undefined): { code: number } | null {
  if (typeof code === 'number') return { code }
  if (name === undefined) return null
  return { code: 128 + (constants.signals[(name.startsWith('SIG') ? name : `SIG${name}`) as NodeJS.Signals] ?? 1) }
}

/** Why a session was not opened, where the link and the room for it are fine. */
export function whyRefused({ name: server }: Pick<About, 'name'>, error: unknown): unknown {
  if (error instanceof LinkLost || error instanceof ProblemError) return error
  if (!(error instanceof Error) || !error.message.startsWith('Unable to')) return error
  return problem('command-not-started', { server, why: 'it runs no programs for this user' }, error)
}

/** Answers sudo's prompt. Called with everything it has said so far. */
function sudoAnswers(about: About, prompt: string, channel: ClientChannel, refuse: (error: Error) => void) {
  const { root, name: server, user } = about
  let asked = 0
  return (said: string) => {
    const prompts = said.split(prompt).length - 1
    if (prompts <= asked) return
    asked = prompts
    if (root.by !== 'sudo' || root.password === null) refuse(problem('sudo-password-missing', { server, user }))
    else if (asked > 1) refuse(problem('sudo-refused', { server, user, why: 'the password is wrong' }))
    else channel.write(`${root.password.reveal()}\n`)
  }
}

function sudoWords(said: string, prompt: string): string {
  const lines = said
    .replaceAll(prompt, '')
    .split('\n')
    .filter((line) => /sudo|sudoers|password|tty/i.test(line))
  return (
    lines
      .at(-1)
      ?.replace(/^sudo:\s*/, '')
      .trim()
      .slice(0, 200) || 'it did not say why'
  )
}

/** Runs programs on a connection. */
export function execOn(client: Client, about: About, gate: SessionGate) {
  const open = (stay: Stay, signal: AbortSignal) =>
    gate
      .open<ClientChannel>(stay, (done) => byClient(client, about, (one) => one.exec(reader, done)), signal)
      .catch((error: unknown) => {
        throw whyRefused(about, error)
      })

  async function begin(
    stay: Stay,
    command: RemoteCommand,
    { root = false }: Pick<RunOptions, 'root'>,
    signal: AbortSignal,
  ): Promise<RemoteProcess> {
    const marker = `slipway-${randomBytes(12).toString('hex')}`
    const line = commandLine(command)
    const sudo = root && about.root.by === 'sudo'
    const prompt = `${marker}?`
    const marked = `printf '%s\\n' ${marker}; printf '%s\\n' ${marker} >&2;`
    const inner = `${surroundings} ${marked} exec ${line}`
    // Nothing goes to its standard input before it has begun: sudo might take it for the password.
    const text = sudo ? `exec sudo -S -p ${prompt} -- /bin/sh -c ${commandLine([inner])}` : inner
    const channel = await open(stay, signal)
    const end = () => hangUp(client, channel)
    return attach(channel, { marker, prompt: sudo ? prompt : null, text, about, doing: command[0] ?? 'a command', end }, signal)
  }

  async function run(command: RemoteCommand, options: RunOptions, signal: AbortSignal): Promise<Ran> {
    const limit = options.limit ?? keptBytes
    const program = await begin('short', command, options, signal)
    const { stdin } = options
    stdinOf(program, stdin)
    const [stdout, stderr] = [collect(program.stdout, limit), collect(program.stderr, limit)]
    const { code } = await program.ended
    const [out, err] = await Promise.all([stdout, stderr])
    return { code, stdout: out.bytes, stderr: err.bytes.toString('utf8'), cut: out.cut + err.cut }
  }

  const start = (command: RemoteCommand, options: Pick<RunOptions, 'root'>, signal: AbortSignal) =>
    begin('long', command, options, signal)
  return { start, run }
}

function stdinOf(program: RemoteProcess, stdin: RunOptions['stdin']) {
  program.stdin.on('error', () => {})
  if (stdin === undefined) program.stdin.end()
  else program.stdin.end(typeof stdin === 'string' || stdin instanceof Uint8Array ? stdin : stdin.reveal())
}

interface Attaching {
  marker: string
  /** sudo's; null where nobody asks. */
  prompt: string | null
  text: string
  about: About
  doing: string
  end: () => void
}

function attach(
  channel: ClientChannel,
  { marker, prompt, text, about, doing, end }: Attaching,
  signal: AbortSignal,
): Promise<RemoteProcess> {
  const started = Promise.withResolvers<void>()
  const exited = Promise.withResolvers<{ code: number }>()
  let sides = 0
  const begun = () => {
    sides += 1
    if (sides === 2) started.resolve()
  }
  const stdout = new Framed(marker, channel, begun)
  const stderr = new Framed(marker, channel.stderr, begun)
  const fail = (error: Error) => {
    started.reject(error)
    exited.reject(error)
    end()
  }
  if (prompt !== null) {
    const answer = sudoAnswers(about, prompt, channel, fail)
    channel.stderr.on('data', () => stderr.begun || answer(stderr.said))
  }
  const abort = () => fail(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
  signal.addEventListener('abort', abort, { once: true })
  channel.once('close', (code?: number | null, name?: string) => {
    signal.removeEventListener('abort', abort)
    const exit = exitOf(code, name)
    if (!exit) return fail(about.lost.aborted ? (about.lost.reason as Error) : lostWhile(about.name, doing))
    if (stdout.begun && stderr.begun) exited.resolve(exit)
    else fail(whyNotBegun(about, prompt, stderr.said || stdout.said, exit.code))
  })
  started.promise.catch(() => {})
  exited.promise.catch(() => {})
  channel.on('error', () => {})
  channel.write(`${text}\n`)
  const program: RemoteProcess = {
    stdin: channel,
    stdout: stdout.out,
    stderr: stderr.out,
    ended: orLost(about, doing, exited.promise),
    kill: end,
  }
  program.ended.catch(() => {})
  if (signal.aborted) abort()
  // Without sudo the rest of the input may follow at once.
  return prompt === null ? Promise.resolve(program) : orLost(about, doing, started.promise).then(() => program)
}

function whyNotBegun(about: About, prompt: string | null, said: string, code: number): Error {
  if (prompt !== null) return problem('sudo-refused', { server: about.name, user: about.user, why: sudoWords(said, prompt) })
  const words = said.trim().split('\n').at(-1)?.slice(0, 200)
  return problem('command-not-started', { server: about.name, why: words || `its shell ended with code ${code}` })
}

async function collect(stream: Readable, limit: number): Promise<{ bytes: Buffer; cut: number }> {
  const parts: Buffer[] = []
  let size = 0
  let cut = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const kept = chunk.subarray(0, Math.max(0, limit - size))
    if (kept.length > 0) parts.push(kept)
    size += kept.length
    cut += chunk.length - kept.length
  }
  return { bytes: Buffer.concat(parts), cut }
}
