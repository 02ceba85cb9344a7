import { createReadStream, createWriteStream } from 'node:fs'
import { join, posix } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { extract, pack, type Header } from 'tar-stream'
import { canonical, staysInside, type Entry } from './entries'
import { problem } from './text'

const epoch = new Date(0)

const headerOf = ({ path, kind, executable, size, to }: Entry) => ({
  name: kind === 'folder' ? `${path}/` : path,
  type: kind === 'folder' ? ('directory' as const) : kind === 'link' ? ('symlink' as const) : ('file' as const),
  mode: executable || kind === 'folder' ? 0o755 : 0o644,
  size: kind === 'file' ? size : 0,
  ...(kind === 'link' ? { linkname: to } : {}),
  mtime: epoch,
  uid: 0,
  gid: 0,
  uname: '',
  gname: '',
})

/** The canonical tar of these entries: sorted, fixed times, owners and modes. Same content, same bytes. */
export async function* tarOf(entries: readonly Entry[], signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const tar = pack()
  const filling = fill(tar, entries, signal)
  filling.catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))))
  yield* tar as AsyncIterable<Uint8Array>
  await filling
}

async function fill(tar: ReturnType<typeof pack>, entries: readonly Entry[], signal?: AbortSignal) {
  for (const entry of entries) {
    signal?.throwIfAborted()
    if (entry.kind !== 'file' || entry.size === 0) {
      tar.entry(headerOf(entry), Buffer.alloc(0))
      continue
    }
    await pipeline(entry.read(), exactly(entry), tar.entry(headerOf(entry)))
  }
  tar.finalize()
}

/** The size stands in the header before the bytes: a file that grows or shrinks meanwhile would break the tar. */
const exactly = (entry: Entry) =>
  async function* (source: AsyncIterable<Uint8Array>) {
    let size = 0
    for await (const chunk of source) {
      size += chunk.length
      if (size > entry.size) break
      yield chunk
    }
    if (size !== entry.size) throw problem('file-moved', { file: entry.path })
  }

function pathOf({ name, type, linkname }: Header): string {
  const refuse = (why: string) => problem('entry-refused', { entry: JSON.stringify(name).slice(0, 200), why })
  const path = posix.normalize(name).replace(/^\.\//, '').replace(/\/+$/, '')
  if (name.includes('\0') || name.includes('\\') || posix.isAbsolute(name) || name.split('/').includes('..'))
    throw refuse('has a name that leads out of the folder')
  if (type === 'symlink' && !staysInside(path, linkname ?? '')) throw refuse('is a link that leads out of the folder')
  if (!['file', 'directory', 'symlink'].includes(type ?? 'file')) throw refuse('is neither a file, a folder nor a link')
  return path
}

/** The entries of a given tar, their bytes laid down in `folder` under numbers. A later entry of the same name wins, as in tar. */
export async function entriesInTar(file: string, folder: string, signal?: AbortSignal): Promise<Entry[]> {
  const found = new Map<string, Entry>()
  const tar = extract()
  const reading = pipeline(createReadStream(file), tar, signal ? { signal } : {})
  reading.catch(() => undefined)
  try {
    let number = 0
    for await (const entry of tar) {
      const path = pathOf(entry.header)
      const { type, mode, linkname } = entry.header
      const bytes = join(folder, String((number += 1)))
      const kind = type === 'directory' ? 'folder' : type === 'symlink' ? 'link' : 'file'
      if (kind === 'file') await pipeline(entry, createWriteStream(bytes, { mode: 0o600 }))
      else entry.resume()
      if (path === '.' || path === '') continue
      const size = kind === 'file' ? (entry.header.size ?? 0) : 0
      found.set(path, {
        path,
        kind,
        executable: kind === 'file' && (mode & 0o100) !== 0,
        size,
        to: linkname ?? '',
        read: () => createReadStream(bytes) as AsyncIterable<Uint8Array>,
      })
    }
  } catch (error) {
    tar.destroy()
    await reading.catch(() => undefined)
    throw error
  }
  await reading
  return canonical([...found.values()])
}
