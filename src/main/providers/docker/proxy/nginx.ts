import { setTimeout as sleep } from 'node:timers/promises'
import { upstreamFileOf, upstreamOf } from '../names'
import { problem } from '../text'
import { parseConfig, reachOf, type NginxConfig } from './nginx-config'
import { sameShares, type Proxy, type ProxyPlace, type Upstream } from './proxy'

/**
 * Puts a new upstream in place. The old file is kept beside it; a configuration that nginx refuses is taken back before anything is reloaded.
 * `.live` is what nginx has loaded: a script that was killed between writing and loading is thereby known. 65: refused, 66: not reloaded.
 */
const script = [
  'set -u; f=$1; new="$f.slipway-new"; cat > "$new" || exit 64; chmod 644 "$new"',
  'had=no; if [ -e "$f" ]; then had=yes; cp -p "$f" "$f.previous"; fi; mv "$new" "$f" || exit 64',
  'back() { if [ $had = yes ]; then cp -p "$f.previous" "$f"; else rm -f "$f"; fi; }',
  `if ! out=$(nginx -t 2>&1); then back; printf '%s\\n' "$out" >&2; exit 65; fi`,
  `if ! out=$(nginx -s reload 2>&1); then back; printf '%s\\n' "$out" >&2; exit 66; fi`,
  'cp "$f" "$f.live"',
].join('; ')

function fileText(name: string, upstreams: readonly Upstream[]): string {
  const servers = upstreams.filter((one) => one.weight > 0)
  const lines = servers.map(
    ({ port, weight, spare }) => `  server 127.0.0.1:${port} ${spare ? 'backup' : `weight=${weight}`} max_fails=0;`,
  )
  // An upstream without a server is no configuration: one that refuses answers 502 at once.
  if (lines.length === 0) lines.push('  server 127.0.0.1:1 down;', '  server 127.0.0.1:1 backup;')
  return [
    `# Written by Slipway: changes made by hand are overwritten.`,
    `upstream ${name} {`,
    ...lines,
    `  keepalive 32;`,
    `}`,
    '',
  ].join('\n')
}

async function textOf(
  { host, context, settings }: ProxyPlace,
  suffix: '' | '.live',
  signal: AbortSignal,
): Promise<string | null> {
  const link = await host.link(signal)
  const { code, stdout } = await link.run(['cat', `${upstreamFileOf(context, settings)}${suffix}`], { root: true }, signal)
  return code === 0 ? stdout.toString('utf8') : null
}

/** The upstream that nginx works with, by the files: the one that it was last seen to load, or the one that it began with. */
async function loaded(place: ProxyPlace, signal: AbortSignal) {
  const text = (await textOf(place, '.live', signal)) ?? (await textOf(place, '', signal)) ?? ''
  return upstreamIn(parseConfig(asPrinted(text)), place)
}

const asPrinted = (text: string) => `# configuration file upstream:\n${text}`

function upstreamIn(config: NginxConfig, { context, settings }: ProxyPlace) {
  const name = upstreamOf(context, settings)
  return { upstreams: config.upstreams.get(name) ?? [], spares: config.spares.get(name) ?? [] }
}

