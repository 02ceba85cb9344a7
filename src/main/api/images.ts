import { shortDigest, type Artifact, type Digest } from '../../shared/domain/artifact'
import { isPinned } from '../../shared/domain/registry'
import type { ConnectionId } from '../../shared/domain/ids'
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

/** Makes an artifact of an image that lies somewhere: named there, and brought to the store where no host of its service has it. */
export function createImageMaker({ ports, records, open, addImage }: ImageParts): ArtifactMaker['image'] {
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

  return async function* image({ connectionId, reference }, service, signal) {
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
    await records.artifacts.put({
      v: 1,
      digest: found.digest,
      kind: 'image',
      size: found.bytes,
      locators: [...new Set([reference, ...found.locators])].slice(0, 50),
    })
    return { digest: found.digest, provenance: { ...unknownProvenance, commit: found.commit ?? null } }
  }
}
