import { Cutter, type CutLine } from './cutter'

const signed = 64

/** Where a file is read on: which one (device and inode), the byte behind its last whole line, and the bytes before that. */
export interface FilePlace {
  id: string
  offset: number
  /** The last bytes before `offset`: by them it is known whether it is still the same file. */
  before: Buffer
}

/** One file that is read: its bytes become lines, and it knows where it would go on. */
export class FileReading {
  readonly id: string
  readonly #cutter = new Cutter()
  #next: number
  /** The last bytes of whole lines. */
  #before: Buffer = Buffer.alloc(0)
  /** How long the beginning of a line is whose end did not come yet, and its last bytes. */
  #open = { length: 0, last: Buffer.alloc(0) as Buffer }
  /** What must come first, as it came before. */
  #expected: Buffer
  /** It begins amid a line. */
  #skipping: boolean
  /** What came first was not what had to: it is another file. */
  wrong = false

  constructor(
    id: string,
    offset: number,
    { amid = false, expected = Buffer.alloc(0) }: { amid?: boolean; expected?: Buffer } = {},
  ) {
    this.id = id
    this.#next = offset
    this.#expected = expected
    this.#skipping = amid
  }

  /** Reads on a little before the place, so that the bytes there can be compared. */
  static on({ id, offset, before }: FilePlace): FileReading {
    return new FileReading(id, offset - before.length, { expected: before })
  }

  /** The byte that is wanted next. */
  get next(): number {
    return this.#next
  }

  get place(): FilePlace {
    const left = this.#expected
    return {
      id: this.id,
      offset: this.#next + left.length - this.#open.length,
      before: left.length > 0 ? lastOf(this.#before, left) : this.#before,
    }
  }

  take(bytes: Buffer): CutLine[] {
    if (this.wrong) return []
    const compared = Math.min(this.#expected.length, bytes.length)
    this.wrong = bytes.compare(this.#expected, 0, compared, 0, compared) !== 0
    if (this.wrong) return []
    this.#next += bytes.length
    this.#expected = this.#expected.subarray(compared)
    this.#before = lastOf(this.#before, bytes.subarray(0, compared))
    return this.#lines(this.#skipped(bytes.subarray(compared)))
  }

  /** What is left without a line break: nothing more is written to it. */
  finish(): CutLine[] {
    return this.wrong || this.#skipping ? [] : this.#cutter.finish()
  }

  #skipped(bytes: Buffer): Buffer {
    if (!this.#skipping || bytes.length === 0) return bytes
    const end = bytes.indexOf(10)
    this.#skipping = end < 0
    const to = end < 0 ? bytes.length : end + 1
    this.#before = lastOf(this.#before, bytes.subarray(0, to))
    return bytes.subarray(to)
  }

  #lines(bytes: Buffer): CutLine[] {
    const whole = bytes.lastIndexOf(10) + 1
    if (whole > 0) {
      this.#before = lastOf(lastOf(this.#before, this.#open.last), bytes.subarray(0, whole))
      this.#open = { length: 0, last: Buffer.alloc(0) }
    }
    const rest = bytes.subarray(whole)
    this.#open = { length: this.#open.length + rest.length, last: lastOf(this.#open.last, rest) }
    return this.#cutter.take(bytes)
  }
}

function lastOf(before: Buffer, bytes: Buffer): Buffer {
  if (bytes.length >= signed) return Buffer.from(bytes.subarray(-signed))
  return bytes.length === 0 ? before : Buffer.concat([before, bytes]).subarray(-signed)
}
