import type { ConnectConfig } from 'ssh2'
import type { Hop } from '../../../shared/domain/server'
import { ProblemError } from '../../../shared/domain/problem'
import type { KnownHosts } from '../known-hosts'
import { fingerprintOf, typeOf } from '../known-hosts'
import type { Clock } from '../../ports'
import { plainText, problem } from '../text'
import { algorithms } from './algorithms'
import { Dialogue, type WireError } from './dialogue'
import { jittered, within, type Limits } from './limits'
import { labelOf, reach, type Jump } from './reach'
import type { Turns } from './turns'

export interface GreetPorts {
  clock: Clock
  limits: Limits
  turns: Turns
  knownHosts: KnownHosts
}

/** A server whose host key was checked and that waits for the sign-in. */
export interface Greeted {
  dialogue: Dialogue
  fingerprint: string
  keyType: string
  /** Gives back the turn among the handshakes. */
  release(): void
}

/** The server closed before it said who it is: worth another try. */
class Dropped extends Error {}

const mostTries = 5

const whatOf: readonly [RegExp, string][] = [
  [/key exchange algorithm/i, 'key exchanges'],
  [/host key format/i, 'kinds of host keys (ssh-rsa with SHA-1, say)'],
  [/cipher/i, 'ciphers'],
  [/MAC/, 'checksums (MAC)'],
]

/** What the end of a dialogue before the keys were exchanged means. */
function handshakeProblem(error: unknown, hop: Hop, heard: string): Error {
  if (error instanceof ProblemError) return error
  const label = labelOf(hop)
  const wire = error as WireError | null
  const what = whatOf.find(([words]) => wire?.level === 'handshake' && words.test(wire.message) && /matching/.test(wire.message))
  if (what) return problem('server-too-old', { hop: label, what: what[1] }, error)
  const identified = /^SSH-/m.test(heard)
  const turnedAway = heard === '' || /Exceeded MaxStartups|Not allowed at this time/.test(heard)
  const closed = wire === null || wire.level === 'client-socket' || wire.level === 'protocol'
  if (closed && (turnedAway || (identified && wire?.level !== 'protocol'))) return new Dropped()
  if (!identified) return problem('server-not-ssh', { hop: label, said: plainText(heard, 80) }, error)
  return problem('server-broke-off', { hop: label, during: 'the key exchange', why: plainText(wire?.message ?? 'closed') }, error)
}

/** Judges each key that the server shows; a problem ends the dialogue before anything is sent. */
function verifier(hop: Hop, knownHosts: KnownHosts, seen: (key: Buffer) => void, dialogue: () => Dialogue) {
  const hopName = labelOf(hop)
  const judge = async (key: Buffer): Promise<void> => {
    const verdict = await knownHosts.judge(hop, key)
    switch (verdict.state) {
      case 'known':
        seen(key)
        return
      case 'unknown':
        throw verdict.authority === null
          ? problem('host-key-unknown', { hop: hopName, question: verdict.question })
          : problem('host-key-authority', { hop: hopName, question: verdict.question, where: verdict.authority })
      case 'changed':
        throw problem('host-key-changed', { hop: hopName, question: verdict.question })
      case 'revoked':
        throw problem('host-key-revoked', { hop: hopName, question: verdict.question })
      default:
        verdict satisfies never
    }
  }
  // A refusal is never answered: the library would throw where the dialogue has ended meanwhile. It is ended instead.
  return (key: Buffer, answer: (fine: boolean) => void): void => {
    judge(key)
      .then(() => dialogue().over || answer(true))
      .catch((why: unknown) => dialogue().end(why))
  }
}

interface Way {
  hop: Hop
  jump: Jump | null
  allowWeak: boolean
  signal: AbortSignal
}

async function greetOnce({ hop, jump, allowWeak, signal }: Way, ports: GreetPorts): Promise<Omit<Greeted, 'release'>> {
  const { limits, clock, knownHosts } = ports
  const knownTypes = await knownHosts.typesOf(hop)
  const stream = await reach(hop, jump, limits, clock, signal)
  let shown: Buffer = Buffer.alloc(0)
  const config: ConnectConfig = {
    username: hop.user,
    ident: 'Slipway',
    algorithms: algorithms(knownTypes, allowWeak),
    // The third sign of life that stays unanswered is the end: the library counts those before it.
    keepaliveInterval: limits.keepalive,
    keepaliveCountMax: 2,
    hostVerifier: verifier(
      hop,
      knownHosts,
      (key) => (shown = key),
      () => dialogue,
    ),
  }
  const dialogue: Dialogue = new Dialogue(stream, config)
  const onAbort = () => dialogue.end(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  const late = () =>
    dialogue.heard === '' || /^SSH-/m.test(dialogue.heard)
      ? problem('server-silent', { hop: labelOf(hop), seconds: Math.round(limits.handshake / 1000), waitingFor: 'its greeting' })
      : problem('server-not-ssh', { hop: labelOf(hop), said: plainText(dialogue.heard, 80) })
  try {
    const happened = await within(limits.handshake, clock, dialogue.shaken(), late)
    if (happened.happened === 'gone') {
      signal.throwIfAborted()
      throw handshakeProblem(happened.ending.error, hop, dialogue.heard)
    }
    return { dialogue, fingerprint: fingerprintOf(shown), keyType: typeOf(shown) ?? 'unknown' }
  } catch (error) {
    dialogue.end(error)
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** Reaches a hop and checks its host key. A server that turns us away before it said who it is gets a few tries. */
export async function greet(way: Way, ports: GreetPorts): Promise<Greeted> {
  for (let tries = 1; ; tries++) {
    const release = await ports.turns.take(way.signal)
    try {
      return { ...(await greetOnce(way, ports)), release }
    } catch (error) {
      release()
      if (!(error instanceof Dropped)) throw error
      if (tries === mostTries) throw problem('server-busy', { hop: labelOf(way.hop), tries }, error)
    }
    await ports.clock.sleep(jittered(ports.limits.backOff * 2 ** (tries - 1)), way.signal)
  }
}
