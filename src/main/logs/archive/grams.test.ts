import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { everything } from '../../../shared/domain/log'
import { lineTest } from '../lines'
import { isAscii } from './find'
import { gramsOf, mayHold } from './grams'
import { sealedBytes } from './sealed'
import { FileSearch } from './search'
import { encode, type ColumnArrays } from './stretch'
import { zstdCompressSync } from 'node:zlib'

let folder: string
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'slipway-grams-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The same numbers in every run. */
function dice(seed: number) {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

// Beside ASCII: signs whose lower case is longer, is of ASCII, or depends on what stands beside them.
const signs = Array.from('abcXYZ 019=/.-_"{}ÄöüßΣςσİıKſéÉ漢字😀\u0301\t')
const textOf = (roll: (below: number) => number, length: number) =>
  Array.from({ length }, () => signs[roll(signs.length)]).join('')

/** The same lines as a sealed file of now, and as one of before, which has no set of runs. */
function filesOf(name: string, lines: readonly string[]) {
  const text = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  const rows = lines.length
  let end = -1
  const arrays: ColumnArrays = {
    at: Float64Array.from(lines.keys()),
    came: new Float64Array(rows),
    count: new Uint32Array(rows),
    ends: Uint32Array.from(lines, (line) => (end += Buffer.byteLength(line) + 1)),
    source: new Uint16Array(rows),
    instance: new Uint16Array(rows),
    parts: new Uint16Array(rows),
    level: new Uint8Array(rows),
    late: new Uint8Array(rows),
    kind: new Uint8Array(rows),
    part: new Uint8Array(rows),
  }
  const head = { rows, sources: { 0: 'web' }, instances: { 0: 'one' }, markers: {}, cursors: {} }
  const about = { number: 0, rows, oldest: 0, newest: rows - 1, sources: ['web'] }
  const [now, before] = [join(folder, `${name}.zst`), join(folder, `${name}-before.zst`)]
  writeFileSync(now, sealedBytes({ about, head, arrays, text }))
  const json = Buffer.from(JSON.stringify(about))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(json.length)
  writeFileSync(
    before,
    Buffer.concat([Buffer.from('slipway logs 1\n'), length, json, zstdCompressSync(encode(head, arrays, 0, text))]),
  )
  return { now, before }
}

const question = (filter: object, lines: number) => ({
  filter: { ...everything, ...filter },
  sources: ['web'],
  most: lines,
  from: 0,
  step: 7,
  buckets: 10,
})

test('whatever is asked, a file that says what it may hold answers as one that does not, and holds all that a look at each line finds', () => {
  const roll = dice(7)
  let [ruledOut, found] = [0, 0]
  for (let round = 0; round < 25; round++) {
    const lines = Array.from({ length: 1 + roll(60) }, () => textOf(roll, roll(40)))
    const { now, before } = filesOf(`r${round}`, lines)
    const search = new FileSearch(1e6)
    for (let asked = 0; asked < 30; asked++) {
      const line = lines[roll(lines.length)] ?? ''
      const from = roll(line.length + 1)
      const held = line.slice(from, from + 1 + roll(12))
      const text = [held, held.toUpperCase(), textOf(roll, 1 + roll(9)), `${held}${textOf(roll, 2)}`][asked % 4] ?? ''
      for (const filter of [{ text }, { text: text.replaceAll(/[^\w ]/g, '.'), regex: true }, { exclude: text }]) {
        const query = question(filter, lines.length)
        const answer = search.search([now], query, -Infinity)
        const former = search.search([before], query, -Infinity)
        expect({ ...answer, ruledOut: 0 }).toEqual(former)
        // Signs of another alphabet whose lower case is of ASCII are not found by ASCII, where only bytes are asked.
        const alike = isAscii(lines.join('')) || !isAscii(text)
        const passes = lineTest(query.filter).text
        expect(answer.found).toBe(alike ? lines.filter((one) => passes(one)).length : former.found)
        ruledOut += answer.ruledOut
        found += answer.found
      }
    }
  }
  // Both were really met.
  expect(ruledOut).toBeGreaterThan(200)
  expect(found).toBeGreaterThan(2000)
})

describe('what a text may hold', () => {
  const lines = Array.from({ length: 5000 }, (_, n) => `2026-11-21 INFO order ${n * 7} taken by Jürgen`).join('\n')

  test('is never denied for what is there, in any case', () => {
    const grams = gramsOf(Buffer.from(lines))
    for (const word of ['order 34993', 'taken by jürgen', 'jürg', 'info', 'a']) expect(mayHold(grams, word)).toBe(true)
  })

  test('is denied for nearly all that is not there', () => {
    const grams = gramsOf(Buffer.from(lines))
    const absent = Array.from({ length: 500 }, (_, n) => `request ${n} failed`)
    expect(absent.filter((word) => mayHold(grams, word)).length).toBeLessThan(10)
    expect(mayHold({ ...grams, ascii: true }, 'jürgen')).toBe(false)
  })

  test('is not said of a text that holds nearly everything', () => {
    const roll = dice(3)
    const noise = Buffer.from(Array.from({ length: 4_000_000 }, () => 33 + roll(90)))
    const grams = gramsOf(noise)
    expect(grams.grams).toHaveLength(0)
    expect(mayHold(grams, 'whatever')).toBe(true)
  })
})

test('a head that was changed on disk denies nothing: its file is passed over', () => {
  const { now } = filesOf('changed', ['one line', 'another line'])
  const search = new FileSearch(0)
  expect(search.search([now], question({ text: 'another' }, 2), -Infinity).found).toBe(1)
  const bytes = readFileSync(now)
  bytes[60] = (bytes[60] as number) ^ 1
  writeFileSync(now, bytes)
  expect(search.search([now], question({ text: 'another' }, 2), -Infinity)).toMatchObject({ found: 0, rows: 0 })
})
