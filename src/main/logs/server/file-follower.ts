import { FileReading, type FilePlace } from './file-place'
import { Mailbox } from './mailbox'

/** Where one path is read: the file that it is now, and before it one that was rotated a moment ago. */
export interface PathState {
  path: string
  readings: Map<string, FileReading>
  /** The id under which it is read now. */
  current: string | null
  /** The last stamp in it, in milliseconds. */
  stamp: number
  /** What was rotated before it was followed has been read. */
  history: boolean
}

/** Somebody who follows a path or a pattern. */
export class FileFollower {
  readonly mailbox = new Mailbox()
  readonly pattern: string
  readonly paths = new Map<string, PathState>()
  /** It has begun: files that come now are read whole. */
  began = false

  constructor(pattern: string, cursor: string | null) {
    this.pattern = pattern
    if (cursor !== null) this.#goOn(cursor)
  }

  state(path: string): PathState {
    const known = this.paths.get(path)
    if (known) return known
    const made: PathState = { path, readings: new Map(), current: null, stamp: NaN, history: false }
    this.paths.set(path, made)
    return made
  }

  /** What an interruption goes on from. */
  get cursor(): string {
    const places = [...this.paths.values()].map(({ path, readings }) => [path, ...[...readings.values()].map(placeText)])
    return JSON.stringify(places)
  }

  #goOn(cursor: string): void {
    this.began = true
    try {
      for (const [path = '', ...places] of JSON.parse(cursor) as string[][]) {
        const state = this.state(path)
        for (const place of places.map(placeFrom)) {
          state.readings.set(place.id, FileReading.on(place))
          state.current = place.id
        }
      }
    } catch {
      // A cursor that cannot be read is none: its files are read whole, and what was kept is not taken twice.
      this.paths.clear()
    }
  }
}

const placeText = ({ place }: FileReading) => `${place.id} ${place.offset} ${place.before.toString('base64')}`
function placeFrom(text: string): FilePlace {
  const [id = '', offset = '', before = ''] = text.split(' ')
  if (!/^[^ ]{3,100}$/.test(id) || !/^\d+$/.test(offset)) throw new Error('no place')
  return { id, offset: Number(offset), before: Buffer.from(before, 'base64') }
}
