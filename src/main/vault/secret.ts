import { inspect } from 'node:util'
import type { SecretText } from '../ports'

const mask = '[secret]'

/** A secret at hand. Whatever prints it prints `[secret]`; only `reveal` and `bytes` give it away. */
export class Secret implements SecretText {
  readonly #bytes: Buffer

  /** Takes the bytes over: they are wiped with the secret. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  static of(text: string): Secret {
    return new Secret(Buffer.from(text, 'utf8'))
  }

  /** As text. JavaScript's own copies of a string cannot be wiped: ask as late as possible. */
  reveal(): string {
    return this.#bytes.toString('utf8')
  }

  /** The bytes themselves, not a copy. */
  bytes(): Buffer {
    return this.#bytes
  }

  /** Overwrites the bytes with zeros. */
  wipe(): void {
    this.#bytes.fill(0)
  }

  toString(): string {
    return mask
  }

  toJSON(): string {
    return mask
  }

  [Symbol.toPrimitive](): string {
    return mask
  }

  [inspect.custom](): string {
    return mask
  }
}
