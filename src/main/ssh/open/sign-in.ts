import type { AnyAuthMethod, AuthenticationType, Prompt } from 'ssh2'
import type { Hop } from '../../../shared/domain/server'
import { ProblemError } from '../../../shared/domain/problem'
import type { Clock, SecretText } from '../../ports'
import { plainText, problem } from '../text'
import { Attempts, type Attempt, type SignInPorts } from './attempts'
import type { AuthTurn, Dialogue, WireError } from './dialogue'
import { within, type Limits } from './limits'
import { labelOf } from './reach'

export interface SignInNeeds extends SignInPorts {
  clock: Clock
  limits: Limits
}

// The library's types give `finish` the shape of the prompt itself.
type Finish = (answers: string[]) => void

const mostPrompts = 10
const mostRounds = 10

// RFC 4253, 11.1: OpenSSH says the first with its own words, others the second.
const [protocolError, noMoreMethods] = [2, 14]

/** Signs in at one hop by the ways that its settings allow. Answers the way that it took, in words. */
export async function signIn(dialogue: Dialogue, hop: Hop, needs: SignInNeeds, signal: AbortSignal): Promise<string> {
  const over = new AbortController()
  const onAbort = () => dialogue.end(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await new SignIn(dialogue, hop, needs, over.signal).walk()
  } catch (error) {
    dialogue.end(error)
    signal.throwIfAborted()
    throw error
  } finally {
    // A question that is still open is nobody's now.
    over.abort()
    signal.removeEventListener('abort', onAbort)
  }
}

class SignIn {
  readonly #tried: string[] = []
  readonly #done = new Set<AuthenticationType>()
  #offered: readonly AuthenticationType[] = []
  #asking = false
  #current = 'nothing: it asks for none'
  #lastType: AuthenticationType = 'none'
  readonly #attempts: Attempts
  #walk: AsyncGenerator<Attempt>

  constructor(
    readonly dialogue: Dialogue,
    readonly hop: Hop,
    readonly needs: SignInNeeds,
    readonly signal: AbortSignal,
  ) {
    this.#attempts = new Attempts(hop, needs, (stored) => this.#interactive(stored), signal)
    this.#walk = this.#begin()
  }

  #begin() {
    return this.#attempts.all((type) => this.#offered.includes(type) && !this.#done.has(type))
  }

  /** Until it is in. A server that goes while somebody is asked is told as that, not as an answer that did not come. */
  async walk(): Promise<string> {
    const ended = this.dialogue.gone.then(({ error }): never => {
      throw this.#problemOf(error)
    })
    ended.catch(() => {})
    for (;;) {
      const happened = await Promise.race([this.#answered(), ended])
      if (happened.happened === 'ready') return this.#current
      if (happened.happened === 'auth') await Promise.race([this.#try(happened.turn), ended])
    }
  }

  /** The server's next word. It gets its time; while somebody is asked, the clock does not run. */
  async #answered() {
    const waiting = this.dialogue.next()
    const seconds = Math.round(this.needs.limits.signIn / 1000)
    for (;;) {
      const late = problem('server-silent', { hop: labelOf(this.hop), seconds, waitingFor: 'an answer to the sign-in' })
      try {
        return await within(this.needs.limits.signIn, this.needs.clock, waiting, () => late)
      } catch (error) {
        if (error !== late || !this.#asking) throw error
      }
    }
  }

  async #try({ offered, partial, next }: AuthTurn): Promise<void> {
    // The first try is none at all: the answer says what the server takes, and does not count.
    if (offered === null) {
      next({ type: 'none', username: this.hop.user })
      return
    }
    this.#offered = offered
    if (partial) {
      this.#done.add(this.#lastType)
      this.#walk = this.#begin()
    }
    const following = await this.#walk.next()
    if (following.done) throw this.#refused()
    const { words, type, method } = following.value
    if (!this.#tried.includes(words)) this.#tried.push(words)
    this.#current = words
    this.#lastType = type
    if (!this.dialogue.over) next(method)
  }

  #refused(): ProblemError {
    const [leftOut] = this.#attempts.leftOut
    if (this.#tried.length === 0 && leftOut) return leftOut
    const agentless = this.hop.signIn.agent && this.needs.agentSocket === null
    const notes = [
      ...(agentless ? ['No agent runs in this session.'] : []),
      ...this.#attempts.leftOut.map((one) => one.problem.message),
      ...this.dialogue.notes.map((note) => `The agent: ${plainText(note)}.`),
    ]
    return problem('sign-in-refused', {
      hop: labelOf(this.hop),
      user: this.hop.user,
      tried: this.#tried,
      offered: this.#offered.map((one) => plainText(one, 40)),
      notes,
      said: plainText(this.dialogue.banner),
    })
  }

  #problemOf(error: unknown): unknown {
    if (error instanceof ProblemError) return error
    const wire = error as WireError | null
    const hop = labelOf(this.hop)
    if (wire?.code === noMoreMethods || (wire?.code === protocolError && /too many authentication/i.test(wire.message)))
      return problem('sign-in-too-many', { hop, user: this.hop.user, tried: this.#tried }, error)
    const why = plainText(wire?.message ?? 'it closed the connection')
    return problem('server-broke-off', { hop, during: `the sign-in of ${this.hop.user}`, why }, error)
  }

  #interactive(stored: SecretText | null): AnyAuthMethod {
    let rounds = 0
    let kept = stored
    const prompt = (name: string, instructions: string, _language: string, prompts: Prompt[], finish: Finish) => {
      const one = prompts.length === 1 ? prompts[0] : undefined
      // The kept password is for the one question after it, not for a one-time code.
      if (kept !== null && one && one.echo === false && /pass(word|phrase)/i.test(one.prompt)) {
        const password = kept.reveal()
        kept = null
        finish([password])
        return
      }
      if (++rounds > mostRounds || prompts.length > mostPrompts) {
        this.dialogue.end(this.#refused())
        return
      }
      // Whoever answers after the server has gone answers nobody: the library would throw.
      this.#askRound(plainText(`${name} ${instructions}`, 500), prompts)
        .then((answers) => this.dialogue.over || finish(answers))
        .catch((error: unknown) => this.dialogue.end(error))
    }
    return { type: 'keyboard-interactive', username: this.hop.user, prompt }
  }

  async #askRound(title: string, prompts: readonly Prompt[]): Promise<string[]> {
    const about = labelOf(this.hop)
    this.#asking = true
    try {
      const asked = prompts.map(({ prompt, echo }) => ({ text: plainText(prompt, 300), echo: echo === true }))
      const answers = await this.needs.ask({ about, kind: 'interactive', title, prompts: asked }, this.signal)
      if (answers === null) throw problem('sign-in-unanswered', { hop: about, about: asked[0]?.text ?? about })
      return prompts.map((_, index) => answers[index] ?? '')
    } finally {
      this.#asking = false
    }
  }
}
