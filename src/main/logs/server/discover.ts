import type { ServerLink } from '../../ssh/link'
import { problem } from './text'

export interface FoundUnit {
  unit: string
  words: string
}

export interface FoundFile {
  path: string
  bytes: number
  modifiedAt: number
}

const mostFiles = 1000
/** What journald and login keep is not text. */
const noText = /\.(gz|xz|bz2|zst|zip|journal|db|old)$|\/(wtmp|btmp|lastlog|faillog|tallylog)(\.\d+)?$|\.\d+$|-\d{8}$/

/** The services of a server, those that run first. */
export async function unitsOf(link: ServerLink, signal: AbortSignal): Promise<FoundUnit[]> {
  const list = ['systemctl', 'list-units', '--type=service', '--all', '--plain', '--no-legend', '--no-pager', '--full']
  const { code, stdout } = await link.run(list, { root: true }, signal)
  if (code !== 0) throw problem('journal-missing', { server: link.name })
  const found = stdout
    .toString('utf8')
    .split('\n')
    .flatMap((line) => {
      const [unit = '', load = '', active = '', sub = ''] = line.trim().split(/\s+/)
      return unit.includes('.') && load !== 'not-found' ? [{ unit, words: active === sub ? active : `${active}, ${sub}` }] : []
    })
  const rank = ({ words }: FoundUnit) => (words.includes('running') ? 0 : words.startsWith('failed') ? 1 : 2)
  return found.toSorted((a, b) => rank(a) - rank(b) || (a.unit < b.unit ? -1 : 1))
}

/** The files under /var/log that are written to, those written last first. */
export async function filesOf(link: ServerLink, signal: AbortSignal): Promise<FoundFile[]> {
  const list = ['find', '/var/log', '-xdev', '-maxdepth', '4', '-type', 'f', '-exec', 'stat', '-c', '%s %Y %n', '{}', '+']
  const { stdout } = await link.run(list, { root: true }, signal)
  return stdout
    .toString('utf8')
    .split('\n')
    .flatMap((line) => {
      const [, bytes, seconds, path] = /^(\d+) (\d+) (\/.*)$/.exec(line) ?? []
      return path && !noText.test(path) ? [{ path, bytes: Number(bytes), modifiedAt: Number(seconds) * 1000 }] : []
    })
    .toSorted((a, b) => b.modifiedAt - a.modifiedAt)
    .slice(0, mostFiles)
}
