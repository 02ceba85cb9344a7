import { readFileSync } from 'node:fs'

/** The value below which this share (0 to 1) of the values lies. */
export function share(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN
}

export const median = (values: readonly number[]) => share(values, 0.5)

// Linux counts processor time in hundredths of a second.
const tickMs = 10

/** Processor time that a process has used so far, in milliseconds. Linux only. */
export function cpuMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}

/** Memory that a process holds now, in MiB. Linux only. */
export const memoryMiB = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN) / 1024

/** Percent of one core that each process uses while `work` lasts. */
export async function cpuWhile<T>(
  pids: Record<string, number>,
  work: () => Promise<T>,
): Promise<{ value: T; percent: Record<string, number> }> {
  const begun = performance.now()
  const before = Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuMs(pid)]))
  const value = await work()
  const span = performance.now() - begun
  const percent = Object.fromEntries(
    Object.entries(pids).map(([name, pid]) => [name, ((cpuMs(pid) - (before[name] ?? 0)) / span) * 100]),
  )
  return { value, percent }
}
