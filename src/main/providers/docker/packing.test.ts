import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { packed } from './packing'

const megabyte = 1024 * 1024
/** Bytes as programs are made of them, and as many as are asked for. */
const program = readFileSync(process.execPath).subarray(0, 32 * megabyte)

/** What arrives over a link that takes so many bytes a millisecond, by a clock that only the link moves. */
async function over(link: number): Promise<Buffer> {
  let now = 0
  const pieces: Uint8Array[] = []
  const source = async function* () {
    for (let at = 0; at < program.length; at += 65_536) yield program.subarray(at, at + 65_536)
  }
  for await (const piece of packed(source(), () => now)) {
    pieces.push(piece)
    now += piece.byteLength / link
  }
  return Buffer.concat(pieces)
}

const unpacked = (bytes: Buffer) => execFileSync('gzip', ['-dc'], { input: bytes, maxBuffer: 64 * megabyte })

test.each([
  { words: 'over 20 Mbit/s comes packed', link: 2500, least: 0, most: 0.5 },
  { words: 'over 100 Mbit/s comes packed', link: 12_500, least: 0, most: 0.6 },
  { words: 'over 10 Gbit/s hardly packed', link: 1_250_000, least: 0.7, most: 1.01 },
])('what goes $words, and is the same to any gzip', async ({ link, least, most }) => {
  const came = await over(link)
  expect(unpacked(came).equals(program)).toBe(true)
  expect(came.length / program.length).toBeLessThan(most)
  expect(came.length / program.length).toBeGreaterThan(least)
})

test('nothing is packed as an archive of nothing', async () => {
  const none = async function* () {}
  for await (const _ of packed(none(), () => 0)) expect.unreachable('nothing came')
})
