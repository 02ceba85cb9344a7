import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Digest, shortDigest, type Artifact } from '../../shared/domain/artifact'
import { ProblemError } from '../../shared/domain/problem'
import type { ArtifactStore } from '../ports'
import { entriesOf, type Entry } from './entries'
import { createImages } from './images'
import { entriesInTar, tarOf } from './tar'
import { problem } from './text'

const Locators = z.array(z.string().max(1000)).max(50)

export interface Artifacts extends ArtifactStore {
  /** Packs a folder and keeps it. Same content, same digest. */
  addFolder(folder: string, signal?: AbortSignal): Promise<Artifact>
  /** Keeps what is in a tar, in canonical form. */
  addTar(file: string, signal?: AbortSignal): Promise<Artifact>
  /** Keeps an image's archive, whatever its source; `wanted` refuses any other image. */
  addImage(source: AsyncIterable<Uint8Array>, shown: string, wanted: Digest | null): Promise<Artifact>
}

/** Artifacts by content, as files `<hex>.tar` in a folder of the data folder. */
export function createArtifacts(dataDir: string): Artifacts {
  const root = join(dataDir, 'artifacts')
  mkdirSync(root, { recursive: true, mode: 0o700 })
  const file = (digest: Digest, kind: 'tar' | 'json') => join(root, `${digest.replace(/^sha256:/, '')}.${kind}`)

  const images = createImages(root)

  async function keep(entries: readonly Entry[], locator: string, signal?: AbortSignal): Promise<Artifact> {
    if (entries.length === 0) throw problem('folder-empty', { folder: locator })
    const temporary = join(root, `${randomUUID()}.tmp`)
    try {
      const digest = await written(temporary, tarOf(entries, signal))
      await rename(temporary, file(digest, 'tar'))
      const locators = [locator, ...locatorsOf(digest).filter((one) => one !== locator)].slice(0, 50)
      await writeFile(file(digest, 'json'), JSON.stringify(locators), { mode: 0o600 })
      return known(digest)
    } finally {
      await rm(temporary, { force: true })
    }
  }

  function locatorsOf(digest: Digest): string[] {
    try {
      return Locators.parse(JSON.parse(readFileSync(file(digest, 'json'), 'utf8')))
    } catch {
      // The names are a convenience; the content is the identity.
      return []
    }
  }

  const known = (digest: Digest): Artifact => ({
    v: 1,
    digest,
    kind: 'bundle',
    size: statSync(file(digest, 'tar')).size,
    locators: locatorsOf(digest),
  })

  return {
    has: (digest) => existsSync(file(digest, 'tar')) || images.has(digest),
    get: (digest) => (existsSync(file(digest, 'tar')) ? known(digest) : images.get(digest)),
    addImage: images.add,
    async *read(digest, signal) {
      if (images.has(digest)) {
        yield* images.read(digest, signal)
        return
      }
      if (!existsSync(file(digest, 'tar'))) throw problem('artifact-missing', { digest: shortDigest(digest) })
      const hash = createHash('sha256')
      for await (const chunk of createReadStream(file(digest, 'tar'), signal ? { signal } : {}) as AsyncIterable<Buffer>) {
        hash.update(chunk)
        yield chunk
      }
      if (`sha256:${hash.digest('hex')}` !== digest) throw problem('artifact-damaged', { digest: shortDigest(digest) })
    },
    addFolder: async (folder, signal) => keep(await entriesOf(folder, signal), folder, signal),
    async addTar(tar, signal) {
      const folder = join(root, `${randomUUID()}.unpack`)
      await mkdir(folder, { mode: 0o700 })
      try {
        return await keep(await entriesInTar(tar, folder, signal), tar, signal)
      } catch (error) {
        signal?.throwIfAborted()
        if (error instanceof ProblemError) throw error
        throw problem('tar-unreadable', { file: tar, why: error instanceof Error ? error.message : String(error) }, error)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}

/** Writes the bytes durably and answers their digest. */
async function written(path: string, source: AsyncIterable<Uint8Array>): Promise<Digest> {
  const hash = createHash('sha256')
  const out = await open(path, 'wx', 0o600)
  try {
    for await (const chunk of source) {
      hash.update(chunk)
      await out.writeFile(chunk)
    }
    await out.sync()
  } finally {
    await out.close()
  }
  return Digest.parse(`sha256:${hash.digest('hex')}`)
}
