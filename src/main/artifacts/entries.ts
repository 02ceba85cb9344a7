import { createReadStream } from 'node:fs'
import { lstat, readFile, readdir, readlink } from 'node:fs/promises'
import { join, posix } from 'node:path'
import ignore, { type Ignore } from 'ignore'
import { problem } from './text'

/** One thing in a canonical tar. */
export interface Entry {
  path: string
  kind: 'file' | 'link' | 'folder'
  executable: boolean
  size: number
  /** Where a link leads. */
  to: string
  read(): AsyncIterable<Uint8Array>
}

const nothing = async function* (): AsyncGenerator<Uint8Array> {}
const byPath = (a: Entry, b: Entry) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path))

/** Whether a link at `path` stays inside the bundle. */
export function staysInside(path: string, to: string): boolean {
  if (to === '' || posix.isAbsolute(to) || to.includes('\\') || to.includes('\0')) return false
  const end = posix.normalize(posix.join(posix.dirname(path), to))
  return end !== '..' && !end.startsWith('../')
}

/** Puts entries in their one order. Folders are named only where they are empty: the others follow from what is in them. */
export function canonical(entries: readonly Entry[]): Entry[] {
  const filled = new Set(entries.flatMap(({ path }) => parents(path)))
  return entries.filter((entry) => entry.kind !== 'folder' || !filled.has(entry.path)).toSorted(byPath)
}

function parents(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'))
}

async function ignored(folder: string): Promise<Ignore> {
  const rules = await readFile(join(folder, '.slipwayignore'), 'utf8').catch(() => '')
  return ignore().add('.git').add(rules)
}

/** What is to be packed of a folder, by its `.slipwayignore`. `.git` is never packed. */
export async function entriesOf(root: string, signal?: AbortSignal): Promise<Entry[]> {
  const rules = await ignored(root)
  const found: Entry[] = []
  const walk = async (folder: string) => {
    signal?.throwIfAborted()
    const children = await readdir(join(root, folder), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      throw problem('folder-unreadable', { folder: join(root, folder), why: error.code ?? 'unknown reason' }, error)
    })
    for (const child of children) {
      const path = posix.join(folder, child.name)
      if (rules.ignores(child.isDirectory() ? `${path}/` : path)) continue
      const entry = await entryAt(root, path)
      found.push(entry)
      if (entry.kind === 'folder') await walk(path)
    }
  }
  await walk('')
  return canonical(found)
}

async function entryAt(root: string, path: string): Promise<Entry> {
  const full = join(root, path)
  const found = await lstat(full)
  const base = { path, executable: false, size: 0, to: '', read: nothing }
  if (found.isDirectory()) return { ...base, kind: 'folder' }
  if (found.isSymbolicLink()) {
    const to = await readlink(full)
    if (!staysInside(path, to)) throw problem('entry-refused', { entry: path, why: 'is a link that leads out of the folder' })
    return { ...base, kind: 'link', to }
  }
  if (!found.isFile()) throw problem('entry-refused', { entry: path, why: 'is a device, a socket or a pipe' })
  return {
    ...base,
    kind: 'file',
    executable: (found.mode & 0o100) !== 0,
    size: found.size,
    read: () => createReadStream(full) as AsyncIterable<Uint8Array>,
  }
}
