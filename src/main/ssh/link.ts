import type { Duplex, Readable, Writable } from 'node:stream'
import type { SecretText } from '../ports'

/** A program and its arguments. The one quoting function makes shell text of it; a NUL or a newline in it is refused. */
export type RemoteCommand = readonly string[]

export interface RunOptions {
  /** Sent to standard input, which is closed after it. A secret goes this way, never as an argument. */
  stdin?: string | Uint8Array | SecretText
  /** As root, in the way that the connection says (`sudo`, its password by standard input). Nothing to do where the user is root. */
  root?: boolean
  /** Bytes of each stream that are kept; the rest is counted in `cut`. 4 MiB unless told. */
  limit?: number
}

/** How a command ended. That it ended is certain: a lost link throws LinkLost instead. */
export interface Ran {
  /** 128 + n for a signal. */
  code: number
  stdout: Buffer
  stderr: string
  cut: number
}

/** A command whose streams are used while it runs. `stdout` begins behind whatever a login shell says. */
export interface RemoteProcess {
  stdin: Writable
  stdout: Readable
  stderr: Readable
  /** Rejects with LinkLost where the link went before the end was known. */
  ended: Promise<{ code: number }>
  /** Ends it: closes the channel, which hangs up the program. */
  kill(): void
}

/** A terminal. Bytes both ways. */
export interface RemoteTerminal {
  stream: Duplex
  resize(columns: number, rows: number): void
  ended: Promise<{ code: number }>
}

/** Where a detached command stands. `lost`: it was begun and neither runs nor left a code (the server was restarted, say). */
export type DetachedState =
  | { state: 'none' }
  | { state: 'running'; output: string; next: number }
  | { state: 'ended'; code: number; output: string; next: number }
  | { state: 'lost'; output: string; next: number }

/** Names a detached command: the run, and the step in it. Letters, digits, `.`, `_`, `:` and `-`. */
export interface DetachedKey {
  run: string
  step: string
}

/** Commands that go on when the link is cut, and leave `<run>/<step>.rc` and `.out` on the server. */
export interface DetachedCommands {
  /** Starts it, unless that key was begun before: then nothing happens. */
  begin(key: DetachedKey, command: RemoteCommand, options: Pick<RunOptions, 'stdin' | 'root'>, signal: AbortSignal): Promise<void>
  /** Output from byte `from` on (at most 64 KiB a call), and whether it has ended. */
  read(key: DetachedKey, from: number, signal: AbortSignal): Promise<DetachedState>
  /** Begins, then reads until it has ended. Output as it comes. Throws LinkLost when the link goes; the command goes on. */
  follow(
    key: DetachedKey,
    command: RemoteCommand,
    options: Pick<RunOptions, 'stdin' | 'root'>,
    signal: AbortSignal,
  ): AsyncGenerator<string, { code: number; output: string }>
  /** Removes what a run left. */
  forget(run: string, signal: AbortSignal): Promise<void>
}

export interface RemoteEntry {
  name: string
  kind: 'file' | 'folder' | 'link' | 'other'
  size: number
  /** Milliseconds since 1970 by the server's clock. */
  modifiedAt: number
}

