import type { Upstream } from './proxy'

/** One directive, with its block where it has one. */
interface Directive {
  name: string
  args: string[]
  block: Directive[] | null
}

const token = /#[^\n]*|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([{};])|((?:\\.|[^\s{};"'#])+)/g

/** The words of a configuration; a block's braces and a directive's end stand for themselves. */
function* words(text: string): Generator<{ word: string; sign: boolean }> {
  for (const [, double, single, sign, bare] of text.matchAll(token)) {
    const word = double ?? single ?? sign ?? bare
    if (word !== undefined) yield { word, sign: sign !== undefined }
  }
}

function directives(text: string): Directive[] {
  const top: Directive[] = []
  const open: Directive[][] = [top]
  let current: string[] = []
  for (const { word, sign } of words(text)) {
    const [name = '', ...args] = current
    if (!sign) current.push(word)
    else if (word === '}') {
      if (open.length > 1) open.pop()
      current = []
    } else {
      const directive: Directive = { name, args, block: word === '{' ? [] : null }
      open.at(-1)?.push(directive)
      if (directive.block) open.push(directive.block)
      current = []
    }
  }
  return top
}

interface Site {
  names: string[]
  listens: string[]
  passes: string[]
  certificate: string | null
}

export interface NginxConfig {
  upstreams: ReadonlyMap<string, Upstream[]>
  /** Ports of an upstream's servers that stand by. */
  spares: ReadonlyMap<string, number[]>
  /** In which file each upstream stands, and whether it stands there alone. */
  files: ReadonlyMap<string, { file: string; alone: boolean }>
  sites: readonly Site[]
}

function* everywhere(all: readonly Directive[]): Generator<Directive> {
  for (const directive of all) {
    yield directive
    if (directive.block) yield* everywhere(directive.block)
  }
}

function upstreamFrom({ block }: Directive, spare: boolean): Upstream[] {
  return (block ?? [])
    .filter((one) => one.name === 'server' && !one.args.includes('down') && one.args.includes('backup') === spare)
    .flatMap(({ args }) => {
      const port = /^(?:127\.0\.0\.1|localhost|\[::1\]):(\d+)$/.exec(args[0] ?? '')?.[1]
      const weight = args.find((one) => one.startsWith('weight='))?.slice(7)
      return port ? [{ port: Number(port), weight: Number(weight ?? 1) }] : []
    })
}

const siteFrom = ({ block }: Directive): Site => {
  const all = [...everywhere(block ?? [])]
  const argsOf = (name: string) => all.filter((one) => one.name === name).map((one) => one.args)
  return {
    names: argsOf('server_name').flat(),
    listens: argsOf('listen').map((args) => args[0] ?? ''),
    passes: argsOf('proxy_pass').map((args) => args[0] ?? ''),
    certificate: argsOf('ssl_certificate')[0]?.[0] ?? null,
  }
}

/** Reads what `nginx -T` prints: every file with a line before it that names it. */
export function parseConfig(text: string): NginxConfig {
  const upstreams = new Map<string, Upstream[]>()
  const spares = new Map<string, number[]>()
  const files = new Map<string, { file: string; alone: boolean }>()
  const sites: Site[] = []
  const parts = text.split(/^# configuration file (.+):$/m)
  for (let i = 1; i < parts.length; i += 2) {
    const found = directives(parts[i + 1] ?? '')
    const all = [...everywhere(found)]
    const own = all.filter((one) => one.name === 'upstream')
    for (const upstream of own) {
      const name = upstream.args[0] ?? ''
      upstreams.set(name, upstreamFrom(upstream, false))
      // Port 1 is the one of an upstream that leads to nothing.
      spares.set(
        name,
        upstreamFrom(upstream, true).flatMap(({ port }) => (port === 1 ? [] : [port])),
      )
      files.set(name, { file: parts[i] ?? '', alone: found.length === 1 && own.length === 1 })
    }
    sites.push(...all.filter((one) => one.name === 'server' && one.block).map(siteFrom))
  }
  return { upstreams, spares, files, sites }
}

/** Where a `proxy_pass` leads, without scheme and path. */
export const passesTo = (pass: string) => pass.replace(/^https?:\/\//, '').replace(/\/.*$/, '')

export const siteWords = ({ names, listens }: Pick<Site, 'names' | 'listens'>) =>
  `${names.filter((one) => one !== '_').join(' ') || 'any name'}, port ${listens.join(' and ') || '80'}`

/** The sites that send their traffic to an upstream. */
export function reachOf(config: NginxConfig, upstream: string) {
  return config.sites
    .filter((site) => site.passes.some((pass) => passesTo(pass) === upstream))
    .map((site) => ({ ...site, words: `${siteWords(site)} → upstream ${upstream}` }))
}
