import { posix } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createGunzip } from 'node:zlib'
import { extract, pack, type Pack } from 'tar-stream'
import type { Digest } from '../../../shared/domain/artifact'
import { layerNamed, layerOfFolder, layersIn } from './layers'

type Bytes = AsyncIterable<Uint8Array>

/** A description is small; what is larger is none. */
const smallBytes = 4 * 1024 * 1024

/** The tar in an archive: a file that somebody saved may be packed. */
async function* unpacked(archive: Bytes): AsyncGenerator<Uint8Array> {
  const parts = archive[Symbol.asyncIterator]()
  try {
    const first = await parts.next()
    if (first.done) return
    const all = (async function* () {
      yield first.value
      yield* { [Symbol.asyncIterator]: () => parts }
    })()
    if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) yield* all
    else {
      const source = Readable.from(all)
      const plain = createGunzip()
      source.once('error', (error) => plain.destroy(error))
      yield* source.pipe(plain) as Bytes
    }
  } finally {
    await parts.return?.()
  }
}

interface Waited {
  on(event: 'drain' | 'close', then: () => void): unknown
  off(event: 'drain' | 'close', then: () => void): unknown
}

/** Waits until a stream takes more, or is gone. */
const ready = (stream: Waited) =>
  new Promise<void>((resolve) => {
    const go = () => {
      for (const event of ['drain', 'close'] as const) stream.off(event, go)
      resolve()
    }
    for (const event of ['drain', 'close'] as const) stream.on(event, go)
  })

/** The files of an archive, one after the other. */
async function* entriesOf(archive: Bytes) {
  const tar = extract()
  const feeding = (async () => {
    try {
      for await (const chunk of unpacked(archive)) {
        if (tar.destroyed) return
        if (!tar.write(chunk)) await ready(tar)
      }
      tar.end(undefined)
    } catch (error) {
      tar.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  })()
  try {
    yield* tar
  } finally {
    tar.destroy()
    await feeding
  }
}

/** The layers of the image in an archive, bottom first, by its description; none where there is none of this digest. */
export async function layersInArchive(archive: Bytes, digest: Digest): Promise<readonly string[]> {
  const hex = digest.slice('sha256:'.length)
  for await (const entry of entriesOf(archive)) {
    const { name, size, type } = entry.header
    if (type === 'file' && name.includes(hex) && (size ?? 0) <= smallBytes) return layersIn(await buffer(entry), digest)
    entry.resume()
  }
  return []
}

/** Writes the archive anew, without the files of layers that are not lacked. A layer that is not recognised stays. */
async function thin(archive: Bytes, layers: readonly string[], lacked: ReadonlySet<string>, out: Pack) {
  const folders = new Map<string, string | null>()
  for await (const entry of entriesOf(archive)) {
    const { name, size, type } = entry.header
    const folder = posix.dirname(posix.normalize(name))
    if (type === 'file' && posix.basename(name) === 'json' && (size ?? 0) <= smallBytes) {
      const description = await buffer(entry)
      folders.set(folder, layerOfFolder(folder, description, layers))
      out.entry(entry.header, description)
      continue
    }
    const layer = layerNamed(name, layers) ?? (posix.basename(name) === 'layer.tar' ? (folders.get(folder) ?? null) : null)
    if (type === 'file' && layer !== null && !lacked.has(layer)) {
      for await (const _ of entry);
      continue
    }
    const file = out.entry(entry.header)
    for await (const part of entry) {
      if (out.destroyed) return
      if (!file.write(part)) await ready(file)
    }
    file.end(undefined)
  }
  out.finalize()
}

/** An archive without the files of layers that its receiver has: `docker load` opens none of a layer that is there. */
export async function* without(
  archive: Bytes,
  layers: readonly string[],
  lacked: ReadonlySet<string>,
): AsyncGenerator<Uint8Array> {
  const out = pack()
  const writing = thin(archive, layers, lacked, out).catch((error: unknown) =>
    out.destroy(error instanceof Error ? error : new Error(String(error))),
  )
  try {
    yield* out as Bytes
  } finally {
    out.destroy()
    await writing
  }
}
