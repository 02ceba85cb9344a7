import type { Discovery, FoundService } from '../../../shared/domain/discovery'
import type { Health } from '../../../shared/domain/observation'
import { LinkLost, ProblemError } from '../../../shared/domain/problem'
import type { OpenConnection } from '../provider'
import { allContainers, type Container } from './containers'
import { DockerHost } from './host'
import { imageOf, imagesOn } from './images'
import { belongsTo, composeIn } from './labels'
import { diskFree, engineOf } from './look'
import { numbersOf } from './names'
import { parseConfig, passesTo, siteWords, type NginxConfig } from './proxy/nginx-config'

interface Group {
  key: string
  name: string
  group: string | null
  found: string
  containers: Container[]
}

/** A slug from a name: what an app or a service may be called. */
const slug = (name: string) =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
    .slice(0, 31) || 'service'

/** Containers of one service belong together: by the labels of a Slipway, by compose, else each stands alone. */
function groups(containers: readonly Container[]): Group[] {
  const all = new Map<string, Group>()
  for (const container of containers) {
    const ours = belongsTo(container.labels)
    const compose = composeIn(container.labels)
    const group: Omit<Group, 'containers'> = ours
      ? {
          key: `slipway ${ours.app}/${ours.environment}/${ours.service}`,
          name: ours.service,
          group: `${ours.app}/${ours.environment}`,
          found: '',
        }
      : compose
        ? {
            key: `compose ${compose.project}/${compose.service}`,
            name: slug(compose.service),
            group: compose.project,
            found: `${compose.project}/${compose.service}`,
          }
        : {
            key: `container ${container.name}`,
            name: slug(container.name.replace(numbersIn, '')),
            group: null,
            found: container.name,
          }
    const known = all.get(group.key) ?? { ...group, containers: [] }
    known.containers.push(container)
    all.set(group.key, known)
  }
  return [...all.values()]
}

const numbersIn = /[-_.]?\d+$/

const healthOf = (container: Container): Health => (container.running ? 'healthy' : 'unhealthy')

/** How nginx leads to a service, and what a target needs to know of it. */
function reachOf(group: Group, config: NginxConfig | null) {
  const port = group.containers.flatMap((one) => one.ports)[0]
  const base = {
    port: port?.inside ?? null,
    found: group.found,
    instances: Math.max(1, group.containers.filter((one) => one.running).length),
  }
  if (!port) return { reach: null, todo: null, settings: { ...base, proxy: 'none' } }
  const outside = new Set(group.containers.flatMap((one) => one.ports.map((each) => each.outside)))
  for (const [name, servers] of config?.upstreams ?? []) {
    if (!servers.some((server) => outside.has(server.port))) continue
    const site = config?.sites.find((one) => one.passes.some((pass) => passesTo(pass) === name))
    const file = config?.files.get(name)
    const own = file?.alone === true
    return {
      reach: site ? `nginx, ${siteWords(site)} → upstream ${name}` : `nginx, upstream ${name}`,
      todo: own
        ? null
        : `The upstream ${name} stands among other things in ${file?.file ?? 'a file of nginx'}. Move it to a file of its own, for example /etc/nginx/conf.d/${name}.conf, so that Slipway may write it.`,
      settings: {
        ...base,
        proxy: 'nginx',
        upstream: name,
        upstreamFile: own ? (file?.file ?? '') : `/etc/nginx/conf.d/${name}.conf`,
      },
    }
  }
  const direct = config?.sites.find((site) =>
    site.passes.some((pass) => [...outside].some((one) => passesTo(pass).endsWith(`:${one}`))),
  )
  if (direct) {
    const upstream = group.name.replaceAll('-', '_')
    return {
      reach: `nginx, ${siteWords(direct)} → 127.0.0.1:${port.outside}`,
      todo: `The site of nginx leads to the port itself. Write proxy_pass http://${upstream}; in it instead, once Slipway has written that upstream with the first deploy.`,
      settings: { ...base, proxy: 'nginx', upstream },
    }
  }
  return { reach: `port ${port.outside} of the server`, todo: null, settings: { ...base, proxy: 'none', publish: port.outside } }
}

function serviceFrom(group: Group, config: NginxConfig | null): FoundService {
  const { reach, todo, settings } = reachOf(group, config)
  return {
    key: group.key,
    name: group.name,
    group: group.group,
    instances: group.containers.map((one) => ({
      id: one.name,
      image: one.image,
      artifact: one.artifact,
      health: healthOf(one),
      ports: one.ports.map((port) => `${port.outside} → ${port.inside}`).join(', '),
    })),
    reach,
    healthPath: null,
    route: reach !== null,
    settings,
    todo,
  }
}

async function nginxOf(host: DockerHost, signal: AbortSignal): Promise<NginxConfig | null> {
  const link = await host.link(signal)
  const { code, stdout } = await link.run(['nginx', '-T'], { root: true, limit: 2 * 1024 * 1024 }, signal)
  return code === 0 ? parseConfig(stdout.toString('utf8')) : null
}

/** What runs on a server: containers by service, images, and how nginx leads to them. Changes nothing. */
export async function discover(connection: OpenConnection, signal: AbortSignal): Promise<Discovery> {
  const host = new DockerHost(connection)
  const empty = { provider: 'docker', facts: [], services: [], images: [] }
  try {
    const [engine, containers, images, config] = await Promise.all([
      engineOf(host, signal),
      allContainers(host, signal),
      imagesOn(host, signal),
      nginxOf(host, signal).catch(() => null),
    ])
    const free = await diskFree(host, engine.rootDir, signal)
    const running = containers.filter((one) => one.running && one.labels['slipway.role'] !== 'one-off')
    // A generation number says that it is one of several of the same.
    const services = groups(running.toSorted((a, b) => numbersOf(b.name)[0] - numbersOf(a.name)[0])).map((group) =>
      serviceFrom(group, config),
    )
    const named = await Promise.all(
      images
        .slice(0, 200)
        .map(async (image) => ({ ...image, architecture: (await imageOf(host, image.digest, signal))?.architecture ?? '' })),
    )
    return {
      ...empty,
      facts: [
        { label: engine.name, value: `${engine.version}, ${engine.architecture}` },
        ...(free ? [{ label: 'Free for images', value: `${(free.bytes / 1024 ** 3).toFixed(1)} GB` }] : []),
        ...(config ? [{ label: 'nginx', value: config.sites.length === 1 ? 'one site' : `${config.sites.length} sites` }] : []),
      ],
      services,
      images: named,
      problem: null,
    }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ProblemError || error instanceof LinkLost) return { ...empty, problem: error.problem }
    throw error
  }
}
