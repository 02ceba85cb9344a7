import { mkdir, open, readFile, rename, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Hop, HostKeyQuestion } from '../../../shared/domain/server'
import { problem } from '../text'
import { fingerprintOf, knownLines, speaksOf, typeOf, type KnownLine } from './lines'

export { fingerprintOf, typeOf } from './lines'

/** Under which name a hop's key is looked up, as OpenSSH does: alias, else host, else `[host]:port`. */
export function lookupName({ host, port, hostKeyAlias }: Pick<Hop, 'host' | 'port' | 'hostKeyAlias'>): string {
  if (hostKeyAlias !== null) return hostKeyAlias.toLowerCase()
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  return port === 22 ? bare : `[${bare}]:${port}`
}

export type Verdict =
  | { state: 'known' }
  | {
      state: 'unknown'
      question: HostKeyQuestion
      /** The certificate authority's line, where one speaks of this name. */ authority: string | null
    }
  | { state: 'changed' | 'revoked'; question: HostKeyQuestion }

export interface KnownHosts {
  /** What is known of a key that a hop shows. Throws `host-keys-unreadable`: then nothing can be judged. */
  judge(hop: Pick<Hop, 'host' | 'port' | 'hostKeyAlias'>, key: Buffer): Promise<Verdict>
  /** The types of the keys that are known for a hop. */
  typesOf(hop: Pick<Hop, 'host' | 'port' | 'hostKeyAlias'>): Promise<string[]>
  /** Adds a key to Slipway's own file, the only one that is ever written. */
  add(name: string, key: Buffer): Promise<void>
}

const mostBytes = 16 * 1024 * 1024

/** Absent is empty; anything else that hinders reading closes the way. */
async function readKnown(file: string): Promise<KnownLine[]> {
  try {
    const { size } = await stat(file)
    if (size > mostBytes) throw problem('host-keys-unreadable', { file, why: 'it is larger than 16 MB' })
    return knownLines(await readFile(file, 'utf8'), file)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : null
    if (code === 'ENOENT') return []
    throw code === null ? error : problem('host-keys-unreadable', { file, why: code }, error)
  }
}

export interface KnownHostsOptions {
  home: string
  /** Slipway's own file. */
  ownFile: string
  /** Read, never written; the user's and the system's unless told. */
  otherFiles?: readonly string[]
}

/** The host keys that this computer knows. Files are read anew each time: they change under us. */
export function knownHosts({ home, ownFile, otherFiles }: KnownHostsOptions): KnownHosts {
  const others = otherFiles ?? [
    join(home, '.ssh', 'known_hosts'),
    join(home, '.ssh', 'known_hosts2'),
    '/etc/ssh/ssh_known_hosts',
    '/etc/ssh/ssh_known_hosts2',
  ]
  const all = async () => (await Promise.all([ownFile, ...others].map(readKnown))).flat()
  const shown = ({ file, line }: KnownLine) => `${file.startsWith(`${home}/`) ? `~${file.slice(home.length)}` : file}:${line}`

  return {
    async judge(hop, key) {
      const [lines, name] = [await all(), lookupName(hop)]
      const about = lines.filter((line) => speaksOf(line, name))
      const keys = about.filter((line) => line.marker === null)
      const is = (line: KnownLine) => line.key.equals(key)
      const ask = (state: HostKeyQuestion['state'], known: readonly KnownLine[]): HostKeyQuestion => ({
        name,
        keyType: typeOf(key) ?? 'unreadable',
        fingerprint: fingerprintOf(key),
        state,
        known: known.map((line) => ({ fingerprint: fingerprintOf(line.key), where: shown(line) })),
      })
      const revoked = about.filter((line) => line.marker === 'revoked' && is(line))
      if (revoked.length > 0) return { state: 'revoked', question: ask('revoked', revoked) }
      if (keys.some(is)) return { state: 'known' }
      // Another type than is known is no reason to trust it: that is how a downgrade would come.
      if (keys.length > 0) return { state: 'changed', question: ask('changed', keys) }
      // A host moved to another port may show the key that is known for its plain name.
      if (hop.hostKeyAlias === null && hop.port !== 22) {
        const plain = lines.filter((line) => speaksOf(line, lookupName({ ...hop, port: 22 })))
        const gone = plain.filter((line) => line.marker === 'revoked' && is(line))
        if (gone.length > 0) return { state: 'revoked', question: ask('revoked', gone) }
        if (plain.some((line) => line.marker === null && is(line))) return { state: 'known' }
      }
      const authority = about.find((line) => line.marker === 'cert-authority')
      return { state: 'unknown', question: ask('unknown', []), authority: authority ? shown(authority) : null }
    },
    async typesOf(hop) {
      const name = lookupName(hop)
      const about = (await all()).filter((line) => line.marker === null && speaksOf(line, name))
      return [...new Set(about.map((line) => line.keyType))]
    },
    add: (name, key) => append(ownFile, `${name} ${typeOf(key)} ${key.toString('base64')}`),
  }
}

/** Whole or not at all: a sibling is written, synced and renamed. */
async function append(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw problem('host-keys-unreadable', { file, why: error.code ?? 'unknown reason' }, error)
  })
  const sibling = `${file}.${process.pid}.new`
  const handle = await open(sibling, 'w', 0o600)
  try {
    await handle.writeFile(`${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${line}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(sibling, file)
}
