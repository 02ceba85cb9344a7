/** A part of what a frame carries. `first`: the frame begins with it. */
export interface FramePart {
  head: string
  bytes: Buffer
  first: boolean
}

const held = 64 * 1024

/**
 * Takes frames apart: each begins with a line break, a nonce that nobody who writes the bytes between can know, and its head.
 * Bytes of a long frame come in parts.
 */
export class Frames {
  readonly #marker: Buffer
  #rest: Buffer = Buffer.alloc(0)
  #from = 0
  #head: string | null = null
  #first = false

  constructor(nonce: string) {
    this.#marker = Buffer.from(`\n${nonce} `)
  }

  *take(chunk: Buffer): Generator<FramePart> {
    this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    for (;;) {
      const at = this.#rest.indexOf(this.#marker, this.#from)
      if (at < 0) break
      if (this.#head !== null) yield this.#part(at)
      this.#rest = this.#rest.subarray(at)
      this.#head = null
      this.#from = 0
      const end = this.#rest.indexOf(10, this.#marker.length)
      if (end < 0) return
      this.#head = this.#rest.toString('utf8', this.#marker.length, end)
      this.#first = true
      this.#rest = this.#rest.subarray(end + 1)
    }
    // The marker may have begun at its end.
    const sure = this.#rest.length - this.#marker.length
    if (this.#head !== null && sure > held) {
      yield this.#part(sure)
      this.#rest = this.#rest.subarray(sure)
    }
    this.#from = Math.max(0, this.#rest.length - this.#marker.length)
  }

  #part(to: number): FramePart {
    const { head, first } = { head: this.#head ?? '', first: this.#first }
    this.#first = false
    return { head, bytes: this.#rest.subarray(0, to), first }
  }
}