const words = (stderr: string) =>
  stderr
    .split('\n')
    .filter((line) => /emerg|error|test failed|not found|denied/i.test(line))
    .map((line) => line.replace(/^.*?\[(?:emerg|error)\]\s*(?:\d+#\d+:\s*)?/, ''))
    .join(' ')
    .slice(0, 400) || 'it did not say why'

/** nginx on the server: an upstream in a file of its own, tested before it is loaded. */
export const nginx: Proxy = {
  name: 'nginx',
  takesSpares: true,

  async see(place, signal) {
    const { host, context, settings } = place
    const link = await host.link(signal)
    const name = upstreamOf(context, settings)
    const { code, stdout, stderr } = await link.run(['nginx', '-T'], { root: true, limit: 2 * 1024 * 1024 }, signal)
    if (code === 127 || /nginx: not found|command not found/.test(stderr))
      return { upstreams: [], spares: [], sites: [], certificateDays: null, obstacle: `nginx was not found on ${host.name}.` }
    const config = parseConfig(stdout.toString('utf8'))
    // A configuration that is refused is not printed, and nginx goes on with what it has loaded.
    const live = code === 0 ? upstreamIn(config, place) : await loaded(place, signal)
    const sites = reachOf(config, name)
    const days = await certificateDays(place, sites.find((one) => one.certificate)?.certificate ?? null, signal)
    return {
      ...live,
      sites: sites.map((site) => ({ label: 'nginx', value: site.words, ok: code === 0 })),
      certificateDays: days,
      obstacle:
        code !== 0
          ? `Its configuration is refused: ${words(stderr)}`
          : sites.length === 0
            ? `No site of nginx on ${host.name} sends its traffic to http://${name}. Write: proxy_pass http://${name};`
            : null,
    }
  },

  commands: ({ context, settings }, upstreams) => {
    const file = upstreamFileOf(context, settings)
    return [
      `write ${file}: upstream ${upstreamOf(context, settings)} { ${upstreams.map((one) => `server ${one};`).join(' ') || '(nothing)'} }`,
      'nginx -t && nginx -s reload',
    ]
  },

  async test({ host }, signal) {
    const { code, stderr } = await (await host.link(signal)).run(['nginx', '-t'], { root: true }, signal)
    return code === 0 ? null : words(stderr)
  },

  async point(place, upstreams, key, fence, signal) {
    const { host, context, settings } = place
    const link = await host.link(signal)
    const text = fileText(upstreamOf(context, settings), upstreams)
    const command = fence.guarded(link.locks, ['/bin/sh', '-c', script, 'slipway', upstreamFileOf(context, settings)])
    await fence.still()
    const work = link.detached.follow(key, command, { stdin: text, root: true }, signal)
    let step = await work.next()
    while (!step.done) step = await work.next()
    const { code, output } = step.value
    if (code === link.locks.passedCode) {
      await fence.ask()
      throw problem('proxy-refused', { host: host.name, proxy: 'nginx', why: 'the lock was not this run’s when it began' })
    }
    if (code === 127) throw problem('proxy-missing', { host: host.name, proxy: 'nginx' })
    if (code !== 0) throw problem('proxy-refused', { host: host.name, proxy: 'nginx', why: words(output) })
  },

  async pointed(place, upstreams, key, signal) {
    const link = await place.host.link(signal)
    const state = await link.detached.read(key, 0, signal)
    if (state.state === 'running') return 'unknown'
    const live = await textOf(place, '.live', signal)
    const wanted = fileText(upstreamOf(place.context, place.settings), upstreams)
    return live === wanted && (await textOf(place, '', signal)) === wanted ? 'done' : 'not-done'
  },

  /** nginx itself knows: its former workers end when they have answered what they had begun. */
  async drained({ host }, _ports, capMs, signal) {
    const link = await host.link(signal)
    for (const end = Date.now() + capMs; Date.now() < end; await sleep(200, undefined, { signal })) {
      const { code } = await link.run(['pgrep', '-f', 'nginx: worker process is shutting down'], {}, signal)
      if (code !== 0) return true
    }
    return false
  },
}

/** Whether what nginx has loaded is this upstream already. A file that Slipway never wrote is what nginx began with. */
export async function isLive(place: ProxyPlace, upstreams: readonly Upstream[], signal: AbortSignal): Promise<boolean> {
  const [live, file] = [await textOf(place, '.live', signal), await textOf(place, '', signal)]
  if (file === null || (live !== null && live !== file)) return false
  const now = upstreamIn(parseConfig(asPrinted(file)), place)
  const ports = (some: readonly number[]) => some.toSorted().join()
  const [spares, others] = [upstreams.filter((one) => one.spare), upstreams.filter((one) => !one.spare)]
  return sameShares(now.upstreams, others) && ports(now.spares) === ports(spares.map((one) => one.port))
}

async function certificateDays({ host }: ProxyPlace, file: string | null, signal: AbortSignal): Promise<number | null> {
  if (file === null) return null
  const link = await host.link(signal)
  const { code, stdout } = await link.run(['openssl', 'x509', '-enddate', '-noout', '-in', file], { root: true }, signal)
  const end =
    code === 0
      ? Date.parse(
          stdout
            .toString('utf8')
            .replace(/^notAfter=/, '')
            .trim(),
        )
      : Number.NaN
  return Number.isFinite(end) ? Math.floor((end - (await host.now(signal))) / 86_400_000) : null
}
