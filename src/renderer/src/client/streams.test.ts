import { ORPCError } from '@orpc/client'
import { expect, test } from 'vitest'
import { resumeWith } from './streams'

const open = { whenOpen: () => Promise.resolve() }

test('a stream goes on after the last item seen when its link is lost, and shows none twice', async () => {
  const all = [1, 2, 3, 4, 5, 6]
  let losses = 0
  async function* part(after: number) {
    for (const item of all.filter((one) => one > after)) {
      await Promise.resolve()
      yield item
      if (item % 2 === 0 && losses < 2) {
        losses += 1
        throw new Error('the socket went')
      }
    }
  }
  const seen: number[] = []
  for await (const item of resumeWith<number>(open, (last) => Promise.resolve(part(last ?? 0)), new AbortController().signal))
    seen.push(item)
  expect(seen).toEqual(all)
  expect(losses).toBe(2)
})

test('a problem that the owner answers ends the stream with that problem', async () => {
  const refuse = () =>
    Promise.reject(new ORPCError('PROBLEM', { data: { code: 'run-unknown', data: {}, message: 'No such run.' } }))
  const stream = resumeWith<number>(open, refuse, new AbortController().signal)
  await expect(stream.next()).rejects.toMatchObject({ data: { code: 'run-unknown' } })
})

test('a stream that is let go of ends without a word', async () => {
  const gone = new AbortController()
  const stream = resumeWith<number>(
    open,
    async () => {
      await Promise.resolve()
      gone.abort()
      throw new Error('aborted')
    },
    gone.signal,
  )
  expect(await stream.next()).toEqual({ done: true, value: undefined })
})
