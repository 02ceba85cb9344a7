import { Digest } from '../../../shared/domain/artifact'
import type { ConnectionId } from '../../../shared/domain/ids'
import type { ImageOnHost } from '../../../shared/domain/discovery'
import type { OpenConnection, Provider, ProviderPorts, Session } from '../provider'
import { DockerHost, ownEngine, type Engine } from './host'
import { imageOf, imagesOn, load, saved } from './images'
import { layersOf } from './layers'
import { pull, pullArtifact } from './registry'
import { problem } from './text'

/** More than anybody chooses from a list. */
const most = 200

const engineAt = async (where: OpenConnection | null, signal: AbortSignal): Promise<Engine> => {
  if (!where) return ownEngine()
  const host = new DockerHost(where)
  await host.link(signal)
  return host
}

/** Which image a reference means on a host now; pulled where it is not there. Throws what stands in the way. */
async function resolve(host: Engine, reference: string, ports: ProviderPorts, signal: AbortSignal): Promise<ImageOnHost> {
  const here = await imageOf(host, reference, signal)
  if (here) return here
  // An identity names no registry.
  const named = !Digest.safeParse(reference).success
  if (named) await pull(host, reference, ports, () => {}, signal)
  const pulled = named ? await imageOf(host, reference, signal) : null
  if (!pulled) throw problem('image-unknown', { host: host.name, reference })
  return pulled
}

/** Where a release's image can be taken from: an Engine that has it, or can pull it. */
export const imageSources: NonNullable<Provider['images']> = {
  async list(where, signal) {
    const engine = await engineAt(where, signal)
    const all = (await imagesOn(engine, signal)).filter((image) => image.locators.length > 0)
    const described = await Promise.all(all.slice(0, most).map(({ digest }) => imageOf(engine, digest, signal)))
    return described.filter((image): image is ImageOnHost => image !== null)
  },
  resolve: async (where, reference, ports, signal) => resolve(await engineAt(where, signal), reference, ports, signal),
  async *save(where, digest, signal) {
    yield* saved(await engineAt(where, signal), digest, signal)
  },
}

/** The images of a target's hosts, as artifacts. */
export function artifactsOf(hostOf: (id: ConnectionId) => DockerHost, ports: ProviderPorts): NonNullable<Session['artifacts']> {
  return {
    has: async (digest, connectionId, signal) => (await imageOf(hostOf(connectionId), digest, signal)) !== null,
    write: (digest, connectionId, source, signal) => load(hostOf(connectionId), digest, source, ports.clock, signal),
    pull: (digest, locator, connectionId, report, signal) =>
      pullArtifact(hostOf(connectionId), { digest, locator }, ports, report, signal),
    read: (digest, connectionId, signal) => saved(hostOf(connectionId), digest, signal),
    layers: (digest, connectionId, signal) => layersOf(hostOf(connectionId), digest, signal),
  }
}
