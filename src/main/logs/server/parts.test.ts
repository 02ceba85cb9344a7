import { describe, expect, test } from 'vitest'
import { Cutter } from './cutter'
import { FileReading } from './file-place'
import { Frames } from './frames'
import { entryOf, isAfter, placeOf } from './journal-entry'

const bytes = (text: string) => Buffer.from(text)
const textsOf = (lines: readonly { text: string }[]) => lines.map(({ text }) => text)

describe('frames of the program on a server', () => {
  const stream = bytes('\nKEY F 1 1 /a\n\nKEY D 1 7.7.0 0\none\n\nKEYS are no frame\n\nKEY E\n')
  const whole = (parts: readonly { head: string; bytes: Buffer }[]) => {
    const all = new Map<string, string>()
    for (const { head, bytes: more } of parts) all.set(head, (all.get(head) ?? '') + more.toString())
    return Object.fromEntries(all)
  }

  test('come out the same however the bytes are cut', () => {
    for (let size = 1; size <= stream.length; size++) {
      const frames = new Frames('KEY')
      const parts = []
      for (let at = 0; at < stream.length; at += size) parts.push(...frames.take(stream.subarray(at, at + size)))
      expect(whole(parts)).toEqual({ 'F 1 1 /a': '', 'D 1 7.7.0 0': 'one\n\nKEYS are no frame\n', E: '' })
    }
  })

  test('a head is told before its bytes end', () => {
    expect([...new Frames('KEY').take(bytes('\nKEY C\n'))]).toMatchObject([{ head: 'C', first: true }])
  })
})

describe('lines', () => {
  test('are cut at 64 KiB with a count of the rest, and the next one is whole', () => {
    const cutter = new Cutter()
    const lines = [bytes('x'.repeat(100_000)), bytes(`${'x'.repeat(100)}\nnext\r\nopen`)].flatMap((one) => cutter.take(one))
    expect(lines.map(({ text, cut }) => [text.length, cut])).toEqual([
      [65_536, 100_100 - 65_536],
      [4, 0],
    ])
    expect(textsOf(cutter.finish())).toEqual(['open'])
  })
})

describe('a file that is read on', () => {
  test('after any interruption each line comes once', () => {
    const text = 'first\nsecond line\n\nvierte Zeile äöü\nlast\n'
    const all = bytes(text)
    for (let cut = 0; cut <= all.length; cut++) {
      const before = new FileReading('1.1.0', 0)
      const taken = textsOf(before.take(all.subarray(0, cut)))
      const after = FileReading.on(before.place)
      taken.push(...textsOf(after.take(all.subarray(after.next))))
      expect(taken).toEqual(text.split('\n').slice(0, -1))
    }
  })

  test('one that was replaced by another is known by the bytes before the place', () => {
    const before = new FileReading('1.1.0', 0)
    before.take(bytes('one\ntwo\n'))
    const after = FileReading.on(before.place)
    expect(after.take(bytes('eins\nzwei\n').subarray(after.next))).toEqual([])
    expect(after.wrong).toBe(true)
  })
})

describe('an entry of the journal', () => {
  const entry = (more: object) =>
    entryOf(JSON.stringify({ __CURSOR: 's=a;i=1f;t=5', __REALTIME_TIMESTAMP: '1795258966921123', ...more }))

  test('has its time, its level, its unit and who wrote it', () => {
    const found = entry({ MESSAGE: 'no', PRIORITY: '3', _SYSTEMD_UNIT: 'a.service', SYSLOG_IDENTIFIER: 'a', _PID: '7' })
    expect(found?.records).toEqual([{ at: 1_795_258_966_921, instance: 'a[7]', level: 'error', text: 'no', cut: 0 }])
    expect(found?.units).toEqual(new Set(['a.service']))
  })

  test('with bytes that are no text is shown as far as it goes, and several lines are several', () => {
    expect(entry({ MESSAGE: [104, 105, 255] })?.records[0]?.text).toBe('hi\u{FFFD}')
    expect(textsOf(entry({ MESSAGE: 'Error: no\n    at a\n' })?.records ?? [])).toEqual(['Error: no', '    at a'])
    expect(entryOf('no entry')).toBeNull()
  })

  test('comes after another by its number within one journal, else by time', () => {
    expect(isAfter(placeOf('s=a;i=10;t=1'), placeOf('s=a;i=f;t=2'))).toBe(true)
    expect(isAfter(placeOf('s=b;i=1;t=3'), placeOf('s=a;i=f;t=2'))).toBe(true)
    expect(isAfter(placeOf('s=a;i=f;t=9'), placeOf('s=a;i=f;t=9'))).toBe(false)
  })
})
