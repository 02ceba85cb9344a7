import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { problem } from './text'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.json': 'application/json',
  '.map': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
}

export interface ServedFile {
  type: string
  /** Its name carries the hash of its content, so it may be kept for ever. */
  lasting: boolean
  read(): Buffer
}

export type Found = { file: ServedFile } | { refused: 400 | 404 }

/**
 * The built interface, as an index made once: what is not in it does not exist,
 * whatever lies on the disk. Throws `interface-missing`.
 */
export function indexFiles(folder: string): (path: string) => Found {
  const index = new Map<string, ServedFile>()
  for (const path of filesIn(folder)) index.set(`/${relative(folder, path).split(sep).join('/')}`, served(path))
  const start = index.get('/index.html')
  if (!start) throw problem('interface-missing', { folder })
  index.set('/', start)
  return (path) => {
    if (!isPlainPath(path)) return { refused: 400 }
    const file = index.get(path)
    return file ? { file } : { refused: 404 }
  }
}

/** Whether a path says plainly what it means: no escapes, no dots that climb, no doubled or turned slashes. */
export const isPlainPath = (path: string) => /^\/(?:[\w@~-][\w.@~-]*(?:\/|$))*$/.test(path) && !path.includes('..')

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
  } catch (error) {
    throw problem('interface-missing', { folder }, error)
  }
}

function served(path: string): ServedFile {
  let kept: Buffer | null = null
  return {
    type: types[extname(path)] ?? 'application/octet-stream',
    lasting: /[\\/]assets[\\/].*-[\w-]{8,}\.\w+$/.test(path),
    read: () => (kept ??= readFileSync(path)),
  }
}
