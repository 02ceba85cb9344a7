import { ORPCError } from '@orpc/client'
import type { ContractRouterClient } from '@orpc/contract'
import { expect, test, vi } from 'vitest'
import type { Contract } from '../../src/shared/api'
import { hostileFrames } from './hostile'
import { smallRouter, someIds, type Seen } from './router'

export interface Wire {
  client: ContractRouterClient<Contract>
  seen: Seen
  /** Sends a frame past the client, as a hostile page could. */
  raw(frame: unknown): void
  /** Lets the other end take what was sent, now and then. */
  settle(): Promise<void>
  /** Closes the client's end. */
  close(): Promise<void>
  /** Whether the other end still takes frames. */
  isOpen(): boolean
  [Symbol.asyncDispose](): Promise<void>
}

export type OpenWire = (app?: ReturnType<typeof smallRouter>) => Promise<Wire>

const thrownBy = async (work: Promise<unknown>) => {
  try {
    await work
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

/** What every transport must carry alike. */
export function channelSuite(open: OpenWire) {
  test('carries a call and its answer', async () => {
    await using wire = await open()
    expect(await wire.client.host.info()).toMatchObject({ version: '1', dataDir: '/data' })
  })

  test('carries a hundred calls at once, each to its own answer', async () => {
    await using wire = await open()
    const names = Array.from({ length: 100 }, (_, at) => 'n'.repeat((at % 79) + 1))
    const answers = await Promise.all(names.map((name) => thrownBy(wire.client.apps.rename({ appId: someIds.app, name }))))
    expect(answers.map((answer) => (answer as ORPCError<string, { data: { length: number } }>).data.data.length)).toEqual(
      names.map((name) => name.length),
    )
  })

  test('a problem arrives with its code, its data and its words', async () => {
    await using wire = await open()
    const error = await thrownBy(wire.client.host.openExternal({ url: 'file:///etc/passwd' }))
    expect(error).toBeInstanceOf(ORPCError)
    expect(error).toMatchObject({
      code: 'PROBLEM',
      data: { code: 'address-refused', data: { url: 'file:///etc/passwd' }, message: 'That address is not opened from here.' },
    })
  })

  test('bad input names the field and has no effect', async () => {
    await using wire = await open()
    const error = await thrownBy(wire.client.environments.create({ slug: 'Not A Slug', name: 'x', protected: false }))
    expect(error).toMatchObject({ code: 'BAD_REQUEST' })
    expect((error as ORPCError<string, { issues: { path: string[] }[] }>).data.issues.map((issue) => issue.path)).toEqual([
      ['slug'],
    ])
    expect(wire.seen.effects).toEqual([])
  })

  test('an unforeseen error arrives without its text', async () => {
    await using wire = await open()
    const error = await thrownBy(wire.client.host.chooseFolder())
    expect(error).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' })
    expect(JSON.stringify(error) + String(error)).not.toContain('canary')
  })

  test('an unforeseen error inside a stream ends it without its text', async () => {
    await using wire = await open()
    const got: number[] = []
    const error = await thrownBy(
      (async () => {
        for await (const { batch } of await wire.client.logs.follow({ viewId: 'breaks' })) got.push(batch)
      })(),
    )
    expect(got).toEqual([1, 2])
    expect(JSON.stringify(error) + String(error)).not.toContain('canary')
  })

  test('a stream arrives whole and in order', async () => {
    await using wire = await open()
    const got: number[] = []
    for await (const { batch } of await wire.client.logs.follow({ viewId: 'hundred' })) got.push(batch)
    expect(got).toEqual(Array.from({ length: 100 }, (_, at) => at + 1))
  })

  test('letting go of a stream ends its generator', async () => {
    await using wire = await open()
    for await (const { batch } of await wire.client.logs.follow({ viewId: 'endless' })) if (batch === 5) break
    await vi.waitFor(() => expect(wire.seen.streamsOpen).toBe(0))
  })

  test('an abort reaches a generator that waits', async () => {
    await using wire = await open()
    const control = new AbortController()
    const stream = await wire.client.logs.follow({ viewId: 'quiet' }, { signal: control.signal })
    const ended = thrownBy(stream.next())
    await vi.waitFor(() => expect(wire.seen.streamsOpen).toBe(1))
    control.abort()
    await ended
    await vi.waitFor(() => expect(wire.seen.streamsOpen).toBe(0))
  })

  test('the end of a channel ends its streams and tells the app that the client is gone', async () => {
    await using wire = await open()
    const stream = await wire.client.logs.follow({ viewId: 'quiet' })
    const ended = thrownBy(stream.next())
    await vi.waitFor(() => expect(wire.seen.streamsOpen).toBe(1))
    await wire.close()
    await ended
    await vi.waitFor(() => expect(wire.seen).toMatchObject({ streamsOpen: 0, gone: 1 }))
  })

  test('two clients are told apart and neither ends the other', async () => {
    const app = smallRouter()
    await using one = await open(app)
    await using two = await open(app)
    await Promise.all([one.client.host.info(), two.client.host.info()])
    expect(app.seen.clients.size).toBe(2)
    await one.close()
    expect(await two.client.host.info()).toMatchObject({ version: '1' })
  })

  test('carries an answer of four megabytes', async () => {
    await using wire = await open()
    const { text } = await wire.client.host.report()
    expect(Buffer.byteLength(text)).toBe(4_500_000)
  })

  test('E2 ten thousand hostile messages have no effect and crash nothing', async () => {
    const app = smallRouter()
    const unhandled: unknown[] = []
    const note = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    const quiet = vi.spyOn(console, 'error').mockImplementation(() => {})
    let wire = await open(app)
    let letGo = 0
    for (const frame of hostileFrames(10_000)) {
      if (!wire.isOpen()) {
        letGo += 1
        await wire[Symbol.asyncDispose]()
        wire = await open(app)
      }
      wire.raw(frame)
      await wire.settle()
    }
    await wire[Symbol.asyncDispose]()
    await using fresh = await open(app)
    expect(await fresh.client.host.info()).toMatchObject({ version: '1' })
    expect(app.seen.effects).toEqual([])
    expect(app.seen.streamsOpen).toBe(0)
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(unhandled).toEqual([])
    expect(letGo).toBeGreaterThan(0)
    quiet.mockRestore()
    process.off('unhandledRejection', note)
  })
}
