import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { z } from 'zod'
import { Digest } from '../../../shared/domain/artifact'
import type { Engine } from './host'
import { statusOf } from './problems'

/** More images than a server that is looked after has; beyond them a layer comes once more than it needs to. */
const mostImages = 300

const sha256 = (text: string | Buffer) => `sha256:${createHash('sha256').update(text).digest('hex')}`

/** The names of layers with all that lies under them: the Engine keeps a layer by such a name, and the same one in another place apart. */
export function chainsOf(layers: readonly string[]): string[] {
  let chain = ''
  return layers.map((layer) => (chain = chain === '' ? layer : sha256(`${chain} ${layer}`)))
}

/** The digests of an image's layers, bottom first, as its Engine says; none where it is not there. */
export const layersOf = (host: Engine, digest: Digest, signal: AbortSignal): Promise<readonly string[]> =>
  host.ask('tell the layers of an image', signal, async (docker) => {
    try {
      return (await docker.getImage(digest).inspect()).RootFS.Layers ?? []
    } catch (error) {
      // It was removed since it was listed.
      if (statusOf(error) === 404) return []
      throw error
    }
  })

/** Which of these layers a host lacks, given the images that it has: by what it must be sent, whatever place it has in the image. */
export async function lackedBy(
  host: Engine,
  images: Iterable<Digest>,
  layers: readonly string[],
  signal: AbortSignal,
): Promise<{ lacked: ReadonlySet<string>; there: number }> {
  const all = await Promise.all([...images].slice(0, mostImages).map((one) => layersOf(host, one, signal)))
  const kept = new Set(all.flatMap(chainsOf))
  const missing = chainsOf(layers).map((chain) => !kept.has(chain))
  return {
    lacked: new Set(layers.filter((_, i) => missing[i])),
    there: missing.filter((one) => !one).length,
  }
}

const Described = z.object({ rootfs: z.object({ diff_ids: z.array(Digest) }) })

/** The layers that the description of an image names: its bytes are what the digest is of. None where they are not. */
export function layersIn(description: Buffer, digest: Digest): readonly string[] {
  if (sha256(description) !== digest) return []
  const parsed = Described.safeParse(JSON.parse(description.toString('utf8')))
  return parsed.success ? parsed.data.rootfs.diff_ids : []
}

/**
 * Which layer lies in a folder of an archive as Docker wrote them before 25. Such a folder's name is the hash of what is written in
 * it, with the layer's chain; so each chain is tried, and the one that fits is certain. Null where none does.
 */
export function layerOfFolder(folder: string, description: Buffer, layers: readonly string[]): string | null {
  const said: unknown = JSON.parse(description.toString('utf8'))
  if (typeof said !== 'object' || said === null) return null
  const { id: _, os: __, ...facts } = said as Record<string, unknown>
  const parent = typeof facts['parent'] === 'string' ? { parent: `sha256:${facts['parent']}` } : {}
  const fits = (chain: string) => {
    const all = Object.entries({ ...facts, ...parent, layer_id: chain }).toSorted(([a], [b]) => (a < b ? -1 : 1))
    return sha256(JSON.stringify(Object.fromEntries(all))) === `sha256:${folder}`
  }
  return layers[chainsOf(layers).findIndex(fits)] ?? null
}

/** Which layer a file of an archive is, where its name says so: `blobs/sha256/…`, `…/layer.tar`, `….tar`. */
export function layerNamed(name: string, layers: readonly string[]): string | null {
  const parts = posix.normalize(name).split('/')
  const own = parts.at(-1) === 'layer.tar' ? parts.at(-2) : parts.at(-1)
  const hex = /^(?:sha256:)?([0-9a-f]{64})(?:\.tar)?$/.exec(own ?? '')?.[1]
  return layers.find((one) => one === `sha256:${hex}`) ?? null
}
