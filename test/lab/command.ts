import { spawn } from 'node:child_process'
import { buffer } from 'node:stream/consumers'

export interface CommandResult {
  code: number
  stdout: string
  stderr: string
}

export interface CommandOptions {
  input?: Buffer | string
  env?: Record<string, string>
}

/** Runs a program to its end; what it says comes back whole. */
export async function run(command: readonly string[], { input, env }: CommandOptions = {}): Promise<CommandResult> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  // A program may end without reading what it was given; its exit code tells.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? (signal ? 128 : 1)))
  })
  const [stdout, stderr, code] = await Promise.all([buffer(child.stdout), buffer(child.stderr), ended])
  return { code, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') }
}

/** As `run`, and what it wrote; throws with what it said where it failed. */
export async function must(command: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(command, options)
  if (code !== 0)
    throw new Error(`${command.slice(0, 4).join(' ')} … ended with ${code}: ${(stderr || stdout).trim().slice(-2000)}`)
  return stdout.trim()
}
