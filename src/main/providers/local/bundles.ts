import { createHash, randomUUID } from 'node:crypto'
import { chmod, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createWriteStream } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract, type Header } from 'tar-stream'
import { z } from 'zod'
import { shortDigest, type Digest } from '../../../shared/domain/artifact'
import { problem } from './problems'

const Manifest = z.array(z.object({ path: z.string(), size: z.number(), mtimeMs: z.number() }))
type Manifest = z.infer<typeof Manifest>

const limits = { entries: 200_000, bytes: 20 * 1024 ** 3 }

/** Refuses what could reach outside the folder, or is no plain file. Answers the clean path. */
export function safeEntry({ name, type, linkname }: Pick<Header, 'name' | 'type' | 'linkname'>): string {
  const refuse = (why: string) => problem('bundle-refused', { entry: JSON.stringify(name).slice(0, 200), why })
  const path = posix.normalize(name).replace(/\/+$/, '')
  const parts = name.split(/[/\\]/)
  if (name === '' || name.includes('\0')) throw refuse('has no proper name')
  if (posix.isAbsolute(name) || /^[A-Za-z]:/.test(name) || name.includes('\\'))
    throw refuse('has an absolute path or backslashes')
  if (parts.includes('..')) throw refuse('leads out of the folder')
  if (type === 'symlink') {
    const to = posix.normalize(posix.join(posix.dirname(path), linkname ?? ''))
    if (!linkname || posix.isAbsolute(linkname) || linkname.includes('\\') || to === '..' || to.startsWith('../'))
      throw refuse('is a link out of the folder')
  } else if (type !== 'file' && type !== 'directory') throw refuse(`is a ${type ?? 'thing of unknown kind'}`)
  return path
}

// One process owns the data folder, so turns within it are enough: two runs that bring the same bundle must not move each other's away.
const turns = new Map<string, Promise<unknown>>()

/** Unpacked bundles by content. */
export class Bundles {
  constructor(private readonly root: string) {}

  folder = (digest: Digest) => join(this.root, digest.replace(/^sha256:/, ''))
  private manifest = (digest: Digest) => `${this.folder(digest)}.json`

  /** null where the bundle is here as it was delivered, else the problem. */
  async check(digest: Digest) {
    let manifest: Manifest
    try {
      manifest = Manifest.parse(JSON.parse(await readFile(this.manifest(digest), 'utf8')))
    } catch {
      return problem('local-bundle-missing', { digest: shortDigest(digest) })
    }
    for (const { path, size, mtimeMs } of manifest) {
      const now = await stat(join(this.folder(digest), path)).catch(() => null)
      if (now?.size !== size || now.mtimeMs !== mtimeMs)
        return problem('local-bundle-changed', { digest: shortDigest(digest), file: path })
    }
    return null
  }

  /** Unpacks beside, checks the hash, and only then puts it in its place. Does nothing where another did it meanwhile. */
  write(digest: Digest, source: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    const folder = this.folder(digest)
    const before = turns.get(folder) ?? Promise.resolve()
    const mine = before.then(async () => {
      if (await this.check(digest)) await this.put(digest, source, signal)
    })
    const settled = mine.catch(() => undefined)
    turns.set(folder, settled)
    void settled.then(() => turns.get(folder) === settled && turns.delete(folder))
    return mine
  }

  private async put(digest: Digest, source: AsyncIterable<Uint8Array>, signal: AbortSignal) {
    const folder = this.folder(digest)
    const temporary = `${folder}.${randomUUID().slice(0, 8)}.tmp`
    try {
      const { manifest, got } = await unpack(source, temporary, signal)
      if (got !== digest) throw problem('bundle-differs', { expected: shortDigest(digest), got: shortDigest(got) })
      await rm(this.manifest(digest), { force: true })
      // What still runs from a changed folder keeps its files under another name.
      await rename(folder, `${folder}.${randomUUID().slice(0, 8)}.old`).catch(() => undefined)
      await rename(temporary, folder)
      await writeFile(`${temporary}.json`, JSON.stringify(manifest), { mode: 0o600, flush: true })
      await rename(`${temporary}.json`, this.manifest(digest))
    } finally {
      await rm(temporary, { recursive: true, force: true })
    }
  }
}

async function unpack(
  source: AsyncIterable<Uint8Array>,
  folder: string,
  signal: AbortSignal,
): Promise<{ manifest: Manifest; got: Digest }> {
  const hash = createHash('sha256')
  const manifest: Manifest = []
  const tar = extract()
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const feeding = pipeline(
    Readable.from(source),
    async function* (bytes: AsyncIterable<Uint8Array>) {
      for await (const chunk of bytes) {
        hash.update(chunk)
        yield chunk
      }
    },
    tar,
    { signal },
  )
  // Awaited below; until then a refusal must not count as unhandled.
  feeding.catch(() => undefined)
  const links: { path: string; to: string }[] = []
  let total = 0
  try {
    for await (const entry of tar) {
      const path = safeEntry(entry.header)
      total += entry.header.size ?? 0
      if (manifest.length >= limits.entries || total > limits.bytes)
        throw problem('bundle-refused', { entry: path, why: 'is one too many: the bundle is too large' })
      if (entry.header.type === 'directory') await mkdir(join(folder, path), { recursive: true })
      else if (entry.header.type === 'symlink') links.push({ path, to: entry.header.linkname ?? '' })
      else {
        await mkdir(dirname(join(folder, path)), { recursive: true })
        const file = join(folder, path)
        await pipeline(entry, createWriteStream(file, { flags: 'wx' }))
        await chmod(file, (entry.header.mode ?? 0) & 0o111 ? 0o755 : 0o644)
        const { size, mtimeMs } = await stat(file)
        manifest.push({ path, size, mtimeMs })
      }
      entry.resume()
    }
  } catch (error) {
    tar.destroy()
    await feeding.catch(() => undefined)
    throw error
  }
  await feeding
  // Links last: while files are written, no path can lead through one.
  for (const { path, to } of links) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await symlink(to, join(folder, path))
  }
  return { manifest, got: `sha256:${hash.digest('hex')}` as Digest }
}
