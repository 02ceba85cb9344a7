import type { Clock } from '../../ports'
import { LinkLost } from '../../../shared/domain/problem'
import type { LogPiece, OpenConnection, Session, TargetContext } from '../provider'
import { allContainers, containersOf, inspect, type Container } from './containers'
import { parseTarget } from './fields'
import { DockerHost } from './host'
import { followLines } from './lines'
import { instanceId } from './names'
import { problem } from './text'

const lookAgainMs = 2000

/** One stream a host: all containers of the service there, whoever replaces whom. */
export function logsOf(hosts: readonly DockerHost[], clock: Clock): NonNullable<Session['logs']> {
  const contexts = new Map<string, { host: DockerHost; context: TargetContext }>()
  return {
    async streams(context, signal) {
      await Promise.allSettled(hosts.map((host) => host.link(signal)))
      return hosts.map((host) => {
        const id = `${context.target.id}:${host.connectionId}`
        contexts.set(id, { host, context })
        return { id, name: hosts.length > 1 ? `${context.service.slug}@${host.name}` : context.service.slug }
      })
    },
    async *follow(stream, since, signal) {
      const known = contexts.get(stream)
      if (!known) throw problem('instance-gone', { instance: stream })
      const { host, context } = known
      const { found } = parseTarget(context.target.settings)
      yield* followAll(host, (until) => containersOf(host, context, found, until), { since, clock }, signal)
    },
  }
}

/** The containers of a server, those that run first, and what is known of each. */
export async function listContainers(
  connection: OpenConnection,
  signal: AbortSignal,
): Promise<{ name: string; words: string }[]> {
  const all = await allContainers(new DockerHost(connection), signal)
  return all
    .toSorted((a, b) => Number(b.running) - Number(a.running) || (a.name < b.name ? -1 : 1))
    .map(({ name, image, running }) => ({ name, words: `${running ? 'running' : 'stopped'}, ${image}` }))
}

/** What a container writes, and another that takes its name. */
export async function* followContainer(
  connection: OpenConnection,
  container: string,
  from: { since: number; clock: Clock },
  signal: AbortSignal,
): AsyncGenerator<LogPiece> {
  const host = new DockerHost(connection)
  const named = async (until: AbortSignal) => (await allContainers(host, until)).filter(({ name }) => name === container)
  yield* followAll(host, named, from, signal)
}

/** Pieces from several followers, in the order in which they come, a few at most waiting. */
class Meeting {
  readonly #waiting: LogPiece[] = []
  #wake: (() => void) | null = null
  #room: (() => void) | null = null
  #failed: unknown = null

  async give(piece: LogPiece): Promise<void> {
    this.#waiting.push(piece)
    this.#wake?.()
    while (this.#waiting.length > 64) await new Promise<void>((resolve) => (this.#room = resolve))
  }

  fail(error: unknown): void {
    this.#failed = error
    this.#wake?.()
  }

  async take(signal: AbortSignal): Promise<LogPiece | null> {
    while (this.#waiting.length === 0) {
      if (this.#failed !== null) throw this.#failed
      if (signal.aborted) return null
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
    const piece = this.#waiting.shift() ?? null
    this.#room?.()
    return piece
  }
}

/** How far a container was read, so that nothing of it comes twice when it is followed again. Stamps have nine digits of a second. */
class Place {
  #stamp: string
  /** Lines with that stamp, and how many of them come again. */
  #same = 0
  #again = 0
  /** What came before comes again. Later on a stamp that is older is new all the same: output and errors overtake each other. */
  #catchingUp = false

  constructor(stamp: string) {
    this.#stamp = stamp
  }

  begin(): string {
    this.#again = this.#same
    this.#catchingUp = this.#same > 0
    return this.#stamp
  }

  fresh({ stamp }: { stamp: string }): boolean {
    if (this.#catchingUp && (stamp < this.#stamp || (stamp === this.#stamp && this.#again-- > 0))) return false
    this.#catchingUp = false
    if (stamp > this.#stamp) this.#same = 0
    if (stamp >= this.#stamp) {
      this.#stamp = stamp
      this.#same += 1
    }
    return true
  }
}

/** Follows every container that there is and every one that comes. Throws LinkLost when the link goes; it is then called again. */
async function* followAll(
  host: DockerHost,
  containers: (signal: AbortSignal) => Promise<Container[]>,
  { since, clock }: { since: number; clock: Clock },
  signal: AbortSignal,
): AsyncGenerator<LogPiece> {
  const over = new AbortController()
  const all = AbortSignal.any([signal, over.signal])
  const meeting = new Meeting()
  const followed = new Set<string>()
  const places = new Map<string, Place>()

  async function one(id: string, name: string) {
    const details = await inspect(host, id, all)
    if (!details) return
    const instance = instanceId(name, host.name)
    const begin = since > 0 ? `${new Date(since).toISOString().slice(0, -1)}000000Z` : ''
    const place = places.get(id) ?? new Place(begin)
    places.set(id, place)
    for await (const lines of followLines(host, id, { since: place.begin(), tty: details.Config.Tty }, all)) {
      const records = lines.filter((line) => place.fresh(line)).map(({ at, text, cut }) => ({ at, instance, text, cut }))
      if (records.length > 0) await meeting.give({ kind: 'records', records })
    }
    // It ended, or its way did; started again, it is followed again from there on.
    followed.delete(id)
  }

  async function watch() {
    while (!all.aborted) {
      for (const { id, name, running } of await containers(all)) {
        if (followed.has(id) || (!running && ended.has(id))) continue
        followed.add(id)
        if (!running) ended.add(id)
        one(id, name).catch((error: unknown) => (all.aborted ? undefined : meeting.fail(error)))
      }
      await clock.sleep(lookAgainMs, all).catch(() => {})
    }
  }
  const ended = new Set<string>()
  watch().catch((error: unknown) => (all.aborted ? undefined : meeting.fail(error)))
  const link = await host.link(signal)
  const lost = () =>
    meeting.fail(
      link.lost.reason instanceof LinkLost
        ? link.lost.reason
        : new LinkLost(problem('docker-silent', { host: host.name, why: 'the connection went' }).problem),
    )
  link.lost.addEventListener('abort', lost, { once: true })
  try {
    for (;;) {
      const piece = await meeting.take(signal)
      if (!piece) return
      yield piece
    }
  } finally {
    link.lost.removeEventListener('abort', lost)
    over.abort()
  }
}
