import { fits } from '../known-hosts/lines'
import type { Entry } from './lines'

/** What the configuration says of one name. Values as written; `~` and tokens are not yet put in. */
export interface HostEntry {
  settings: Map<string, string>
  identityFiles: string[]
  /** What of it is not done, in words. */
  unsupported: string[]
}

/** A list of patterns: one of them fits and no negated one does. */
export function listFits(patterns: readonly string[], name: string): boolean {
  const lower = name.toLowerCase()
  const positive = patterns.filter((one) => !one.startsWith('!'))
  const negative = patterns.filter((one) => one.startsWith('!')).map((one) => one.slice(1))
  if (negative.some((one) => fits(one.toLowerCase(), lower))) return false
  return positive.some((one) => fits(one.toLowerCase(), lower))
}

interface Asked {
  alias: string
  user: string | null
  localUser: string
}

/** Whether a Match block holds. What would have to be run, or cannot be known, never holds and is noted. */
function matches(words: readonly string[], { alias, user, localUser }: Asked, found: HostEntry): boolean {
  const odd: string[] = []
  for (let at = 0; at < words.length; at += 2) {
    const [name = '', value = ''] = [words[at], words[at + 1]]
    const list = value.split(',')
    switch (name) {
      case 'all':
        break
      case 'host':
        if (!listFits(list, found.settings.get('hostname') ?? alias)) return false
        break
      case 'originalhost':
        if (!listFits(list, alias)) return false
        break
      case 'user':
        if (!listFits(list, user ?? found.settings.get('user') ?? localUser)) return false
        break
      case 'localuser':
        if (!listFits(list, localUser)) return false
        break
      default:
        odd.push(`${name} ${value}`.trim())
    }
  }
  for (const one of odd) found.unsupported.push(`Match ${one}: not run; its settings are left out.`)
  return odd.length === 0
}

/** The first value of each setting counts, as in OpenSSH; key files add up. */
export function resolveHost(entries: readonly Entry[], asked: Asked): HostEntry {
  const found: HostEntry = { settings: new Map(), identityFiles: [], unsupported: [] }
  const take = (list: readonly Entry[]): void => {
    for (const entry of list) {
      if (entry.kind === 'setting') {
        if (entry.name === 'identityfile') found.identityFiles.push(entry.value)
        else if (!found.settings.has(entry.name) && !isLate(entry.name, found)) found.settings.set(entry.name, entry.value)
      } else if (entry.when === 'host' ? listFits(entry.words, asked.alias) : matches(entry.words, asked, found))
        take(entry.entries)
    }
  }
  take(entries)
  return found
}

// Of the two the one that comes first decides, and rules the other out.
const rivals: Record<string, string> = { proxyjump: 'proxycommand', proxycommand: 'proxyjump' }
const isLate = (name: string, { settings }: HostEntry) => settings.has(rivals[name] ?? '')

/** The names in the configuration that stand for one host each. */
export function aliasesIn(entries: readonly Entry[]): string[] {
  const names = entries.flatMap((entry): string[] => {
    if (entry.kind === 'setting') return []
    const own = entry.when === 'host' ? entry.words.filter((word) => !/[*?!]/.test(word)) : []
    return [...own, ...aliasesIn(entry.entries)]
  })
  return [...new Set(names)]
}
