import { randomBytes } from 'node:crypto'
import type { Client, FileEntry, SFTPWrapper } from 'ssh2'
import { LinkLost, ProblemError } from '../../../shared/domain/problem'
import type { RemoteEntry, RemoteFiles } from '../link'
import type { About } from './about'
import { inParts, part } from './parts'
import { byClient, orLost, type SessionGate } from './sessions'
import { lostWhile, problem } from './text'

/** Less is never asked for. */
const smallest = 4096
/** So many requests are without an answer at most. */
const inFlight = 32

type Callback<T> = (error: Error | null | undefined, value: T) => void
const call = <T>(work: (done: Callback<T>) => void) =>
  new Promise<T>((resolve, reject) => work((error, value) => (error ? reject(error) : resolve(value))))

const codeOf = (error: unknown) => (typeof error === 'object' && error !== null && 'code' in error ? Number(error.code) : 0)

/** What SFTP's status codes mean for a path. */
function translated(error: unknown, server: string, path: string): Error {
  if (error instanceof LinkLost) return error
  const code = codeOf(error)
  // The channel went with the answer: what was asked for may have been done.
  if (error instanceof Error && error.message === 'No response from server') return lostWhile(server, `working on ${path}`)
  if (code === 2) return problem('remote-file-missing', { server, path }, error)
  if (code === 3) return problem('remote-file-forbidden', { server, path }, error)
  // SFTP has no word for a full disk.
  const words = error instanceof Error ? error.message.slice(0, 200) : 'it did not say why'
  const why = code === 4 ? 'the server says no more than “failure”: the disk may be full, or read-only' : words
  return problem('remote-file-failed', { server, path, why }, error)
}

/** A name that is one, in this folder: a server that answers otherwise is not believed. */
// oxlint-disable-next-line no-control-regex -- NUL is what is looked for
const outside = (name: string) => name === '' || name === '.' || name === '..' || /[/\u0000]/.test(name)

const kindOf = (mode: number): RemoteEntry['kind'] => {
  const type = mode & 0o170000
  return type === 0o100000 ? 'file' : type === 0o040000 ? 'folder' : type === 0o120000 ? 'link' : 'other'
}

/** A server may leave out what it knows of a file. */
const entryOf = (name: string, { mode, size, mtime }: Partial<FileEntry['attrs']>): RemoteEntry => ({
  name,
  kind: kindOf(mode ?? 0),
  size: size ?? 0,
  modifiedAt: (mtime ?? 0) * 1000,
})

/** Asks the server to bring a file to its disk. Not every server can: there it is as safe as the server makes it. */
async function synced(files: SFTPWrapper, handle: Buffer): Promise<void> {
  const asked = Promise.withResolvers<void>()
  try {
    files.ext_openssh_fsync(handle, (error) => (error && codeOf(error) !== 8 ? asked.reject(error) : asked.resolve()))
  } catch {
    // ssh2 throws where the server does not offer it.
    asked.resolve()
  }
  await asked.promise
}

