import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import { frames, type Stretch } from './stretch'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

/** What is known of a sealed file without reading its rows. */
export interface Sealed {
  number: number
  rows: number
  oldest: number
  newest: number
  sources: string[]
  /** On disk. */
  bytes: number
}

const magic = Buffer.from('slipway logs 1\n')
const name = (number: number, ending: string) => `${String(number).padStart(10, '0')}.${ending}`
export const sealedPath = (folder: string, number: number) => join(folder, name(number, 'zst'))
export const openPath = (folder: string, number: number) => join(folder, name(number, 'open'))

/** Sealed: the magic, the length of the head, the head (what is in it), and one frame, compressed. */
export async function writeSealed(folder: string, about: Omit<Sealed, 'bytes'>, frame: Buffer): Promise<Sealed> {
  const head = Buffer.from(JSON.stringify(about))
  const length = Buffer.allocUnsafe(4)
  length.writeUInt32LE(head.length)
  const file = Buffer.concat([magic, length, head, await compress(frame)])
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

/** The head of a sealed file and where its rows begin; null where it is not one. */
export function sealedHead(file: Buffer): { about: Omit<Sealed, 'bytes'>; body: number } | null {
  if (!file.subarray(0, magic.length).equals(magic) || file.length < magic.length + 4) return null
  const body = magic.length + 4 + file.readUInt32LE(magic.length)
  if (body > file.length) return null
  try {
    return { about: JSON.parse(file.toString('utf8', magic.length + 4, body)) as Omit<Sealed, 'bytes'>, body }
  } catch {
    return null
  }
}

export async function readSealed(folder: string, number: number): Promise<Stretch | null> {
  const file = await readFile(sealedPath(folder, number)).catch(() => null)
  const head = file && sealedHead(file)
  if (!file || !head) return null
  const frame = await decompress(file.subarray(head.body)).catch(() => null)
  return frame ? (frames(frame).next().value ?? null) : null
}

export const readOpen = async (folder: string, number: number): Promise<Stretch[]> => [
  ...frames(await readFile(openPath(folder, number))),
]

const headBytes = 256 * 1024

async function lookAt(folder: string, number: number): Promise<Sealed | null> {
  const handle = await open(sealedPath(folder, number), 'r')
  try {
    const { size } = await handle.stat()
    const start = Buffer.alloc(Math.min(size, headBytes))
    await handle.read(start, 0, start.length, 0)
    const head = sealedHead(start)
    return head && { ...head.about, number, bytes: size }
  } finally {
    await handle.close()
  }
}

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
