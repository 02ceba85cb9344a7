import type { PlacementId, RunId } from '../../shared/domain/ids'
import { lockKey, type Session } from '../providers/provider'
import type { EnginePorts } from './engine'
import type { Place } from './contexts'
import { problem } from './text'

export interface HeldLocks {
  fence: number
  /** By connection, where it has a lock of its own. */
  fences: ReadonlyMap<string, number>
  /** Beats until the signal aborts. Calls `lost` where a lock turns out to be somebody else's. */
  keep(signal: AbortSignal, lost: () => void): Promise<void>
  release(): Promise<void>
}

export const ownerOf = (ports: Pick<EnginePorts, 'self'>, runId: RunId) => `${ports.self.installationId}/${runId}`

/** The workspace's row first, then the lock of every connection that has one, sorted; all or none. Throws `lock-held`. */
export async function takeLocks(ports: EnginePorts, place: Place, runId: RunId): Promise<HeldLocks> {
  const row: PlacementId = place.placement.id
  const key = lockKey(place)
  const owner = ownerOf(ports, runId)
  const own = ports.lock.acquire(row, runId)
  if ('heldBy' in own) {
    const { actor, since } = own.heldBy
    throw problem('lock-held', { actor: actor.name, machine: actor.machine, since })
  }
  const taken: NonNullable<Session['lock']>[] = []
  const fences = new Map<string, number>()
  const words = `${ports.self.actor.name} on ${ports.self.actor.machine}`
  const giveBack = async () => {
    for (const lock of taken.toReversed()) await lock.release(key, owner, AbortSignal.timeout(10_000)).catch(() => {})
    ports.lock.release(row, runId)
  }
  try {
    // By names that all installations share: two that start at once meet at the same first lock.
    const contexts = place.contexts.toSorted((a, b) => (a.service.slug < b.service.slug ? -1 : 1))
    for (const { target } of contexts) {
      const lock = (await ports.sessions.of(target)).lock
      if (!lock) continue
      const answer = await lock.acquire(key, owner, words, AbortSignal.timeout(20_000))
      if ('heldBy' in answer) throw problem('lock-held', { actor: answer.heldBy, machine: answer.where, since: answer.since })
      for (const [connection, fence] of Object.entries(answer.fences)) fences.set(connection, fence)
      taken.push(lock)
    }
  } catch (error) {
    await giveBack()
    throw error
  }
  return {
    fence: own.fence,
    fences,
    release: giveBack,
    async keep(signal, lost) {
      while (!signal.aborted) {
        await ports.clock.sleep(ports.timings.heartbeat, signal).catch(() => {})
        if (signal.aborted) return
        // A beat that cannot be told from a lost link says nothing; one that answers "not yours" ends the run's work.
        const beats = await Promise.all(taken.map((lock) => lock.beat(key, owner, signal).catch(() => true)))
        if ((!beatRow(ports, row, runId) || beats.includes(false)) && !signal.aborted) return lost()
      }
    },
  }
}

/** Gives back what a run that is given up may still hold, wherever it can be reached. */
export async function dropLocks(ports: EnginePorts, place: Place, runId: RunId): Promise<void> {
  for (const { target } of place.contexts) {
    const session = await ports.sessions.of(target).catch(() => null)
    await session?.lock?.release(lockKey(place), ownerOf(ports, runId), AbortSignal.timeout(10_000)).catch(() => {})
  }
  ports.lock.release(place.placement.id, runId)
}

/** Takes away the locks of a holder that has not been heard of. Answers whose they were. */
export async function reclaimLocks(ports: EnginePorts, place: Place, signal: AbortSignal): Promise<string[]> {
  const whose: string[] = []
  for (const { target } of place.contexts) {
    const { lock } = await ports.sessions.of(target)
    if (lock) whose.push(...(await lock.reclaim(lockKey(place), signal)))
  }
  return [...new Set(whose)]
}

function beatRow(ports: EnginePorts, key: PlacementId, runId: RunId): boolean {
  try {
    return ports.lock.beat(key, runId)
  } catch {
    return true
  }
}