/** SFTP on a connection: one channel, opened at the first use. */
export function filesOn(client: Client, about: About, gate: SessionGate): RemoteFiles {
  const { name: server } = about
  let opened: Promise<SFTPWrapper> | null = null

  function sftp(signal: AbortSignal): Promise<SFTPWrapper> {
    opened ??= (async () => {
      // The subsystem's channel counts among the sessions, and is held as long as the connection: for all callers, so under no one's signal.
      const wrapper = await gate.open<SFTPWrapper>('long', (done) => byClient(client, about, (one) => one.sftp(done)), about.lost)
      // A server that answers nonsense must not take the program down with it.
      wrapper.on('error', () => {})
      wrapper.once('close', () => (opened = null))
      return wrapper
    })().catch((error: unknown) => {
      opened = null
      throw error instanceof LinkLost || error instanceof ProblemError ? error : problem('sftp-refused', { server }, error)
    })
    return orLost(about, 'opening SFTP', opened, signal)
  }

  async function ask<T>(path: string, signal: AbortSignal, work: (files: SFTPWrapper) => Promise<T>): Promise<T> {
    const files = await sftp(signal)
    try {
      return await orLost(about, `working on ${path}`, work(files), signal)
    } catch (error) {
      signal.throwIfAborted()
      throw translated(error, server, path)
    }
  }

  async function* download(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
    const files = await sftp(signal)
    const handle = await ask(path, signal, () => call<Buffer>((done) => files.open(path, 'r', done)))
    const pending: { position: number; bytes: Promise<Buffer | null> }[] = []
    let [at, size] = [0, part]
    const read = (position: number) =>
      call<Buffer | null>((done) => {
        const buffer = Buffer.allocUnsafe(size)
        files.read(handle, buffer, 0, size, position, (error, bytes) => {
          if (error && codeOf(error) === 1) done(null, null)
          else done(error, buffer.subarray(0, bytes))
        })
      })
    const settle = () => orLost(about, `reading ${path}`, Promise.allSettled(pending.splice(0).map((one) => one.bytes)), signal)
    try {
      for (;;) {
        for (; pending.length < inFlight; at += size) {
          const bytes = read(at)
          bytes.catch(() => {})
          pending.push({ position: at, bytes })
        }
        signal.throwIfAborted()
        const next = pending.shift()
        const bytes = next ? await ask(path, signal, () => next.bytes) : null
        if (!next || !bytes || bytes.length === 0) return
        yield bytes
        if (bytes.length < size) {
          // A short answer is no end: what comes behind it is asked for from there on, as much as it gives at a time.
          await settle()
          size = Math.max(bytes.length, smallest)
          at = next.position + bytes.length
        }
      }
    } finally {
      // Answers that still come are for nobody; the server takes requests in their order.
      if (!about.lost.aborted) files.close(handle, () => {})
    }
  }

  async function upload(path: string, source: AsyncIterable<Uint8Array>, mode: number, signal: AbortSignal): Promise<number> {
    const files = await sftp(signal)
    const handle = await ask(path, signal, () => call<Buffer>((done) => files.open(path, 'wx', mode, done)))
    const close = () => call<void>((done) => files.close(handle, (error) => done(error, undefined)))
    try {
      // Whoever signs in there may have set a mask.
      await ask(path, signal, () => call<void>((done) => files.fchmod(handle, mode, (error) => done(error, undefined))))
      const bytes = await fill(path, files, handle, source, signal)
      await ask(path, signal, () => synced(files, handle))
      await ask(path, signal, close)
      return bytes
    } catch (error) {
      if (!about.lost.aborted) close().catch(() => {})
      throw error
    }
  }

  /** Writes with many requests in flight; answers how many bytes. */
  async function fill(
    path: string,
    files: SFTPWrapper,
    handle: Buffer,
    source: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<number> {
    const failures: unknown[] = []
    let [at, waiting, wake] = [0, 0, () => {}]
    const answered = (error: unknown) => {
      if (error) failures.push(error)
      waiting -= 1
      wake()
    }
    const write = (bytes: Buffer) => {
      waiting += 1
      files.write(handle, bytes, 0, bytes.length, at, answered)
      at += bytes.length
    }
    /** Waits until no more than so many are without an answer. */
    const down = (most: number) =>
      orLost(about, `writing ${path}`, new Promise<void>((resolve) => (wake = () => void (waiting <= most && resolve()))), signal)
    const failed = () => {
      if (failures.length > 0) throw translated(failures[0], server, path)
    }
    for await (const bytes of inParts(source)) {
      write(bytes)
      // By halves: one wake-up for many answers.
      if (waiting >= inFlight) await down(inFlight / 2)
      failed()
      signal.throwIfAborted()
    }
    if (waiting > 0) await down(0)
    failed()
    return at
  }

  const remove = (path: string, signal: AbortSignal) =>
    ask(path, signal, (files) => call<void>((done) => files.unlink(path, (error) => done(error, undefined))))

  async function replace(
    path: string,
    source: AsyncIterable<Uint8Array>,
    mode: number,
    signal: AbortSignal,
  ): Promise<{ bytes: number }> {
    const temporary = `${path}.slipway-${randomBytes(6).toString('hex')}`
    try {
      const bytes = await upload(temporary, source, mode, signal)
      await ask(path, signal, (files) =>
        call<void>((done) => files.ext_openssh_rename(temporary, path, (error) => done(error, undefined))),
      )
      return { bytes }
    } catch (error) {
      if (!about.lost.aborted) await remove(temporary, AbortSignal.timeout(5000)).catch(() => {})
      throw error
    }
  }

  return {
    async read(path, limit, signal) {
      const parts: Buffer[] = []
      let size = 0
      for await (const bytes of download(path, signal)) {
        parts.push(bytes)
        size += bytes.length
        if (size > limit) throw problem('remote-file-too-big', { server, path, limit })
      }
      return Buffer.concat(parts)
    },
    async write(path, bytes, { mode = 0o600 }, signal) {
      const whole = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
      await replace(
        path,
        (async function* () {
          yield whole
        })(),
        mode,
        signal,
      )
    },
    async *list(folder, signal) {
      const files = await sftp(signal)
      const handle = await ask(folder, signal, () => call<Buffer>((done) => files.opendir(folder, done)))
      const next = () =>
        ask(folder, signal, () =>
          call<FileEntry[] | null>((done) =>
            files.readdir(handle, (error, list) => (error && codeOf(error) === 1 ? done(null, null) : done(error, list))),
          ),
        )
      try {
        for (let entries = await next(); entries; entries = await next()) {
          // A server may not keep us at it with answers that hold nothing.
          if (entries.length === 0) throw problem('remote-file-failed', { server, path: folder, why: 'its list does not end' })
          for (const { filename, attrs } of entries) {
            if (filename === '.' || filename === '..') continue
            if (outside(filename)) throw problem('remote-name-wrong', { server, folder })
            yield entryOf(filename, attrs)
          }
        }
      } finally {
        if (!about.lost.aborted) files.close(handle, () => {})
      }
    },
    upload: (path, source, { mode = 0o600 }, signal) => replace(path, source, mode, signal),
    download,
    remove,
  }
}
