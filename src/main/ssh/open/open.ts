import type { Client } from 'ssh2'
import type { Hop, ServerSettings } from '../../../shared/domain/server'
import { LinkLost } from '../../../shared/domain/problem'
import { lookupName } from '../known-hosts'
import { linkLost, plainText, problem } from '../text'
import type { Dialogue, WireError } from './dialogue'
import { greet, type GreetPorts, type Greeted } from './greet'
import { labelOf, type Jump } from './reach'
import { signIn, type SignInNeeds } from './sign-in'

export type OpenPorts = GreetPorts & SignInNeeds

/** One hop is open. */
export interface HopPassed {
  hop: Hop
  keyType: string
  fingerprint: string
  /** The cipher that both agreed on, in words. */
  transport: string
  /** The way to sign in that it took, in words. */
  by: string
}

/** A client that is signed in at the last hop. */
export interface OpenServer {
  client: Client
  /** The last hop. */
  hop: Hop
  fingerprint: string
  /** Aborts when any hop is lost, or when it is closed; its reason is the LinkLost. */
  lost: AbortSignal
  close(): void
}

/** The way must not go through one place twice. */
export function withoutLoop(hops: readonly Hop[]): void {
  const seen = new Set<string>()
  for (const hop of hops) {
    const place = lookupName({ ...hop, hostKeyAlias: null })
    if (seen.has(place)) throw problem('hop-loop', { hop: labelOf(hop) })
    seen.add(place)
  }
}

const whyGone = (error: unknown) => {
  const wire = error as WireError | null
  if (wire?.level === 'client-timeout') return 'it gave no sign of life'
  return wire ? plainText(wire.message) : 'the connection was closed'
}

/** One signal for the whole way: it holds as long as each hop does. */
function watch(dialogues: readonly Dialogue[], name: string) {
  const lost = new AbortController()
  const lose = (why: string) => {
    if (lost.signal.aborted) return
    lost.abort(linkLost(name, why))
    for (const dialogue of dialogues.toReversed()) dialogue.end(null)
  }
  for (const dialogue of dialogues) void dialogue.gone.then(({ error }) => lose(whyGone(error)))
  const close = () => {
    // The last hop takes its leave; the way to it stands until then.
    for (const { client } of dialogues.toReversed()) client.end()
    lose('it was closed here')
  }
  return { lost: lost.signal, close }
}

/**
 * Opens a server hop by hop: each through the one before, each with its own host key and its own sign-in.
 * Yields each hop as it is passed. Throws a ProblemError that names the hop in the way.
 */
export async function* openServer(
  { hops, allowWeak }: Pick<ServerSettings, 'hops' | 'allowWeak'>,
  name: string,
  ports: OpenPorts,
  signal: AbortSignal,
): AsyncGenerator<HopPassed, OpenServer> {
  withoutLoop(hops)
  const dialogues: Dialogue[] = []
  let jump: Jump | null = null
  let last: Greeted | null = null
  try {
    for (const hop of hops) {
      last = await greet({ hop, jump, allowWeak, signal }, ports)
      dialogues.push(last.dialogue)
      const by = await passed(last, hop, ports, signal)
      jump = { client: last.dialogue.client, hop }
      yield { hop, keyType: last.keyType, fingerprint: last.fingerprint, transport: last.dialogue.transport, by }
    }
  } catch (error) {
    for (const dialogue of dialogues.toReversed()) dialogue.end(error)
    throw error
  }
  if (last === null || jump === null) throw new Error('a server without a hop')
  const { lost, close } = watch(dialogues, name)
  return { client: jump.client, hop: jump.hop, fingerprint: last.fingerprint, lost, close }
}

/** The turn among the handshakes lasts until the sign-in is over, or until somebody is asked: that may take minutes. */
async function passed({ dialogue, release }: Greeted, hop: Hop, ports: OpenPorts, signal: AbortSignal): Promise<string> {
  const ask: OpenPorts['ask'] = (question, until) => {
    release()
    return ports.ask(question, until)
  }
  try {
    return await signIn(dialogue, hop, { ...ports, ask }, signal)
  } finally {
    release()
  }
}

/** Opens it without looking at the hops. */
export async function openWholly(...args: Parameters<typeof openServer>): Promise<OpenServer> {
  const walk = openServer(...args)
  for (;;) {
    const step = await walk.next()
    if (step.done) return step.value
  }
}

/** The key that the hop of that name shows now, reached by the hops before it. Nobody signs in there. */
export async function shownKey(
  { hops, allowWeak }: Pick<ServerSettings, 'hops' | 'allowWeak'>,
  name: string,
  ports: OpenPorts,
  signal: AbortSignal,
): Promise<Buffer> {
  const at = hops.findIndex((hop) => lookupName(hop) === name)
  const hop = hops[at]
  if (!hop) throw problem('host-key-moved', { name, fingerprint: '' })
  const before = at === 0 ? null : await openWholly({ hops: hops.slice(0, at), allowWeak }, name, ports, signal)
  let shown: Buffer | null = null
  const look: GreetPorts['knownHosts'] = {
    ...ports.knownHosts,
    judge: (_hop, key) => {
      shown = key
      return Promise.resolve({ state: 'known' })
    },
  }
  try {
    const jump = before && { client: before.client, hop: before.hop }
    const greeted = await greet({ hop, jump, allowWeak, signal }, { ...ports, knownHosts: look })
    greeted.dialogue.end(null)
    greeted.release()
  } finally {
    before?.close()
  }
  if (shown === null) throw new LinkLost(problem('link-lost', { name, why: 'it showed no key' }).problem)
  return shown
}
