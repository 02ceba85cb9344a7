import { appendFileSync, closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { RunId } from '../../shared/domain/ids'
import { OutputLine } from '../../shared/domain/run'
import type { Outputs, Redactor } from '../ports'
import type { Topic } from '../topic'

const largestRead = 256 * 1024
const largestFile = 64 * 1024 * 1024

export interface OutputFiles extends Outputs {
  /** Whole lines from a byte offset, at most about 256 KiB, and where the next read begins. */
  read(runId: RunId, offset: number): { lines: OutputLine[]; next: number }
}

/** Live output of runs: a file of JSON lines each, redacted before it is written. */
export function createOutputs(dataDir: string, redactor: Redactor, appended: Topic): OutputFiles {
  const folder = join(dataDir, 'runs')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const fileOf = (runId: RunId) => join(folder, `${runId}.jsonl`)
  const sizes = new Map<RunId, number>()
  return {
    append(runId, lines) {
      const text = lines.map((line) => `${JSON.stringify({ ...line, text: redactor.redact(line.text) })}\n`).join('')
      const size = (sizes.get(runId) ?? 0) + text.length
      sizes.set(runId, size)
      if (size > largestFile) return
      appendFileSync(fileOf(runId), text, { mode: 0o600 })
      appended.publish()
    },
    read(runId, offset) {
      if (!existsSync(fileOf(runId))) return { lines: [], next: offset }
      const file = openSync(fileOf(runId), 'r')
      try {
        const length = Math.min(largestRead, Math.max(0, fstatSync(file).size - offset))
        const buffer = Buffer.alloc(length)
        const got = readSync(file, buffer, 0, length, offset)
        const end = buffer.subarray(0, got).lastIndexOf(10) + 1
        const lines = buffer
          .toString('utf8', 0, end)
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => OutputLine.parse(JSON.parse(line)))
        return { lines, next: offset + end }
      } finally {
        closeSync(file)
      }
    },
  }
}
