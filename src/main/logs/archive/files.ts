import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { headIn, headLength, stretchIn, type About } from './sealed'
import { frames, type Stretch } from './stretch'

const decompress = promisify(zstdDecompress)

/** A sealed file, and what it takes on disk. */
export interface Sealed extends About {
  bytes: number
}

/** Files of before: the head (what is in it), then one frame, compressed. */
const magic = Buffer.from('slipway logs 1\n')
const name = (number: number, ending: string) => `${String(number).padStart(10, '0')}.${ending}`
export const sealedPath = (folder: string, number: number) => join(folder, name(number, 'zst'))
export const openPath = (folder: string, number: number) => join(folder, name(number, 'open'))

/** Writes a sealed file beside its place, and puts it there once it is whole. */
export async function writeSealed(folder: string, about: About, file: Uint8Array): Promise<Sealed> {
  const path = sealedPath(folder, about.number)
  const beside = `${path}.new`
  const handle = await open(beside, 'w', 0o600)
  try {
    await handle.writeFile(file)
    await handle.datasync()
  } finally {
    await handle.close()
  }
  await rename(beside, path)
  return { ...about, bytes: file.length }
}

/** The head of a sealed file of before and where its rows begin; null where it is not one. */
export function formerHead(file: Buffer): { about: About; body: number } | null {
  if (!file.subarray(0, magic.length).equals(magic) || file.length < magic.length + 4) return null
  const body = magic.length + 4 + file.readUInt32LE(magic.length)
  if (body > file.length) return null
  try {
    return { about: JSON.parse(file.toString('utf8', magic.length + 4, body)) as About, body }
  } catch {
    return null
  }
}

export async function readSealed(folder: string, number: number): Promise<Stretch | null> {
  const file = await readFile(sealedPath(folder, number)).catch(() => null)
  if (!file) return null
  const former = formerHead(file)
  try {
    if (!former) return stretchIn(file)
    return frames(await decompress(file.subarray(former.body))).next().value ?? null
  } catch {
    return null
  }
}

export const readOpen = async (folder: string, number: number): Promise<Stretch[]> => [
  ...frames(await readFile(openPath(folder, number))),
]

const startBytes = 4 * 1024

/** What is known of a sealed file from its beginning. */
async function lookAt(folder: string, number: number): Promise<Sealed | null> {
  const handle = await open(sealedPath(folder, number), 'r')
  try {
    const { size } = await handle.stat()
    const read = async (length: number) => {
      const start = Buffer.alloc(Math.min(size, length))
      await handle.read(start, 0, start.length, 0)
      return start
    }
    const start = await read(startBytes)
    const length = headLength(start)
    const head = length === null ? formerHead(await read(256 * 1024))?.about : headIn(await read(length))
    return head ? { ...aboutIn(head), number, bytes: size } : null
  } finally {
    await handle.close()
  }
}

const aboutIn = ({ number, rows, oldest, newest, sources }: About): About => ({ number, rows, oldest, newest, sources })

/** What lies in the folder: sealed files, and those that were being written. A file that cannot be read is left where it is. */
export async function lookThrough(folder: string): Promise<{ sealed: Sealed[]; open: number[] }> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const names = await readdir(folder)
  const numbers = (ending: string) => names.filter((one) => one.endsWith(`.${ending}`)).map((one) => Number(one.slice(0, 10)))
  await Promise.all(names.filter((one) => one.endsWith('.new')).map((one) => rm(join(folder, one), { force: true })))
  const looks = await Promise.all(numbers('zst').map((number) => lookAt(folder, number).catch(() => null)))
  const sealed = looks.filter((one) => one !== null).toSorted((a, b) => a.number - b.number)
  const whole = new Set(sealed.map(({ number }) => number))
  // Sealed and not yet removed.
  const left = numbers('open').filter((number) => whole.has(number))
  await Promise.all(left.map((number) => rm(openPath(folder, number), { force: true })))
  return {
    sealed,
    open: numbers('open')
      .filter((number) => !whole.has(number))
      .toSorted((a, b) => a - b),
  }
}

/** Appends to an open file; a part that was written when this failed is cut off again. */
export async function appendOpen(folder: string, number: number, frame: Buffer, at: number): Promise<void> {
  const path = openPath(folder, number)
  const handle = await open(path, 'a', 0o600)
  try {
    // What a crash or a full disk left behind the last whole frame.
    if ((await handle.stat()).size !== at) await handle.truncate(at)
    await handle.writeFile(frame)
  } finally {
    await handle.close()
  }
}

export const remove = (path: string) => rm(path, { force: true })
