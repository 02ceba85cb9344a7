import { Readable } from 'node:stream'
import { Digest, shortDigest } from '../../../shared/domain/artifact'
import type { ImageOnHost } from '../../../shared/domain/discovery'
import type { Clock } from '../../ports'
import type { ArtifactBytes } from '../provider'
import { layersInArchive, without } from './archive'
import type { Engine } from './host'
import { lackedBy } from './layers'
import { packed } from './packing'
import { statusOf } from './problems'
import { problem } from './text'

/** An image that is loaded by its identity has no name: without one, a prune would take it. */
const keptAs = 'slipway/artifact'
/** Bringing an image in or out may take long; what counts is that bytes move. */
const loadLimit = 60 * 60_000

/** What an image says of itself; null where it is not there. */
export async function imageOf(host: Engine, reference: string, signal: AbortSignal): Promise<ImageOnHost | null> {
  const found = await host.ask(`look at the image ${reference}`, signal, (docker) =>
    docker
      .getImage(reference)
      .inspect()
      .catch((error: unknown) => {
        if (statusOf(error) === 404) return null
        throw error
      }),
  )
  const digest = Digest.safeParse(found?.Id)
  if (!found || !digest.success) return null
  return {
    digest: digest.data,
    locators: [...(found.RepoTags ?? []), ...(found.RepoDigests ?? [])],
    bytes: found.Size,
    createdAt: Date.parse(found.Created) || null,
    architecture: found.Architecture,
    commit: found.Config?.Labels?.['org.opencontainers.image.revision']?.slice(0, 100) ?? null,
  }
}

/** All images of a host by their identity, newest first. */
export async function imagesOn(host: Engine, signal: AbortSignal): Promise<Omit<ImageOnHost, 'architecture'>[]> {
  const all = await host.ask('list its images', signal, (docker) => docker.listImages())
  return all
    .flatMap((one) => {
      const digest = Digest.safeParse(one.Id)
      if (!digest.success) return []
      const locators = [...(one.RepoTags ?? []), ...(one.RepoDigests ?? [])].filter((name) => !name.includes('<none>'))
      return [{ digest: digest.data, locators, bytes: one.Size, createdAt: one.Created * 1000 }]
    })
    .toSorted((a, b) => b.createdAt - a.createdAt)
}

/** Streams an image out, as the archive that `docker load` takes. */
export async function* saved(host: Engine, digest: Digest, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const stream = (await host.ask(`give the image ${shortDigest(digest)}`, signal, (docker) =>
    docker.getImage(digest).get(),
  )) as Readable
  const end = () => stream.destroy(signal.reason as Error)
  signal.addEventListener('abort', end, { once: true })
  try {
    yield* stream as AsyncIterable<Buffer>
  } finally {
    signal.removeEventListener('abort', end)
    stream.destroy()
  }
}

/** Podman takes an archive in only whole and as it is: it opens every layer, and unpacks nothing (4.3). */
async function wantsAllPlain(host: Engine, signal: AbortSignal): Promise<boolean> {
  const { Components: parts } = await host.ask('tell what it is', signal, (docker) => docker.version())
  return parts?.some(({ Name: name }) => name === 'Podman Engine') ?? false
}

/** Gives the Engine an archive, `pack`ed where it may be. Answers why it did not take it in, or null, and how many bytes went to it. */
async function send(
  host: Engine,
  digest: Digest,
  archive: AsyncIterable<Uint8Array>,
  pack: (archive: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>,
  signal: AbortSignal,
) {
  let sent = 0
  const counted = async function* () {
    for await (const part of pack(archive)) {
      sent += part.byteLength
      yield part
    }
  }
  const answer = await host.ask(
    taking(digest),
    signal,
    async (docker) => {
      // Its types say that nothing comes back; what does is the Engine's own account.
      const taken: unknown = docker.loadImage(Readable.from(counted(), { highWaterMark: 1 }), { quiet: '1' } as never)
      return read(await (taken as Promise<NodeJS.ReadableStream>))
    },
    loadLimit,
  )
  return { failed: /"errorDetail":\{[^}]*"message":"((?:[^"\\]|\\.)*)"/.exec(answer)?.[1] ?? null, sent }
}
const taking = (digest: Digest) => `take in the image ${shortDigest(digest)}`

/** The archive without what the host has already; null where it has nothing of it, or where that is not known. */
async function thinned(host: Engine, digest: Digest, source: ArtifactBytes, images: Iterable<Digest>, signal: AbortSignal) {
  const { look, layers: told = [] } = source
  if (!source.again || [...images].length === 0) return null
  const layers = told.length === 0 && look ? await layersInArchive(look(), digest) : told
  const { lacked, there } = await lackedBy(host, images, layers, signal)
  return there === 0
    ? null
    : { archive: without(source, layers, lacked), words: `${there} of ${layers.length} layers were there` }
}

/** Takes an archive in, without the layers that are there. Other bytes than the image of this digest are refused, and removed again. */
export async function load(
  host: Engine,
  digest: Digest,
  source: ArtifactBytes,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const before = new Set((await imagesOn(host, signal)).map((one) => one.digest))
  const plain = await wantsAllPlain(host, signal)
  const pack = (archive: AsyncIterable<Uint8Array>) => (plain ? archive : packed(archive, () => clock.now()))
  const less = plain ? null : await thinned(host, digest, source, before, signal)
  if (less) source.note?.(less.words)
  let { failed, sent } = await send(host, digest, less?.archive ?? source, pack, signal)
  if (failed && less && source.again && /no such file/i.test(failed)) {
    // An image was removed there meanwhile, and a layer with it.
    source.note?.('once more, whole: a layer that was there has gone')
    ;({ failed, sent } = await send(host, digest, source.again(), pack, signal))
  }
  source.note?.(`${(sent / 1_000_000).toFixed(1)} MB went over the link${less ? `, ${less.words}` : ''}`)
  if (failed) {
    const what = taking(digest)
    if (/no space left on device/i.test(failed)) throw problem('docker-disk-full', { host: host.name, what })
    throw problem('docker-refused', { host: host.name, what, why: failed.slice(0, 300) })
  }
  if (await imageOf(host, digest, signal)) {
    await host.ask(`name the image ${shortDigest(digest)}`, signal, (docker) =>
      docker.getImage(digest).tag({ repo: keptAs, tag: digest.slice(7, 19) }),
    )
    return
  }
  const strangers = (await imagesOn(host, signal)).filter((one) => !before.has(one.digest))
  for (const { digest: stranger } of strangers) {
    await host.ask('remove what arrived', signal, (docker) => docker.getImage(stranger).remove({ force: true })).catch(() => {})
  }
  throw problem('image-other', { host: host.name, digest: shortDigest(digest) })
}

async function read(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const chunk of stream) text = (text + String(chunk)).slice(-16_384)
  return text
}
