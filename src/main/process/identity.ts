import { readFileSync } from 'node:fs'
import { minimalEnvironment } from './environment'
import { run } from './run'

/** When a process began, in the system's own words; null where there is none. With the pid it names one process for ever. */
export async function beginOf(pid: number): Promise<string | null> {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
      // The name, in brackets, may hold spaces and brackets: fields are counted after the last one.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return fields[0] === 'Z' ? null : (fields[19] ?? null)
    } catch {
      return null
    }
  }
  if (process.platform === 'win32') return null
  const { stdout } = await run(['ps', '-o', 'lstart=', '-p', String(pid)], { cwd: '/', env: minimalEnvironment() })
  return stdout.trim() || null
}

/** Memory in bytes, and processor time used so far in milliseconds; null where the system does not tell. */
export function usageOf(pid: number): { memoryBytes: number; cpuMs: number } | null {
  if (process.platform !== 'linux') return null
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1])
    // Linux counts these in hundredths of a second on all machines that Node runs on; pages are 4 KiB on most.
    return { memoryBytes: pages * 4096, cpuMs: (Number(fields[11]) + Number(fields[12])) * 10 }
  } catch {
    return null
  }
}
