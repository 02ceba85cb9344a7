import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testImage } from '../../../test/support/image'
import { createArtifacts, type Artifacts } from '.'

let folder: string
let store: Artifacts
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-images-'))
  store = createArtifacts(folder)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const add = (bytes: Buffer, wanted: Parameters<Artifacts['addImage']>[2] = null) =>
  store.addImage(Readable.from([bytes]), 'image.tar', wanted)
const readAll = async (digest: Parameters<Artifacts['read']>[0]) => {
  const parts: Uint8Array[] = []
  for await (const part of store.read(digest)) parts.push(part)
  return Buffer.concat(parts)
}

test('D8 an archive is the image that its own configuration says, compressed or not', async () => {
  const { digest, archive } = await testImage({ version: 'v1' })
  expect(await add(archive)).toMatchObject({ digest, kind: 'image' })
  expect(store.has(digest)).toBe(true)
  expect((await readAll(digest)).equals(archive)).toBe(true)
  expect((await add(gzipSync(archive))).digest).toBe(digest)
})

test('D8 an archive whose layer is another than it names is refused, and nothing of it stays', async () => {
  const { archive } = await testImage({ version: 'v1' })
  const at = archive.indexOf('listening as')
  archive[at] = 'L'.charCodeAt(0)
  await expect(add(archive)).rejects.toMatchObject({ problem: { code: 'image-archive-wrong' } })
  expect(readdirSync(join(folder, 'artifacts'))).toEqual([])
})

test('an archive of another image than was wanted, a cut one and nonsense are refused in words', async () => {
  const [one, two] = [await testImage({ version: 'v1' }), await testImage({ version: 'v2' })]
  await expect(add(one.archive, two.digest)).rejects.toThrow(/it is .* and not/)
  await expect(add(one.archive.subarray(0, 4000))).rejects.toMatchObject({ problem: { code: 'image-archive-wrong' } })
  await expect(add(Buffer.from('no tar at all'))).rejects.toMatchObject({ problem: { code: 'image-archive-wrong' } })
})

test('an archive that was damaged on disk is not given out as whole', async () => {
  const { digest, archive } = await testImage({ version: 'v1' })
  await add(archive)
  const file = join(folder, 'artifacts', `${digest.slice(7)}.image.tar`)
  const bytes = readFileSync(file)
  bytes[bytes.length - 2000] = 7
  writeFileSync(file, bytes)
  await expect(readAll(digest)).rejects.toMatchObject({ problem: { code: 'artifact-damaged' } })
})