/** Files over SFTP. Paths are absolute. */
export interface RemoteFiles {
  /** At most `limit` bytes; throws `remote-file-missing`, `remote-file-forbidden`, `remote-file-too-big`. */
  read(path: string, limit: number, signal: AbortSignal): Promise<Buffer>
  /** A sibling file is written and renamed over the old one: whole or not at all. `mode` 0600 unless told. */
  write(path: string, bytes: Uint8Array | string, options: { mode?: number }, signal: AbortSignal): Promise<void>
  /** One entry after another, whatever their number. Names that leave the folder (`..`, `a/b`, NUL) throw `remote-name-wrong`. */
  list(folder: string, signal: AbortSignal): AsyncGenerator<RemoteEntry>
  /** Streams `source` into a file, many requests in flight. */
  upload(
    path: string,
    source: AsyncIterable<Uint8Array>,
    options: { mode?: number },
    signal: AbortSignal,
  ): Promise<{ bytes: number }>
  download(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array>
  remove(path: string, signal: AbortSignal): Promise<void>
}

/** What stands in a lock on a server. Times are milliseconds by the server's own clock. */
export interface RemoteLock {
  owner: string
  fence: number
  since: number
  beatAt: number
  /** The server's clock when this was read. */
  now: number
}

/** One writer a key, kept on the server itself, by its own clock. */
export interface RemoteLocks {
  /**
   * Atomic. `words` says who and from where, for others to read. The server gives the fence: greater with every new owner,
   * over releases and reclaims too. An owner that has it already keeps it, and its fence.
   */
  acquire(
    key: string,
    owner: string,
    words: string,
    signal: AbortSignal,
  ): Promise<{ fence: number } | { held: RemoteLock; words: string }>
  /** False where it is somebody else's, or gone. */
  beat(key: string, owner: string, signal: AbortSignal): Promise<boolean>
  /** Throws `fence-passed` where the lock is not this owner's with this fence: whoever asks must change nothing more. */
  check(key: string, owner: string, fence: number, signal: AbortSignal): Promise<void>
  /** How a guarded command ends where the lock is somebody else's. */
  readonly passedCode: number
  /**
   * The command as one that begins only while the lock is this owner's with this fence, and until whose end nobody else gets the
   * lock: the server itself decides, however long whoever sends it slept. Ends with `passedCode` otherwise. As root.
   */
  guarded(key: string, owner: string, fence: number, command: RemoteCommand): RemoteCommand
  /** Refused for a lock of somebody else. */
  release(key: string, owner: string, signal: AbortSignal): Promise<boolean>
  read(key: string, signal: AbortSignal): Promise<{ held: RemoteLock; words: string } | null>
  /** Takes a lock whose last beat is older than 75 s by the server's clock, by an atomic rename; false where it lives. */
  reclaim(key: string, stale: RemoteLock, signal: AbortSignal): Promise<boolean>
}

/** An open way to a server, pooled: many channels on one connection. Everything throws LinkLost once the link is lost. */
export interface ServerLink {
  /** As people know it: the alias of the configuration, or the host. */
  readonly name: string
  readonly user: string
  /** `SHA256:…` of the key that the server showed. */
  readonly fingerprint: string
  /** Aborts when the link is lost or closed; its reason is the LinkLost. */
  readonly lost: AbortSignal
  run(command: RemoteCommand, options: RunOptions, signal: AbortSignal): Promise<Ran>
  start(command: RemoteCommand, options: Pick<RunOptions, 'root'>, signal: AbortSignal): Promise<RemoteProcess>
  shell(command: RemoteCommand | null, size: { columns: number; rows: number }, signal: AbortSignal): Promise<RemoteTerminal>
  /** A stream to a Unix socket on the server. Throws `forward-refused` where the server forbids it. */
  socket(path: string, signal: AbortSignal): Promise<Duplex>
  /** The standard streams of a program that leads somewhere, as one. */
  dial(command: RemoteCommand, options: Pick<RunOptions, 'root'>, signal: AbortSignal): Promise<Duplex>
  /** A stream to an address as the server sees it; by bash there where its sshd forwards nothing. Throws `forward-refused`. */
  tcp(host: string, port: number, signal: AbortSignal): Promise<Duplex>
  readonly files: RemoteFiles
  readonly detached: DetachedCommands
  readonly locks: RemoteLocks
  close(): Promise<void>
}

/** What an open connection of the kind `server` hands on. A link that was lost is opened anew, with back-off, at the next use. */
export interface ServerHandle {
  /** The link that is open, or a new one. Throws LinkLost or a ProblemError where there is no way. */
  link(signal: AbortSignal): Promise<ServerLink>
}
