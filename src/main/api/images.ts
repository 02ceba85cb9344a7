import { shortDigest, type Artifact, type Digest } from '../../shared/domain/artifact'
import { isPinned } from '../../shared/domain/registry'
import type { Service } from '../../shared/domain/app'
import type { ConnectionId } from '../../shared/domain/ids'
import type { ImageOnHost } from '../../shared/domain/discovery'
import type { EnginePorts } from '../engine/engine'
import type { OpenConnection, Provider } from '../providers/provider'
import type { Records } from '../storage/records'
import { problem } from './base'
import { unknownProvenance, type ArtifactMaker } from './releases'

interface ImageParts {
  ports: Pick<EnginePorts, 'artifacts' | 'providers' | 'registries' | 'clock'>
  records: Records
  open(id: ConnectionId): Promise<OpenConnection>
  addImage(source: AsyncIterable<Uint8Array>, shown: string, wanted: Digest | null): Promise<Artifact>
}

/** The provider that can name images where this connection leads. */
export function imagesOf(providers: ReadonlyMap<string, Provider>): NonNullable<Provider['images']> {
  const found = [...providers.values()].find((one) => one.images)?.images
  if (!found) throw problem('not-found', { noun: 'provider of images' })
  return found
}

/** Makes artifacts of images that lie somewhere. */
export function createImageMaker({ ports, records, open, addImage }: ImageParts): Pick<ArtifactMaker, 'image' | 'noteFound'> {
  /** Whether this connection is one where the service runs: then the hosts can give it to each other. */
  async function runsAt(serviceId: string, connectionId: ConnectionId | null): Promise<boolean> {
    const placements = (await records.placements.list()).filter((one) => one.deletedAt === null)
    return placements.some((placement) =>
      placement.targets.some(
        (target) => target.serviceId === serviceId && connectionId !== null && target.connectionIds.includes(connectionId),
      ),
    )
  }

  /** Whether the hosts can fetch it from a registry that has a connection. */
  const inRegistry = async (locators: readonly string[]) =>
    (await Promise.all(locators.filter(isPinned).map((one) => ports.registries.of(one)))).some((one) => one !== null)

  const keep = ({ digest, bytes, locators, architecture }: ImageOnHost, more: readonly string[]) =>
    records.artifacts.put({
      v: 1,
      digest,
      kind: 'image',
      size: bytes,
      locators: [...new Set([...more, ...locators])].slice(0, 50),
      architecture,
    })

  async function* image(
    { connectionId, reference }: Parameters<ArtifactMaker['image']>[0],
    service: Service,
    signal: AbortSignal,
  ): ReturnType<ArtifactMaker['image']> {
    const images = imagesOf(ports.providers)
    const where = connectionId ? await open(connectionId) : null
    const name = connectionId ? ((await records.connections.get(connectionId))?.name ?? 'the server') : 'this computer'
    yield `Looking for ${reference} on ${name}`
    const found = await images.resolve(where, reference, ports, signal)
    yield `${reference} is ${shortDigest(found.digest)} (${found.architecture}) on ${name}`
    if (!ports.artifacts.has(found.digest) && !(await runsAt(service.id, connectionId)) && !(await inRegistry(found.locators))) {
      yield `Bringing ${shortDigest(found.digest)} from ${name}`
      await addImage(images.save(where, found.digest, signal), `${reference} on ${name}`, found.digest)
    }
    await keep(found, [reference])
    return { digest: found.digest, provenance: { ...unknownProvenance, commit: found.commit ?? null } }
  }

  return {
    image,
    async noteFound({ target }, digest, signal) {
      const images = ports.providers.get(target.provider)?.images
      const [connectionId] = target.connectionIds
      if (!images || !connectionId || (await records.artifacts.get(digest))) return
      // Where it came from is good to know, and nothing that an adoption waits for.
      const found = await images.resolve(await open(connectionId), digest, ports, signal).catch(() => null)
      if (found?.digest === digest) await keep(found, [])
    },
  }
}
