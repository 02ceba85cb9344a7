import type { Clock } from '../../ports'
import type { RemoteCommand, ServerLink } from '../../ssh/link'
import type { ResumeFrom, SourcePiece } from '../source'
import { Cutter } from './cutter'
import { entryOf, isAfter, placeOf, wantedFields, type JournalEntry, type JournalPlace } from './journal-entry'
import { Mailbox } from './mailbox'
import { Tap } from './tap'
import { problem, words } from './text'

/** Entries that are read the first time. */
const historyEntries = 5000
/** What is longer is not taken apart. */
const longestEntry = 1024 * 1024

/** Somebody who follows a unit, or the whole journal (null). */
class JournalFollower {
  readonly mailbox = new Mailbox()
  readonly unit: string | null
  readonly since: number
  place: JournalPlace | null
  hinted = false

  constructor(unit: string | null, { since, cursor }: ResumeFrom) {
    this.unit = unit !== null && !/\.[a-z]+$/.test(unit) ? `${unit}.service` : unit
    this.since = since
    this.place = cursor === null ? null : placeOf(cursor)
  }

  /** Hands on those of the entries that are its own and come after what it had. */
  async take(entries: readonly JournalEntry[], signal: AbortSignal): Promise<void> {
    const records = entries.flatMap((entry) => {
      if (this.unit !== null && !entry.units.has(this.unit)) return []
      if (this.place && !isAfter(entry.cursor, this.place)) return []
      this.place = entry.cursor
      return entry.records
    })
    if (records.length === 0 || !this.place) return
    await this.mailbox.give({ kind: 'records', records, cursor: this.place.text }, signal)
  }
}

const unitsOf = (units: readonly (string | null)[]) =>
  units.includes(null) ? [] : [...new Set(units)].flatMap((unit) => (unit === null ? [] : ['-u', unit]))

/** What journalctl is asked, as JSON a line. */
export const asked = (units: readonly (string | null)[], ...more: string[]): RemoteCommand => [
  'journalctl',
  '--output=json',
  '--all',
  '--no-pager',
  `--output-fields=${wantedFields}`,
  ...more,
  ...unitsOf(units),
]

/** Runs journalctl and hands on what it says, some entries at a time. Ends with it; throws where it cannot read. */
async function* entriesFrom(
  link: ServerLink,
  command: RemoteCommand,
  signal: AbortSignal,
  hint: () => Promise<void>,
): AsyncGenerator<JournalEntry[]> {
  const program = await link.start(command, { root: true }, signal)
  let said = ''
  program.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-4000)))
  const cutter = new Cutter(longestEntry)
  let hinted = false
  try {
    for await (const chunk of program.stdout as AsyncIterable<Buffer>) {
      if (!hinted && said.includes('not seeing messages from other users')) {
        hinted = true
        await hint()
      }
      const entries = cutter.take(chunk).flatMap(({ text }) => entryOf(text) ?? [])
      if (entries.length > 0) yield entries
    }
    const { code } = await program.ended
    if (code === 127) throw problem('journal-missing', { server: link.name })
    const why = said.trim().split('\n').at(-1)?.slice(0, 200) ?? ''
    if (code !== 0) throw problem('journal-refused', { server: link.name, why: why || `journalctl ended with ${code}` })
    if (!hinted && said.includes('not seeing messages from other users')) await hint()
  } finally {
    program.kill()
  }
}

/** Follows the journal of one server: one journalctl for all that follow a unit of it. */
class JournalRun {
  readonly #link: ServerLink
  readonly #signal: AbortSignal
  readonly #now: () => number

  constructor(link: ServerLink, now: () => number, signal: AbortSignal) {
    this.#link = link
    this.#now = now
    this.#signal = signal
  }

  async follow(followers: readonly JournalFollower[]): Promise<void> {
    for (const follower of followers) if (follower.place === null) await this.#catchUp(follower)
    const places = followers.flatMap(({ place }) => place ?? []).toSorted((a, b) => (a.time < b.time ? -1 : 1))
    // Without any entry in the journal there is no place to go on from.
    const [oldest] = places.length === followers.length ? places : []
    const from = oldest ? `--after-cursor=${oldest.text}` : '--lines=all'
    const units = followers.map(({ unit }) => unit)
    const hint = async () => void (await Promise.all(followers.map((one) => this.#hint(one))))
    for await (const entries of entriesFrom(this.#link, asked(units, '--follow', '--no-tail', from), this.#signal, hint)) {
      for (const follower of followers) await follower.take(entries, this.#signal)
      if (this.#signal.aborted) return
    }
    throw problem('log-reader-ended', { server: this.#link.name, what: 'its journal', why: 'journalctl ended' })
  }

  /** What there is of it. Where there is nothing it goes on behind the newest entry of all. */
  async #catchUp(follower: JournalFollower): Promise<void> {
    const newest = await this.#newest()
    const from = follower.since > 0 ? `--since=@${Math.floor(follower.since / 1000)}` : `--lines=${historyEntries}`
    const hint = () => this.#hint(follower)
    for await (const entries of entriesFrom(this.#link, asked([follower.unit], from), this.#signal, hint))
      await follower.take(entries, this.#signal)
    if (follower.place !== null) return
    follower.place = newest
    await this.#say(follower, words.neverLogged(follower.unit ?? this.#link.name))
  }

  async #newest(): Promise<JournalPlace | null> {
    let newest: JournalPlace | null = null
    const hint = () => Promise.resolve()
    for await (const entries of entriesFrom(this.#link, asked([], '--lines=1'), this.#signal, hint))
      newest = entries.at(-1)?.cursor ?? newest
    return newest
  }

  async #hint(follower: JournalFollower): Promise<void> {
    if (follower.hinted) return
    follower.hinted = true
    await this.#say(follower, words.onlyOwn(this.#link.user))
  }

  async #say(follower: JournalFollower, text: string): Promise<void> {
    await follower.mailbox.give({ kind: 'gap', at: this.#now(), words: text, dropped: 0 }, this.#signal)
  }
}

export function followJournal(link: (signal: AbortSignal) => Promise<ServerLink>, clock: Clock, now: () => number) {
  const tap = new Tap<JournalFollower>(link, clock, (open, members, signal) =>
    new JournalRun(open, now, signal).follow([...members]),
  )
  return (unit: string | null, from: ResumeFrom, signal: AbortSignal): AsyncGenerator<SourcePiece> =>
    tap.follow(new JournalFollower(unit, from), signal)
}
