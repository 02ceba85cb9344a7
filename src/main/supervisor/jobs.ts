import { createHash } from 'node:crypto'
import { createWriteStream, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { finished, pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { beginOf, start, type Started } from '../process'
import { maskOf, type MaskedStream } from '../redaction'
import { ExitRecord, type InstanceSpec, type JobView } from './contract'
import { environmentOf, resolveCommand } from './instance'
import type { State } from './state'

const Record = z.object({ v: z.literal(1), key: z.string(), state: z.enum(['running', 'ended']), exit: ExitRecord.nullable() })
type Record = z.infer<typeof Record>

const outputCap = 4 * 1024 * 1024

/** One-off commands. Each runs once per key; how it ended and what it said stays on disk. */
export class Jobs {
  private readonly running = new Map<string, Started & { begin: string | null }>()

  constructor(
    private readonly folder: string,
    private readonly changed: () => void,
  ) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  }

  private file = (key: string, kind: 'json' | 'out') =>
    join(this.folder, `${createHash('sha256').update(key).digest('hex')}.${kind}`)

  keep = (): State['jobs'] => Object.fromEntries([...this.running].map(([key, { pid, begin }]) => [key, { pid, begin }]))

  private read(key: string): Record | null {
    try {
      return Record.parse(JSON.parse(readFileSync(this.file(key, 'json'), 'utf8')))
    } catch {
      return null
    }
  }

  private write(record: Record) {
    const file = this.file(record.key, 'json')
    writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600, flush: true })
    renameSync(`${file}.new`, file)
  }

  /** Runs it unless this key ran before. `again` runs it anew where it failed or was lost. */
  async run(key: string, spec: InstanceSpec, variables: { [key: string]: string }, again: boolean): Promise<JobView> {
    const before = this.read(key)
    const over = before && !this.running.has(key)
    if (before && !(again && over && before.exit?.code !== 0)) return this.view(key, 0)
    const child = await start(resolveCommand(spec.command), { cwd: spec.folder, env: environmentOf(spec, variables, null) })
    const begin = await beginOf(child.pid)
    this.running.set(key, { ...child, begin })
    this.write({ v: 1, key, state: 'running', exit: null })
    this.changed()
    void this.follow(key, child, () => maskOf(variables, spec.secretKeys))
    return this.view(key, 0)
  }

  private async follow(key: string, child: Started, newMask: () => MaskedStream | null) {
    const out = createWriteStream(this.file(key, 'out'), { mode: 0o600 })
    let left = outputCap
    const capped = async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        const part = chunk.subarray(0, left)
        left -= part.length
        if (part.length > 0) yield part
      }
    }
    async function* masked(source: AsyncIterable<Buffer>) {
      const mask = newMask()
      for await (const chunk of source) yield mask ? mask.push(chunk) : chunk
      if (mask) yield mask.end()
    }
    const both = [child.stdout, child.stderr].map((stream) =>
      pipeline(stream, masked, capped, out, { end: false }).catch(() => undefined),
    )
    const { code, signal } = await child.exited
    await Promise.all(both)
    out.end()
    await finished(out).catch(() => undefined)
    this.write({ v: 1, key, state: 'ended', exit: { at: Date.now(), code, signal, killed: false } })
    this.running.delete(key)
    this.changed()
  }

  async view(key: string, from: number): Promise<JobView> {
    const record = this.read(key)
    if (!record) return { state: 'none', exit: null, problem: null, output: '', next: 0 }
    const state = record.state === 'running' && !this.running.has(key) ? 'lost' : record.state
    const output = await this.output(key, from)
    return { state, exit: record.exit, problem: null, output: output.toString('utf8'), next: from + output.length }
  }

  private async output(key: string, from: number): Promise<Buffer> {
    const file = await open(this.file(key, 'out'), 'r').catch(() => null)
    if (!file) return Buffer.alloc(0)
    try {
      const buffer = Buffer.alloc(64 * 1024)
      const { bytesRead } = await file.read(buffer, 0, buffer.length, from)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  }

  async close() {
    await Promise.all([...this.running.values()].map((child) => child.stop(2000)))
  }
}
