import type { AnyAuthMethod, AuthenticationType } from 'ssh2'
import type { Hop, SignInQuestion } from '../../../shared/domain/server'
import type { SecretId } from '../../../shared/domain/ids'
import type { SecretText } from '../../ports'
import { ProblemError } from '../../../shared/domain/problem'
import { agentAt } from '../keys/agent'
import { expandHome, keyText, readKey } from '../keys'
import { problem } from '../text'
import { labelOf } from './reach'

export type Asked = Pick<SignInQuestion, 'about' | 'kind' | 'title' | 'prompts'>

/** What signing in may use besides the settings. */
export interface SignInPorts {
  home: string
  /** Socket of the agent; null where there is none. */
  agentSocket: string | null
  secret(id: SecretId): Promise<SecretText>
  /** Asks the user; null where it was cancelled or not answered in time. */
  ask(question: Asked, signal: AbortSignal): Promise<readonly string[] | null>
}

/** One try, in words for a person and as the library wants it. */
export interface Attempt {
  words: string
  type: AuthenticationType
  method: AnyAuthMethod
}

const mostAnswers = 3

/** The ways to sign in that the settings allow, one after another; keys that cannot be used are said in `notes`. */
export class Attempts {
  /** Problems of keys that were left out. */
  readonly leftOut: ProblemError[] = []
  constructor(
    readonly hop: Hop,
    readonly ports: SignInPorts,
    readonly interactive: (stored: SecretText | null) => AnyAuthMethod,
    readonly signal: AbortSignal,
  ) {}

  /** `offers` is asked anew before each: what a server takes changes while it is spoken to. */
  async *all(offers: (type: AuthenticationType) => boolean): AsyncGenerator<Attempt> {
    if (offers('publickey')) yield* this.#agent()
    if (offers('publickey')) yield* this.#keys()
    const { password } = this.hop.signIn
    const stored = password === null ? null : await this.ports.secret(password)
    const takesPassword = offers('password')
    if (stored !== null && takesPassword) yield this.#password(stored.reveal(), 'the kept password')
    // Where it asks itself it is not asked for the password besides: that would be the same question twice.
    if (offers('keyboard-interactive')) yield* this.#questions(takesPassword ? null : stored)
    else if (offers('password')) yield* this.#askedPasswords()
  }

  *#questions(stored: SecretText | null): Generator<Attempt> {
    for (let round = 0; round < mostAnswers; round++) {
      const method = this.interactive(round === 0 ? stored : null)
      yield { words: 'questions (keyboard-interactive)', type: 'keyboard-interactive', method }
    }
  }

  async *#agent(): AsyncGenerator<Attempt> {
    const { agent, keyFiles } = this.hop.signIn
    const { agentSocket, home } = this.ports
    if (!agent || agentSocket === null) return
    const named = keyFiles.map((file) => expandHome(file, home))
    yield {
      words: 'the agent’s keys',
      type: 'publickey',
      method: { type: 'agent', username: this.hop.user, agent: await agentAt(agentSocket, named) },
    }
  }

  async *#keys(): AsyncGenerator<Attempt> {
    for (const file of this.hop.signIn.keyFiles) {
      try {
        const key = await this.#open(expandHome(file, this.ports.home), file)
        yield { words: `the key ${file}`, type: 'publickey', method: { type: 'publickey', username: this.hop.user, key } }
      } catch (error) {
        if (!(error instanceof ProblemError) || ends.has(error.problem.code)) throw error
        this.leftOut.push(error)
      }
    }
  }

  /** Opens a key file: with the kept passphrase first, then with what is asked for, three times at most. */
  async #open(path: string, shown: string) {
    const text = await keyText(path)
    const bare = readKey(shown, text, null)
    if (bare.state === 'open') return bare.key
    const { passphrase } = this.hop.signIn
    let tries = 0
    if (passphrase !== null) {
      const reading = readKey(shown, text, (await this.ports.secret(passphrase)).reveal())
      if (reading.state === 'open') return reading.key
      tries++
    }
    while (tries < mostAnswers) {
      const title = tries === 0 ? `The key ${shown} is locked` : 'That was not the passphrase. Try again'
      const prompts = [{ text: 'Passphrase', echo: false }]
      const [answer] = await this.#ask({ about: shown, kind: 'passphrase', title, prompts })
      tries++
      const reading = readKey(shown, text, answer ?? '')
      if (reading.state === 'open') return reading.key
    }
    throw problem('key-passphrase-wrong', { file: shown, tries })
  }

  async *#askedPasswords(): AsyncGenerator<Attempt> {
    const label = labelOf(this.hop)
    for (let tries = 0; tries < mostAnswers; tries++) {
      const title = tries === 0 ? `Password of ${this.hop.user} on ${label}` : 'That was not the password. Try again'
      const prompts = [{ text: 'Password', echo: false }]
      const [answer] = await this.#ask({ about: label, kind: 'password', title, prompts })
      yield this.#password(answer ?? '', 'the password that was typed')
    }
  }

  #password(password: string, words: string): Attempt {
    return { words, type: 'password', method: { type: 'password', username: this.hop.user, password } }
  }

  async #ask(question: Asked): Promise<readonly string[]> {
    const answers = await this.ports.ask(question, this.signal)
    if (answers === null) throw problem('sign-in-unanswered', { hop: labelOf(this.hop), about: question.about })
    return answers
  }
}

// After these no other way is tried: somebody was asked, and the answer was no.
const ends = new Set(['sign-in-unanswered', 'key-passphrase-wrong'])
