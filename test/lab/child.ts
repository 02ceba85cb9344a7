import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import type { bundle } from '../support/built'

export type Built = Awaited<ReturnType<typeof bundle>>

/** What an owner in a process of its own said and how it ended. */
export interface Ended {
  exit: number | null
  signal: string | null
  lines: Record<string, unknown>[]
  errors: string
}

/** Starts an owner of a data folder in a process of its own (`deployer.ts` says what it takes). */
export function deployer(built: Built, asked: Record<string, unknown>) {
  const supervisor = join(built.folder, 'supervisor.mjs')
  const child = spawn(process.execPath, [join(built.folder, 'deployer.mjs'), JSON.stringify({ ...asked, supervisor })], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: Ended['lines'] = []
  let errors = ''
  const listeners = new Set<() => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line) as Record<string, unknown>)
    for (const listener of listeners) listener()
  })
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (exit, signal) => {
      for (const listener of listeners) listener()
      resolve({ exit, signal, lines, errors })
    }),
  )
  return {
    ended,
    /** Waits for a line that has this word in it. */
    line: (key: string) =>
      new Promise<Record<string, unknown>>((resolve, reject) => {
        const look = () => {
          const found = lines.find((line) => key in line)
          if (found) resolve(found)
          else if (child.exitCode !== null) reject(new Error(`it ended without ${key}: ${errors} ${JSON.stringify(lines)}`))
        }
        listeners.add(look)
        look()
      }),
    wake: () => void child.kill('SIGCONT'),
    kill: () => void child.kill('SIGKILL'),
  }
}
