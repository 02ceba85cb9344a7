import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach } from 'vitest'
import { knownHosts } from '../../src/main/ssh/known-hosts'
import {
  openWholly,
  turnsOf,
  usualLimits,
  type Asked,
  type Limits,
  type OpenPorts,
  type OpenServer,
} from '../../src/main/ssh/open'
import type { Clock } from '../../src/main/ports'
import type { Problem } from '../../src/shared/domain/problem'
import type { Hop } from '../../src/shared/domain/server'
import type { Sshd } from './sshd'

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => wait(ms, undefined, signal ? { signal } : {}),
}

/** What opening needs, in a home of its own: no key or known host of the machine's user counts. */
export function openPorts(options: {
  known?: string
  limits?: Partial<Limits>
  answer?: (question: Asked, signal: AbortSignal) => Promise<readonly string[] | null>
  agentSocket?: string | null
  secrets?: Record<string, string>
  handshakes?: number
}) {
  const home = mkdtempSync(join(tmpdir(), 'slipway-home-'))
  mkdirSync(join(home, '.ssh'), { mode: 0o700 })
  writeFileSync(join(home, '.ssh', 'known_hosts'), options.known ?? '')
  const ownFile = join(home, 'data', 'known_hosts')
  const asked: Asked[] = []
  const ports: OpenPorts = {
    clock: realClock,
    limits: { ...usualLimits, ...options.limits },
    turns: turnsOf(options.handshakes ?? 10),
    knownHosts: knownHosts({ home, ownFile, otherFiles: [join(home, '.ssh', 'known_hosts')] }),
    home,
    agentSocket: options.agentSocket ?? null,
    secret: (id) => Promise.resolve({ reveal: () => options.secrets?.[id] ?? '' }),
    ask: (question, signal) => {
      asked.push(question)
      return options.answer ? options.answer(question, signal) : Promise.resolve(null)
    },
  }
  return { ports, home, ownFile, asked, remove: () => rmSync(home, { recursive: true, force: true }) }
}

export const knownLine = ({ port, hostKeys }: Pick<Sshd, 'port' | 'hostKeys'>) =>
  hostKeys.map(({ line }) => `[127.0.0.1]:${port} ${line}\n`).join('')

export function hopTo({ port, user, keyFile }: Pick<Sshd, 'port' | 'user' | 'keyFile'>, changes: Partial<Hop> = {}): Hop {
  return {
    host: '127.0.0.1',
    port,
    user,
    hostKeyAlias: null,
    signIn: { agent: false, keyFiles: [keyFile], passphrase: null, password: null },
    ...changes,
  }
}

export const withSignIn = (changes: Partial<Hop['signIn']>): Partial<Hop> => ({
  signIn: { agent: false, keyFiles: [], passphrase: null, password: null, ...changes },
})

type WorldOptions = Parameters<typeof openPorts>[0]

/** Opens servers in worlds of their own. What a test opened, started or made is gone when it is over. */
export function ways() {
  const cleanUps: (() => unknown)[] = []
  afterEach(async () => {
    for (const clean of cleanUps.splice(0).toReversed()) await clean()
  })
  const world = (options: WorldOptions) => {
    const made = openPorts(options)
    cleanUps.push(made.remove)
    return made
  }
  const open = async (hops: Hop[], options: WorldOptions, allowWeak = false): Promise<OpenServer> => {
    const opened = await openWholly({ hops, allowWeak }, 'web', world(options).ports, new AbortController().signal)
    cleanUps.push(opened.close)
    return opened
  }
  return {
    world,
    open,
    /** The problem in the way. */
    async refused(hops: Hop[], options: WorldOptions): Promise<Problem> {
      try {
        await open(hops, options)
      } catch (error) {
        return (error as { problem: Problem }).problem
      }
      throw new Error('it opened')
    },
    until<T extends { stop(): unknown }>(one: T): T {
      cleanUps.push(() => one.stop())
      return one
    },
    after: (clean: () => unknown) => void cleanUps.push(clean),
  }
}
