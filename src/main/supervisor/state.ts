import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { ExitRecord, InstanceSpec, Variables } from './contract'

const KeptInstance = z.object({
  spec: InstanceSpec,
  /** The plain ones only. */
  variables: Variables,
  wanted: z.enum(['running', 'stopped']),
  pid: z.int().nullable(),
  /** With the pid, names one process for ever: a stranger that got the same pid later is left alone. */
  begin: z.string().nullable(),
  restarts: z.int(),
  exits: z.array(ExitRecord),
})
export type KeptInstance = z.infer<typeof KeptInstance>

const KeptRoute = z.object({
  routed: z.boolean(),
  port: z.int().nullable(),
  serving: z.array(z.string()),
  standby: z.array(z.string()),
})
export type KeptRoute = z.infer<typeof KeptRoute>

const KeptJob = z.object({ pid: z.int(), begin: z.string().nullable() })

export const State = z.object({
  v: z.literal(1),
  instances: z.array(KeptInstance),
  routes: z.record(z.string(), KeptRoute),
  jobs: z.record(z.string(), KeptJob),
})
export type State = z.infer<typeof State>

const empty = (): State => ({ v: 1, instances: [], routes: {}, jobs: {} })

/** Reads what was kept. A file that is cut or wrong is put aside, and `notice` says so. */
export function readState(file: string, now: number): { state: State; notice: string | null } {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return { state: empty(), notice: null }
  }
  try {
    return { state: State.parse(JSON.parse(text)), notice: null }
  } catch {
    const aside = `${file}.unreadable-${now}`
    renameSync(file, aside)
    return {
      state: empty(),
      notice: `The list of what ran on this computer could not be read. It was put aside as ${aside}; deploy again what should run.`,
    }
  }
}

/** Whole or not at all: temporary file, fsync, rename. Readable by its owner only. */
export function writeState(file: string, state: State) {
  const temporary = `${file}.new`
  const handle = openSync(temporary, 'w', 0o600)
  try {
    writeSync(handle, JSON.stringify(state))
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(temporary, file)
  if (process.platform === 'win32') return
  const folder = openSync(dirname(file), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
