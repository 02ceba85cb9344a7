import { readFileSync } from 'node:fs'

/** When a process began, in ticks since boot; null where there is none. A pid alone may be another's by now. */
function begun(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? null : (fields[19] ?? null)
  } catch {
    return null
  }
}

/** A process by a name that no later one has. */
export const ownerOf = (pid: number = process.pid) => `${pid}-${begun(pid)}`

export function isAlive(owner: string): boolean {
  const [pid, since] = owner.split('-')
  return begun(Number(pid)) === since
}
