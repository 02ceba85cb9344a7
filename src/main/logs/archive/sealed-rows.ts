import { closeSync, openSync, readSync } from 'node:fs'
import { mayHold } from './grams'
import { askedColumns, headLength, placesOf, provenHead, restOf, textOf, type AskedColumns } from './sealed'

/** Rows of a file that are looked through: what is not asked for is not read. */
export interface Rows {
  readonly rows: number
  readonly textBytes: number
  /** By the number that the columns hold. */
  readonly sources: ReadonlyMap<number, string>
  /** Whether a literal in lower case may be in the text. False is certain. */
  mayHold(literal: string): boolean
  asked(): AskedColumns
  /** The text, a sign for each of its bytes. */
  bytes(): string
  instances(): (place: number) => string
}

/** What is held of one file. */
interface Held {
  proven: NonNullable<ReturnType<typeof provenHead>>
  asked?: AskedColumns
  bytes?: string
}

const startBytes = 160 * 1024

/** Sealed files, opened as far as they are asked. What was unpacked is held for the next question, as long as there is room. */
export class SealedFiles {
  readonly #room: number
  #held = new Map<string, Held>()
  #heldBytes = 0

  constructor(room: number) {
    this.#room = room
  }

  forget(): void {
    this.#held = new Map()
    this.#heldBytes = 0
  }

  /** null where it is not of this form, or was changed. Throws where it cannot be read. */
  open(path: string): Rows | null {
    const known = this.#held.get(path)
    const proven = known?.proven ?? provenAt(path)
    if (!proven) return null
    const held: Held = known ?? { proven }
    const { head } = proven
    if (!known && this.#fits(proven.grams.length)) this.#held.set(path, held)
    const places = placesOf(head, proven.parts)
    // One question looks at the same part several times, also where it is not held.
    const own: Held = { ...held }
    const asked = () => {
      const columns = (own.asked ??= askedColumns(bytesAt(path, places.asked), head))
      if (!held.asked && this.#fits(head.parts.asked[1])) held.asked = columns
      return columns
    }
    const bytes = () => {
      const text = (own.bytes ??= textOf(bytesAt(path, places.text), head).toString('latin1'))
      if (held.bytes === undefined && this.#fits(head.parts.text[1])) held.bytes = text
      return text
    }
    return {
      rows: head.rows,
      textBytes: head.parts.text[1],
      sources: new Map(head.numbers.map((number, at) => [number, head.sources[at] ?? ''])),
      mayHold: (literal) => mayHold({ grams: proven.grams, ascii: head.ascii }, literal),
      asked,
      bytes,
      instances: () => {
        const { columns, head: words } = restOf(bytesAt(path, places.rest), head)
        return (place) => words.instances[columns.instance[place] as number] ?? ''
      },
    }
  }

  #fits(bytes: number): boolean {
    if (this.#heldBytes + bytes > this.#room) return false
    this.#heldBytes += bytes
    return true
  }
}

function provenAt(path: string) {
  let start = bytesAt(path, [0, startBytes])
  const length = headLength(start)
  if (length === null) return null
  const proven = provenHead(start)
  if (proven) return proven
  // A long head, or many runs.
  start = bytesAt(path, [0, length + startBytes])
  return provenHead(start)
}

/** What of these bytes is there. */
function bytesAt(path: string, [from, length]: readonly [number, number]): Buffer {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.allocUnsafeSlow(length)
    return bytes.subarray(0, readSync(file, bytes, 0, length, from))
  } finally {
    closeSync(file)
  }
}
