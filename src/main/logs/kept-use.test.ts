import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { logsOver, Spring } from './fixtures/sources'
import { signatureOf } from './new-since'

const never = new AbortController().signal
const hour = 3_600_000

async function wholeOf(parts: AsyncIterable<{ base64: string; rows: number; of: number }>) {
  const all: { base64: string; rows: number; of: number }[] = []
  for await (const part of parts) all.push(part)
  return { bytes: Buffer.concat(all.map(({ base64 }) => Buffer.from(base64, 'base64'))), last: all.at(-1) }
}

test('an error is known again whatever numbers, ids and quotes it has this time', () => {
  const said = [
    'ERROR 2026: order 17 of user 4f1d2c3b-0000-4000-8000-123456789abc failed at 0x7ffe, key "a" in 12.5 ms',
    'ERROR 2027: order 999 of user 9a9a9a9a-1111-4111-9111-abcdefabcdef failed at 0x1, key "b \\" c" in 3 ms',
  ]
  expect(new Set(said.map(signatureOf)).size).toBe(1)
  expect(signatureOf('{"time":"2026-11-21T00:00:00Z","level":"error","msg":"no route to 10.0.0.7"}')).toBe('no route to #')
  expect(signatureOf('ERROR disk full')).not.toBe(signatureOf('ERROR disk slow'))
  expect(signatureOf('2026-11-21T01:02:03.004Z ERROR one')).toBe('ERROR one')
})

test('new since a deploy is what was not said in the hour before, most frequent first', async () => {
  const spring = new Spring('web')
  const { logs, open, rowsOf } = logsOver([spring])
  const at = Date.now() - 10_000
  spring.say('ERROR timeout after 30 ms', at - hour - 60_000)
  spring.say('ERROR old friend 1', at - 1000)
  spring.say('ERROR old friend 2', at + 1000)
  spring.say('INFO no error', at + 1000)
  for (let i = 0; i < 3; i++) spring.say(`ERROR no such column "c${i}"`, at + 2000 + i)
  spring.say('ERROR timeout after 40 ms', at + 3000)
  const viewId = await open()
  await expect.poll(async () => (await rowsOf(viewId)).length).toBe(8)
  const found = await logs.newSince(at, ['web'])
  expect(found.known).toBe(1)
  expect(found.errors.map(({ signature, count }) => [signature, count])).toEqual([
    ['ERROR no such column "…"', 3],
    ['ERROR timeout after # ms', 1],
  ])
  expect(found.errors[0]).toMatchObject({ at: at + 2000, source: 'web', level: 'error', text: 'ERROR no such column "c0"' })
  expect((await logs.newSince(at, ['other'])).errors).toEqual([])
  await logs.stop()
})

test('an export has every line that passes, masked, in order; packed or not', async () => {
  const spring = new Spring('web')
  const redactor = { redact: (text: string) => text.replaceAll('canary', '[secret]') }
  const { logs, caller, open, rowsOf } = logsOver([spring], { redactor })
  const at = Date.now() - 60_000
  for (let i = 0; i < 5000; i++) spring.say(`${i % 2 ? 'keep' : 'drop'} ${i} canary \u001b[31m`, at + i)
  const viewId = await open({ text: 'keep' })
  await expect.poll(async () => (await rowsOf(viewId)).length).toBe(2500)
  const plain = await wholeOf(logs.export({ viewId, format: 'text', gzip: false }, caller, never))
  const lines = plain.bytes.toString().split('\n').slice(0, -1)
  expect(lines).toHaveLength(2500)
  expect(lines[0]).toBe(`${new Date(at + 1).toISOString()} web web-1 keep 1 [secret] \\x1b[31m`)
  expect(plain.last).toMatchObject({ rows: 2500, of: 2500 })
  const packed = await wholeOf(logs.export({ viewId, format: 'jsonl', gzip: true }, caller, never))
  const objects = gunzipSync(packed.bytes)
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { text: string; name: string })
  expect(objects.map(({ text }) => Number(text.split(' ')[1]))).toEqual(Array.from({ length: 2500 }, (_, i) => 2 * i + 1))
  expect(objects[0]).toMatchObject({ name: 'web', kind: 'line', time: new Date(at + 1).toISOString() })
  await logs.stop()
})
