import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { open, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { z } from 'zod'
import { Digest, shortDigest, type Artifact } from '../../shared/domain/artifact'
import { ProblemError } from '../../shared/domain/problem'
import { problem } from './text'

const Manifest = z
  .array(z.object({ Config: z.string(), RepoTags: z.array(z.string()).nullish(), Layers: z.array(z.string()) }))
  .min(1)
const Config = z.object({ architecture: z.string().max(50), os: z.string(), rootfs: z.object({ diff_ids: z.array(Digest) }) })
const Kept = z.object({ archive: z.string(), locators: z.array(z.string()), architecture: z.string().max(50).optional() })

/** A description is small; a layer is not kept in memory. */
const smallBytes = 4 * 1024 * 1024

const digestOf = (bytes: Buffer) => Digest.parse(`sha256:${createHash('sha256').update(bytes).digest('hex')}`)

/** What an archive holds: small files by name, and the digest of every other. */
async function contents(file: string): Promise<{ small: Map<string, Buffer>; digests: Map<string, string> }> {
  const small = new Map<string, Buffer>()
  const digests = new Map<string, string>()
  const tar = extract()
  const head = Buffer.alloc(2)
  const handle = await open(file, 'r')
  await handle.read(head, 0, 2, 0)
  await handle.close()
  const source = createReadStream(file)
  const bytes = head.equals(Buffer.from([0x1f, 0x8b])) ? source.pipe(createGunzip()) : source
  bytes.on('error', (error: Error) => tar.destroy(error))
  bytes.pipe(tar)
  for await (const entry of tar) {
    const { name, size, type, linkname } = entry.header
    if (type === 'symlink' && linkname) {
      // Older archives say of a layer that comes twice where it lies.
      digests.set(name, `link ${join(name, '..', linkname)}`)
      entry.resume()
      continue
    }
    const hash = createHash('sha256')
    const parts: Buffer[] = []
    for await (const part of entry as AsyncIterable<Buffer>) {
      hash.update(part)
      if (size <= smallBytes) parts.push(part)
    }
    if (type !== 'file') continue
    digests.set(name, `sha256:${hash.digest('hex')}`)
    if (size <= smallBytes) small.set(name, Buffer.concat(parts))
  }
  return { small, digests }
}

/** Which image an archive is: its bytes must be what its description says, layer by layer. Throws `image-archive-wrong`. */
async function imageIn(file: string, shown: string): Promise<{ digest: Digest; locators: string[]; architecture: string }> {
  const wrong = (why: string, cause?: unknown) => problem('image-archive-wrong', { file: shown, why }, cause)
  try {
    const { small, digests } = await contents(file)
    const manifest = Manifest.safeParse(JSON.parse(small.get('manifest.json')?.toString('utf8') ?? 'null'))
    if (!manifest.success) throw wrong('it has no manifest.json of an image')
    const [image, ...others] = manifest.data
    if (!image || others.length > 0) throw wrong(`it holds ${manifest.data.length} images; save them one by one`)
    const text = small.get(image.Config)
    const config = text ? Config.safeParse(JSON.parse(text.toString('utf8'))) : null
    if (!text || !config?.success) throw wrong('its configuration is missing or damaged')
    const found = (name: string): string | undefined => {
      const digest = digests.get(name)
      return digest?.startsWith('link ') ? digests.get(digest.slice(5)) : digest
    }
    image.Layers.forEach((layer, i) => {
      if (found(layer) !== config.data.rootfs.diff_ids[i]) throw wrong(`the layer ${i + 1} is not the one that it names`)
    })
    return { digest: digestOf(text), locators: image.RepoTags ?? [], architecture: config.data.architecture }
  } catch (error) {
    if (error instanceof ProblemError) throw error
    throw wrong(error instanceof Error ? error.message : String(error), error)
  }
}

/** Images by content, as the archives that `docker load` takes: `<hex>.image.tar` in the folder of artifacts. */
export function createImages(root: string) {
  const file = (digest: Digest, kind: 'tar' | 'json') => join(root, `${digest.replace(/^sha256:/, '')}.image.${kind}`)
  const has = (digest: Digest) => existsSync(file(digest, 'tar')) && existsSync(file(digest, 'json'))
  const keptOf = (digest: Digest) => Kept.parse(JSON.parse(readFileSync(file(digest, 'json'), 'utf8')))

  function known(digest: Digest): Artifact {
    const { locators, architecture } = keptOf(digest)
    return {
      v: 1,
      digest,
      kind: 'image',
      size: statSync(file(digest, 'tar')).size,
      locators: locators.slice(0, 50),
      ...(architecture ? { architecture } : {}),
    }
  }

  return {
    has,
    get: (digest: Digest): Artifact | null => (has(digest) ? known(digest) : null),
    async *read(digest: Digest, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
      const hash = createHash('sha256')
      for await (const chunk of createReadStream(file(digest, 'tar'), signal ? { signal } : {}) as AsyncIterable<Buffer>) {
        hash.update(chunk)
        yield chunk
      }
      if (hash.digest('hex') !== keptOf(digest).archive) throw problem('artifact-damaged', { digest: shortDigest(digest) })
    },
    /** Keeps an archive: what it is follows from its bytes. `wanted` refuses any other image. */
    async add(source: AsyncIterable<Uint8Array>, shown: string, wanted: Digest | null): Promise<Artifact> {
      const temporary = join(root, `${randomUUID()}.tmp`)
      try {
        const hash = createHash('sha256')
        const out = await open(temporary, 'wx', 0o600)
        try {
          for await (const chunk of source) {
            hash.update(chunk)
            await out.writeFile(chunk)
          }
          await out.sync()
        } finally {
          await out.close()
        }
        const { digest, locators, architecture } = await imageIn(temporary, shown)
        if (wanted && digest !== wanted)
          throw problem('image-archive-wrong', {
            file: shown,
            why: `it is ${shortDigest(digest)} and not ${shortDigest(wanted)}`,
          })
        if (has(digest)) return known(digest)
        const kept: z.infer<typeof Kept> = { archive: hash.digest('hex'), locators: [shown, ...locators], architecture }
        await writeFile(file(digest, 'json'), JSON.stringify(kept), { mode: 0o600 })
        await rename(temporary, file(digest, 'tar'))
        return known(digest)
      } finally {
        await rm(temporary, { force: true })
      }
    },
  }
}
