import type { Duplex } from 'node:stream'
import { Client, type AnyAuthMethod, type AuthenticationType, type ConnectConfig, type NextAuthHandler } from 'ssh2'
import { prepareKeys, queueUntilComplete } from './exchanges'

/** The server wants the next try to sign in. `offered` is null before it was asked what it takes. */
export interface AuthTurn {
  offered: readonly AuthenticationType[] | null
  /** The last try was right, and another is wanted besides. */
  partial: boolean
  /** `false`: there is no other. */
  next(method: AnyAuthMethod | false): void
}

/** An error as the library gives it: `level` says where it arose, `code` is the server's reason. */
export type WireError = Error & { level?: string; code?: unknown }

/** How a dialogue ended: with the first error that counts, or without one. */
export interface Ending {
  error: unknown
}

type Next = { happened: 'handshake' | 'ready' } | { happened: 'gone'; ending: Ending } | { happened: 'auth'; turn: AuthTurn }

// Enough for the greeting and the lists of the first packet.
const heardBytes = 4096

// The library reports these and goes on with the next way to sign in.
const goesOn = (error: WireError) =>
  error.level === 'agent' || (error.level === 'client-authentication' && /signing/i.test(error.message))

/** One SSH connection over a stream, from the first byte to the last. The only place that opens one. */
export class Dialogue {
  readonly client = new Client()
  /** Resolves when it is over, whoever ended it. */
  readonly gone: Promise<Ending>
  /** What went wrong without ending it: an agent that does not answer. */
  readonly notes: string[] = []
  banner = ''
  over = false
  #heard = Buffer.alloc(0)
  #cipher = ''
  #turn = Promise.withResolvers<AuthTurn>()
  readonly #handshake: Promise<void>
  readonly #ready: Promise<void>
  readonly #over = Promise.withResolvers<Ending>()
  readonly #stream: Duplex

  constructor(stream: Duplex, config: ConnectConfig) {
    // The library checks no host key unless it is told to: without a verifier nothing is opened.
    if (typeof config.hostVerifier !== 'function') throw new Error('an SSH connection without hostVerifier')
    this.#stream = stream
    this.gone = this.#over.promise
    this.#handshake = new Promise((resolve) =>
      this.client.once('handshake', ({ cs }) => {
        this.#cipher = cs.cipher
        resolve()
      }),
    )
    // Each exchange brings new keys; a long connection has many.
    this.client.on('handshake', () => prepareKeys(this.client))
    this.#ready = new Promise((resolve) => this.client.once('ready', () => resolve()))
    this.client.on('error', (error: WireError) => (goesOn(error) ? this.notes.push(error.message) : this.end(error)))
    this.client.on('close', () => this.end(null))
    this.client.on('end', () => this.end(null))
    this.client.on('banner', (text) => (this.banner ||= text.slice(0, 2000)))
    this.client.connect({ ...config, sock: stream, readyTimeout: 0, agentForward: false, authHandler: this.#asked })
    queueUntilComplete(this.client)
    const hear = (part: Buffer) => {
      this.#heard = Buffer.concat([this.#heard, part.subarray(0, heardBytes)])
      if (this.#heard.length >= heardBytes) stream.off('data', hear)
    }
    // The library holds the stream until it listens itself, so nothing of the greeting is lost to it.
    stream.on('data', hear)
  }

  /** The first bytes that came. */
  get heard(): string {
    return this.#heard.toString('latin1')
  }

  readonly #asked = (offered: AuthenticationType[] | null, partial: boolean | null, next: NextAuthHandler): void => {
    // `false` ends it; the library's types leave that out.
    this.#turn.resolve({ offered, partial: partial === true, next: next as AuthTurn['next'] })
  }

  /** What both agreed on, in words: the cipher, and whether the key exchange is strict (its mark is in the plain first packet). */
  get transport(): string {
    const strict = this.heard.includes('kex-strict-s-v00@openssh.com')
    return strict ? this.#cipher : `${this.#cipher}, without strict key exchange: ciphers that need it were not offered`
  }

  /** Waits until the keys are exchanged, or it is over. */
  shaken(): Promise<Next> {
    return Promise.race([this.#handshake.then((): Next => ({ happened: 'handshake' })), this.#ended()])
  }

  /** Waits until the server wants a try, has let us in, or is gone. */
  async next(): Promise<Next> {
    const happened = await Promise.race([
      this.#ready.then((): Next => ({ happened: 'ready' })),
      this.#ended(),
      this.#turn.promise.then((turn): Next => ({ happened: 'auth', turn })),
    ])
    if (happened.happened === 'auth') this.#turn = Promise.withResolvers()
    return happened
  }

  /** Ends it at once. The first reason counts. */
  end(error: unknown): void {
    this.over = true
    this.#over.resolve({ error })
    // Later errors of a stream that is being torn down are nobody's.
    this.#stream.on('error', () => {})
    this.#stream.destroy()
  }

  async #ended(): Promise<Next> {
    return { happened: 'gone', ending: await this.gone }
  }
}
