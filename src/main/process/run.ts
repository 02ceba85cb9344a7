import { problem } from './text'
import { start, type Exit, type StartOptions } from './spawn'

export interface Ran extends Exit {
  stdout: string
  stderr: string
  /** Bytes left out because the cap was reached. */
  dropped: number
}

/** Runs a program to its end. Keeps at most `cap` bytes of each stream; stops it after `limitMs` with `command-too-slow`. */
export async function run(
  command: readonly string[],
  options: StartOptions & { cap?: number; limitMs?: number },
  signal?: AbortSignal,
): Promise<Ran> {
  const { cap = 1024 * 1024, limitMs = 10_000 } = options
  const child = await start(command, options)
  let dropped = 0
  const kept = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  const closed = (['stdout', 'stderr'] as const).map((name) => {
    let size = 0
    child[name].on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, Math.max(0, cap - size))
      size += part.length
      dropped += chunk.length - part.length
      if (part.length > 0) kept[name].push(part)
    })
    return new Promise((resolve) => child[name].once('close', resolve))
  })
  let slow = false
  const stop = () => void child.stop(1000)
  const timer = setTimeout(() => {
    slow = true
    stop()
  }, limitMs)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const exit = await child.exited
    await Promise.all(closed)
    signal?.throwIfAborted()
    if (slow) throw problem('command-too-slow', { program: command[0] ?? '', seconds: Math.round(limitMs / 1000) })
    return { ...exit, stdout: Buffer.concat(kept.stdout).toString(), stderr: Buffer.concat(kept.stderr).toString(), dropped }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

/** Runs a program and gives its output line by line as it comes, both streams; the return value is how it ended. */
export async function* outputOf(
  command: readonly string[],
  options: StartOptions,
  signal: AbortSignal,
): AsyncGenerator<string, Exit> {
  const child = await start(command, options)
  const lines: string[] = []
  let wake = () => {}
  const open = new Set([child.stdout, child.stderr])
  const push = (line: string) => {
    lines.push(line.slice(0, 8192))
    wake()
  }
  for (const stream of open) {
    let rest = ''
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      const parts = (rest + text).split(/\r?\n/)
      rest = (parts.pop() ?? '').slice(0, 65_536)
      parts.forEach(push)
    })
    stream.once('close', () => {
      if (rest) push(rest)
      open.delete(stream)
      wake()
    })
  }
  const stop = () => void child.stop(2000)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    while (open.size > 0 || lines.length > 0) {
      yield* lines.splice(0)
      if (open.size > 0 && lines.length === 0) await new Promise<void>((resolve) => (wake = resolve))
    }
    signal.throwIfAborted()
    return await child.exited
  } finally {
    signal.removeEventListener('abort', stop)
    void child.stop(2000)
  }
}
