import { HostKeyQuestion, type Hop, type ServerSettings } from '../../../shared/domain/server'
import { LinkLost, ProblemError, type Problem } from '../../../shared/domain/problem'
import type { Clock } from '../../ports'
import { expandHome, laxMode } from '../../ssh/keys'
import type { ServerLink } from '../../ssh/link'
import { labelOf, openServer, type HopPassed, type OpenPorts, type OpenServer } from '../../ssh/open'
import type { ConnectionCheck } from '../connection'
import { clockLook, diskLook, failed, part, rootLook, systemOf } from './looks'

const stages = ['Reach', 'Host key of', 'Sign in on'] as const

/** At which stage of a hop a problem stands in the way. */
function stageOf({ code, data }: Problem): number {
  if (code.startsWith('host-key')) return 1
  if (/^(sign-in|key|secret|vault|keychain)-/.test(code)) return 2
  // These two may come at any stage, and say at which.
  return [data['during'], data['waitingFor']].some((at) => typeof at === 'string' && at.includes('sign-in')) ? 2 : 0
}

/** A hop of the way, and where on it. */
interface At {
  hop: Hop
  index: number
  before: Hop | null
}

const fine = (stage: number, { hop, index }: At, words: string): ConnectionCheck => ({
  part: `${stages[stage]} ${labelOf(hop)}`,
  hop: index,
  outcome: 'pass',
  words,
  problem: null,
})

/** Warnings about key files that others may read, or that a cloud folder copies about. */
async function keyWarnings(hop: Hop, home: string): Promise<string> {
  const paths = hop.signIn.keyFiles.map((file) => expandHome(file, home))
  const modes = await Promise.all(paths.map(laxMode))
  const synced = paths.filter((path) => /\/(Dropbox|OneDrive|Google Drive|iCloud Drive|Nextcloud|Mobile Documents)\//.test(path))
  const words = [
    ...modes.filter((one) => one !== null),
    ...synced.map((path) => `${path} lies in a folder that is copied to a cloud.`),
  ]
  return words.length === 0 ? '' : ` Careful: ${words.join(' ')}`
}

const reached = (at: At) => fine(0, at, at.before ? `Through ${labelOf(at.before)}` : 'It answers')

async function* passedHop({ keyType, fingerprint, transport, by }: HopPassed, at: At, home: string) {
  yield reached(at)
  yield fine(1, at, `Known: ${keyType} ${fingerprint} (${transport})`)
  yield fine(2, at, `${at.hop.user}, by ${by}.${await keyWarnings(at.hop, home)}`)
}

function* failedHop(at: At, error: unknown): Generator<ConnectionCheck> {
  const known = error instanceof ProblemError || error instanceof LinkLost ? error.problem : null
  const stage = known ? stageOf(known) : 0
  if (stage > 0) yield reached(at)
  if (stage > 1) yield fine(1, at, 'Known')
  const question = HostKeyQuestion.safeParse(known?.data['question'])
  yield {
    ...failed(`${stages[stage] ?? stages[0]} ${labelOf(at.hop)}`, error),
    hop: at.index,
    ...(question.success ? { hostKey: question.data } : {}),
  }
}

export interface WalkParts {
  settings: ServerSettings
  name: string
  ports: OpenPorts
  clock: Clock
  linkOf(open: OpenServer): ServerLink | Promise<ServerLink>
  /** What the walk learned of the server. */
  learned(facts: { fingerprint: string; system: string }): void
}

/** Walks the way to a server, part by part as they come; the first that fails is the last. */
export async function* walkServer(parts: WalkParts, signal: AbortSignal): AsyncGenerator<ConnectionCheck> {
  const { settings, name, ports } = parts
  const walk = openServer(settings, name, ports, signal)
  let passed = 0
  let open: OpenServer | null = null
  try {
    while (open === null) {
      const step = await walk.next()
      if (step.done) open = step.value
      else {
        const at = { hop: step.value.hop, index: passed, before: settings.hops[passed - 1] ?? null }
        yield* passedHop(step.value, at, ports.home)
        passed += 1
      }
    }
  } catch (error) {
    signal.throwIfAborted()
    const hop = settings.hops[passed]
    if (!hop) throw error
    yield* failedHop({ hop, index: passed, before: settings.hops[passed - 1] ?? null }, error)
    return
  }
  try {
    yield* looksOn(await parts.linkOf(open), parts, signal)
  } finally {
    open.close()
  }
}

async function* looksOn(link: ServerLink, { settings, clock, learned }: WalkParts, signal: AbortSignal) {
  yield await part('Root', rootLook(link, settings.root, signal))
  yield await part('Clock', clockLook(link, clock, signal))
  yield await part('Disk', diskLook(link, signal))
  yield await part('System', async () => {
    const system = await systemOf(link, signal)
    learned({ fingerprint: link.fingerprint, system })
    return system
  })
}
