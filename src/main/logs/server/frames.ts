/** A part of a frame. The first has no bytes: it is told as soon as its head is there. */
export interface FramePart {
  head: string
  bytes: Buffer
  first: boolean
}

const held = 64 * 1024
const nothing: Buffer = Buffer.alloc(0)

/**
 * Takes frames apart: each begins with a line break, a nonce that nobody who writes the bytes between can know, and its head.
 * Bytes of a long frame come in parts.
 */
export class Frames {
  readonly #marker: Buffer
  #rest = nothing
  #from = 0
  #head: string | null = null

  constructor(nonce: string) {
    this.#marker = Buffer.from(`\n${nonce} `)
  }

  *take(chunk: Buffer): Generator<FramePart> {
    this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    for (;;) {
      const at = this.#rest.indexOf(this.#marker, this.#from)
      if (at < 0) break
      if (at > 0 && this.#head !== null) yield { head: this.#head, bytes: this.#rest.subarray(0, at), first: false }
      this.#rest = this.#rest.subarray(at)
      this.#head = null
      this.#from = 0
      const end = this.#rest.indexOf(10, this.#marker.length)
      if (end < 0) return
      this.#head = this.#rest.toString('utf8', this.#marker.length, end)
      this.#rest = this.#rest.subarray(end + 1)
      yield { head: this.#head, bytes: nothing, first: true }
    }
    // The marker may have begun at its end.
    const sure = this.#rest.length - this.#marker.length
    if (this.#head !== null && sure > held) {
      yield { head: this.#head, bytes: this.#rest.subarray(0, sure), first: false }
      this.#rest = this.#rest.subarray(sure)
    }
    this.#from = Math.max(0, this.#rest.length - this.#marker.length)
  }
}
