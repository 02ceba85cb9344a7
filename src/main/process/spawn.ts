import { spawn, type ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { findProgram } from './find'
import { problem } from './text'

export interface Exit {
  code: number | null
  signal: string | null
}

/** A program that runs in a process group of its own. */
export interface Started {
  pid: number
  stdout: Readable
  stderr: Readable
  exited: Promise<Exit>
  /** SIGTERM to the group, SIGKILL after the grace. `killed` says that the grace was not enough. */
  stop(graceMs: number): Promise<Exit & { killed: boolean }>
}

export interface StartOptions {
  cwd: string
  /** The whole environment: nothing is inherited. */
  env: Record<string, string>
}

/** Sends a signal to a process group. False where the group is gone. */
export function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal)
    return true
  } catch {
    return false
  }
}

function opened(child: ChildProcess, program: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') reject(problem('command-not-found', { program }, error))
      else if (error.code === 'EACCES') reject(problem('command-not-executable', { program }, error))
      else reject(problem('command-failed-to-start', { program, why: error.code ?? 'unknown reason' }, error))
    })
  })
}

async function stopGroup(pid: number, exited: Promise<Exit>, graceMs: number): Promise<Exit & { killed: boolean }> {
  signalGroup(pid, 'SIGTERM')
  const grace = Promise.withResolvers<null>()
  const timer = setTimeout(() => grace.resolve(null), graceMs)
  const exit = await Promise.race([exited, grace.promise])
  clearTimeout(timer)
  // Also when the leader went in time: its children may have stayed.
  signalGroup(pid, 'SIGKILL')
  return { ...(await exited), killed: exit === null }
}

/** Starts a program by its argument list, never through a shell. Throws a problem that says why it cannot. */
export async function start(command: readonly string[], { cwd, env }: StartOptions): Promise<Started> {
  const [program = '', ...args] = command
  const path = findProgram(program, cwd, env['PATH'])
  // No `cwd` surprise on the way: the program is already a full path.
  const child = spawn(path, args, {
    cwd,
    env,
    detached: true,
    shell: false,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  })
  const exited = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
  await opened(child, program)
  child.on('error', () => undefined)
  const { pid, stdout, stderr } = child
  if (pid === undefined) throw problem('command-failed-to-start', { program, why: 'it has no process id' })
  return { pid, stdout, stderr, exited, stop: (graceMs) => stopGroup(pid, exited, graceMs) }
}

/** Starts a program that outlives this one: no pipes, own session. Answers its pid. */
export async function startDetached(command: readonly string[], { cwd, env }: StartOptions): Promise<number> {
  const [program = '', ...args] = command
  const child = spawn(findProgram(program, cwd, env['PATH']), args, {
    cwd,
    env,
    detached: true,
    shell: false,
    stdio: 'ignore',
    windowsHide: true,
  })
  await opened(child, program)
  child.unref()
  return child.pid ?? 0
}
