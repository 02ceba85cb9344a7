import type { Session } from '../provider'
import type { RemoteLock } from '../../ssh/link'
import type { DockerHost } from './host'

/** The run in an owner: installation and run, with a stroke between. */
const whose = (words: string, held: RemoteLock) => words || held.owner

/** The locks on the servers themselves: all or none, everywhere in the same order. */
export function lockOf(hosts: readonly DockerHost[]): NonNullable<Session['lock']> {
  // By who the servers are, not by our ids of them: whoever comes to the first of them first has them all, from any installation.
  const order = (host: DockerHost) => `${host.identity} ${host.name}`
  const inOrder = () => hosts.toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
  const locksOf = async (host: DockerHost, signal: AbortSignal) => (await host.link(signal)).locks
  return {
    async acquire(key, owner, words, signal) {
      const fences: Record<string, number> = {}
      const taken: DockerHost[] = []
      const giveBack = async () => {
        for (const host of taken) await (await locksOf(host, signal)).release(key, owner, signal).catch(() => {})
      }
      await Promise.all(hosts.map((host) => host.link(signal)))
      for (const host of inOrder()) {
        try {
          const answer = await (await locksOf(host, signal)).acquire(key, owner, words, signal)
          if ('held' in answer) {
            await giveBack()
            const { held } = answer
            return { heldBy: whose(answer.words, held), where: host.name, since: Date.now() - (held.now - held.since) }
          }
          taken.push(host)
          fences[host.connectionId] = answer.fence
        } catch (error) {
          await giveBack().catch(() => {})
          throw error
        }
      }
      return { fences }
    },
    async beat(key, owner, signal) {
      const beats = await Promise.all(
        hosts.map(async (host) => {
          try {
            return await (await locksOf(host, signal)).beat(key, owner, signal)
          } catch {
            // A host that cannot be reached says nothing about its lock; every step asks it again.
            return true
          }
        }),
      )
      return !beats.includes(false)
    },
    async release(key, owner, signal) {
      const run = owner.slice(owner.indexOf('/') + 1)
      await Promise.allSettled(
        hosts.map(async (host) => {
          const link = await host.link(signal)
          await link.locks.release(key, owner, signal)
          await link.detached.forget(run, signal)
        }),
      )
    },
    async reclaim(key, signal) {
      const found: string[] = []
      for (const host of inOrder()) {
        const locks = await locksOf(host, signal)
        const standing = await locks.read(key, signal)
        if (standing && (await locks.reclaim(key, standing.held, signal)))
          found.push(`${whose(standing.words, standing.held)} (${host.name})`)
      }
      return found
    },
  }
}
