import type { FileFollower, PathState } from './file-follower'
import type { CutLine } from './cutter'
import { FileReading } from './file-place'
import type { FramePart } from './frames'
import { timeIn } from '../parse/time'
import type { SourceRecord } from '../source'
import { problem, words } from './text'

/** Bytes of each file, and of those that were rotated, that are read the first time. */
const historyBytes = 1024 * 1024

/** Reads one run of the program for all followers. */
export class FilesRun {
  readonly #followers: readonly FileFollower[]
  readonly #server: string
  readonly #now: () => number
  readonly #drop: (follower: FileFollower, error: unknown) => void
  readonly #signal: AbortSignal
  readonly #old = new Map<string, FileReading>()
  readonly #files = new Map<string, { follower: FileFollower; state: PathState }>()
  /** Follows what is written now, not what was before. */
  #caughtUp = false

  constructor(parts: {
    followers: readonly FileFollower[]
    server: string
    now: () => number
    drop: (follower: FileFollower, error: unknown) => void
    signal: AbortSignal
  }) {
    this.#followers = parts.followers
    this.#server = parts.server
    this.#now = parts.now
    this.#drop = parts.drop
    this.#signal = parts.signal
  }

  /** What the program is told. All are read on from their last whole line. */
  questions(nonce: string): string {
    const patterns = this.#followers.map(({ pattern, began }) => `${began ? -1 : historyBytes} ${pattern}`)
    const places = this.#followers.flatMap(({ paths }, i) =>
      [...paths.values()].flatMap(({ path, readings, current }) =>
        [...readings.values()].map((one) => `${one.id === current ? '' : '-'}${one.id} ${askedFrom(one)} ${i + 1}:${path}`),
      ),
    )
    for (const { paths } of this.#followers)
      for (const state of paths.values())
        for (const [id, one] of state.readings) state.readings.set(id, FileReading.on(one.place))
    return [nonce, ...patterns, '.', ...places, '.', ''].join('\n')
  }

  /** Answers whether the program is to begin anew. */
  async take({ head, bytes, first }: FramePart): Promise<boolean> {
    const [what = '', j = '', id = '', offset = ''] = head.split(' ')
    switch (what) {
      case 'F':
        this.#know(j, Number(id), head.split(' ').slice(3).join(' '))
        return false
      case 'D':
        await this.#data(j, id, Number(offset), bytes, first)
        return false
      case 'O':
        await this.#history(j, bytes, first)
        return false
      case 'R':
        await this.#done(j, id)
        return false
      case 'G':
        await this.#gone(j, offset)
        return false
      case 'X':
        await this.#unfit(Number(j), id, head.split(' ').slice(3).join(' '))
        return false
      case 'E':
        return this.#whole()
      default:
        return what === 'C'
    }
  }

  #know(j: string, k: number, path: string): void {
    const follower = this.#followers[k - 1]
    if (follower) this.#files.set(j, { follower, state: follower.state(path) })
  }

  async #data(j: string, id: string, offset: number, bytes: Buffer, first: boolean): Promise<void> {
    const file = this.#files.get(j)
    if (!file) return
    const { follower, state } = file
    const known = state.readings.get(id)
    const reading =
      known && (!first || known.next === offset)
        ? known
        : new FileReading(id, offset, { amid: offset > 0 && !follower.began && state.readings.size === 0 })
    state.readings.set(id, reading)
    if (reading !== known) state.current = id
    await this.#give(follower, state, reading.take(bytes))
  }

  async #history(j: string, bytes: Buffer, first: boolean): Promise<void> {
    const file = this.#files.get(j)
    if (!file || file.state.history) return
    const before = this.#old.get(j)
    const reading = !first && before ? before : new FileReading('', 0)
    this.#old.set(j, reading)
    await this.#give(file.follower, file.state, reading.take(bytes), true)
  }

  async #done(j: string, id: string): Promise<void> {
    const file = this.#files.get(j)
    const reading = file?.state.readings.get(id)
    if (!file || !reading) return
    file.state.readings.delete(id)
    if (reading.wrong) await this.#gap(file.follower, words.rotatedAway(file.state.path, String(reading.place.offset)))
    await this.#give(file.follower, file.state, reading.finish())
  }

  async #gone(j: string, offset: string): Promise<void> {
    const file = this.#files.get(j)
    if (file) await this.#gap(file.follower, words.rotatedAway(file.state.path, offset))
  }

  async #unfit(k: number, why: string, path: string): Promise<void> {
    const follower = this.#followers[k - 1]
    if (!follower) return
    const { pattern } = follower
    const server = this.#server
    const several = /[*?[]/.test(pattern)
    const kinds: Record<string, string> = { folder: 'a folder', pipe: 'a pipe', device: 'a device', other: 'something else' }
    // Between the two halves of a rotation it is not there for a moment.
    if (why === 'missing' && follower.paths.size > 0) return
    if (why === 'missing') return this.#gap(follower, several ? words.noMatch(pattern) : words.missing(pattern))
    if (why === 'unreadable' && several) return this.#gap(follower, words.someUnreadable(path))
    if (why === 'unreadable') return this.#drop(follower, problem('log-file-unreadable', { server, path: pattern }))
    const what = kinds[why]
    if (what) this.#drop(follower, problem('log-file-unfit', { server, path: pattern, what }))
  }

  /** All that there is was read. Answers whether some file has to be read anew, as it is another than it was. */
  async #whole(): Promise<boolean> {
    this.#caughtUp = true
    await Promise.all(this.#followers.map((follower) => this.#begun(follower)))
    let again = false
    for (const { follower, state } of this.#files.values()) {
      state.history = true
      for (const [id, reading] of state.readings) {
        if (!reading.wrong) continue
        again = true
        state.readings.set(id, new FileReading(id, 0))
        await this.#gap(follower, words.changed(state.path))
      }
    }
    return again
  }

  /** From here on it goes on where it was, also where nothing was written so far. */
  async #begun(follower: FileFollower): Promise<void> {
    if (follower.began) return
    follower.began = true
    await follower.mailbox.give({ kind: 'records', records: [], cursor: follower.cursor }, this.#signal)
  }

  #gap(follower: FileFollower, text: string): Promise<void> {
    return follower.mailbox.give({ kind: 'gap', at: this.#now(), words: text, dropped: 0 }, this.#signal)
  }

  async #give(follower: FileFollower, state: PathState, lines: readonly CutLine[], old = false): Promise<void> {
    if (lines.length === 0) return
    const now = this.#now()
    const records = lines.map(({ text, cut }): SourceRecord => {
      // What is read later than it was written says itself when that was.
      const own = this.#caughtUp && !old ? NaN : timeIn(text, now)
      if (!Number.isNaN(own)) state.stamp = own
      const at = this.#caughtUp && !old ? now : Number.isNaN(state.stamp) ? now : Math.min(state.stamp, now)
      return { at, instance: state.path, text, cut }
    })
    const cursor = old ? {} : { cursor: follower.cursor }
    await follower.mailbox.give({ kind: 'records', records, ...cursor }, this.#signal)
  }
}

const askedFrom = ({ place }: FileReading) => place.offset - place.before.length
