import type { Redactor } from '../ports'
import { formsOf, isCommon } from './forms'
import { Matcher } from './matcher'

const mask = '[secret]'
const maskBytes = Buffer.from(mask)
const nothing = Buffer.alloc(0)

/** Masks a stream of pieces, with secrets that lie across their borders. Give each piece to `push`, and end with `end`. */
export interface MaskedStream {
  push(piece: Buffer): Buffer
  end(): Buffer
}

/** Knows every secret that was kept or revealed and masks it wherever it shows. */
export class SecretRedactor implements Redactor {
  readonly #known = new Map<string, string>()
  readonly #byField = new Map<string, RegExp>()
  #patterns = new Map<string, Buffer>()
  #matcher: Matcher | null = null
  #stale = false
  #scratch = Buffer.allocUnsafe(8 * 1024)

  /** From now on this text is masked. A short or common one only beside the name of its field. */
  learn(id: string, text: string, field: string): void {
    if (text === '' || this.#known.get(id) === text) return
    this.#known.set(id, text)
    if (isCommon(text)) {
      this.#byField.set(`${field}\n${text}`, besideField(field, text))
      return
    }
    for (const form of formsOf(text)) this.#patterns.set(form.toString('latin1'), form)
    this.#stale = true
  }

  ready(secretIds: readonly string[]): boolean {
    return secretIds.every((id) => this.#known.has(id))
  }

  redact(text: string): string {
    if (this.#known.size === 0) return text
    let masked = text
    for (const pattern of this.#byField.values()) masked = masked.replace(pattern, (_, before: string) => before + mask)
    return this.#current() === null ? masked : this.#maskText(masked)
  }

  /** As `redact`, for a text that was cut at its end: the beginning of a secret there is masked too. */
  redactCut(text: string): string {
    const matcher = this.#current()
    const masked = this.redact(text)
    if (matcher === null) return masked
    const bytes = Buffer.from(masked, 'utf8')
    const from = matcher.unfinished(bytes, 0, bytes.length)
    return from === bytes.length ? masked : bytes.toString('utf8', 0, from) + mask
  }

  /** Holds back what may be the beginning of a secret until the next piece tells. */
  stream(): MaskedStream {
    let held = nothing
    return {
      push: (piece) => {
        const matcher = this.#current()
        const bytes = held.length > 0 ? Buffer.concat([held, piece]) : piece
        held = nothing
        if (matcher === null) return bytes
        const { masked, rest } = maskSure(matcher, bytes)
        held = Buffer.from(rest)
        return masked
      },
      end: () => {
        const matcher = this.#current()
        const last = matcher ? maskAll(matcher, held, held.length) : held
        held = nothing
        return last
      },
    }
  }

  #current(): Matcher | null {
    if (this.#stale) {
      this.#matcher = new Matcher([...this.#patterns.values()])
      this.#stale = false
    }
    return this.#matcher
  }

  #maskText(text: string): string {
    const matcher = this.#matcher
    if (matcher === null) return text
    if (text.length * 3 > this.#scratch.length) this.#scratch = Buffer.allocUnsafe(text.length * 4)
    const end = this.#scratch.write(text, 'utf8')
    if (matcher.find(this.#scratch, 0, end) === null) return text
    return maskAll(matcher, this.#scratch, end).toString('utf8')
  }
}

function maskAll(matcher: Matcher, bytes: Buffer, end: number): Buffer {
  const parts: Buffer[] = []
  let from = 0
  for (let hit = matcher.find(bytes, 0, end); hit !== null; hit = matcher.find(bytes, from, end)) {
    parts.push(bytes.subarray(from, hit.at), maskBytes)
    from = hit.at + hit.length
  }
  return Buffer.concat([...parts, bytes.subarray(from, end)])
}

/** Masks what no later byte can change; the rest may be the beginning of a secret, or of a longer one than was found. */
function maskSure(matcher: Matcher, bytes: Buffer): { masked: Buffer; rest: Buffer } {
  const parts: Buffer[] = []
  let from = 0
  for (;;) {
    const open = matcher.unfinished(bytes, from, bytes.length)
    const hit = matcher.find(bytes, from, bytes.length)
    if (hit === null || hit.at >= open) {
      parts.push(bytes.subarray(from, open))
      return { masked: Buffer.concat(parts), rest: bytes.subarray(open) }
    }
    parts.push(bytes.subarray(from, hit.at), maskBytes)
    from = hit.at + hit.length
  }
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')

// The field may be named by its path (`settings:DB_PASSWORD`): its last part is what a log would say.
function besideField(field: string, text: string): RegExp {
  const name = field.split(/[:/]/).at(-1) ?? field
  const names = [name, 'password', 'passwd', 'pwd', 'passphrase', 'secret', 'token', 'api[-_]?key'].filter(Boolean)
  const named = names.map((each, index) => (index === 0 ? escaped(each) : each)).join('|')
  return new RegExp(`((?:${named})\\\\?["']?\\s*(?:=|:|=>)\\s*\\\\?["']?)${escaped(text)}(?![A-Za-z0-9_])`, 'gi')
}

/** Masks what a program says whose environment holds these secrets; null where it holds none, so that it costs nothing. */
export function maskOf(variables: Readonly<Record<string, string>>, secretKeys: readonly string[]): MaskedStream | null {
  if (secretKeys.length === 0) return null
  const redactor = new SecretRedactor()
  for (const key of secretKeys) redactor.learn(key, variables[key] ?? '', key)
  return redactor.stream()
}
