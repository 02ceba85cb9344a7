/** A line of bytes as text. `cut` counts the bytes left out of one that was too long. */
export interface CutLine {
  text: string
  cut: number
}

const usual = 64 * 1024

/** Cuts bytes into lines. A line is kept up to 64 KiB unless told; the rest of it is counted. */
export class Cutter {
  #open: Buffer[] = []
  #size = 0
  #cut = 0
  readonly #longest: number

  constructor(longest = usual) {
    this.#longest = longest
  }

  take(bytes: Buffer): CutLine[] {
    const lines: CutLine[] = []
    const end = bytes.indexOf(10)
    if (end < 0) {
      this.#hold(bytes)
      return lines
    }
    this.#hold(bytes.subarray(0, end))
    lines.push(this.#close())
    const last = bytes.lastIndexOf(10)
    if (last > end)
      for (const text of bytes.toString('utf8', end + 1, last).split('\n')) lines.push(shortened(text, this.#longest))
    this.#hold(bytes.subarray(last + 1))
    return lines
  }

  /** What is left without a line break at its end. */
  finish(): CutLine[] {
    return this.#size + this.#cut > 0 ? [this.#close()] : []
  }

  #hold(bytes: Buffer): void {
    const kept = bytes.subarray(0, Math.max(0, this.#longest - this.#size))
    // A copy: what it is part of is let go.
    if (kept.length > 0) this.#open.push(Buffer.from(kept))
    this.#size += kept.length
    this.#cut += bytes.length - kept.length
  }

  #close(): CutLine {
    const bytes = this.#open.length === 1 ? (this.#open[0] as Buffer) : Buffer.concat(this.#open)
    const line = { text: plain(bytes.toString('utf8')), cut: this.#cut }
    this.#open = []
    this.#size = 0
    this.#cut = 0
    return line
  }
}

const plain = (text: string) => (text.endsWith('\r') ? text.slice(0, -1) : text)

function shortened(text: string, longest: number): CutLine {
  if (text.length * 3 <= longest || Buffer.byteLength(text) <= longest) return { text: plain(text), cut: 0 }
  const bytes = Buffer.from(text)
  return { text: bytes.toString('utf8', 0, longest), cut: bytes.length - longest }
}
