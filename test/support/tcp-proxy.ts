import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface TcpProxy {
  port: number
  /** Milliseconds that every piece of data waits, each way. Order is kept. */
  delay(ms: number): void
  /** Bytes a second, each way and for each connection; null: as they come. */
  throttle(bytesPerSecond: number | null): void
  /** Ends every connection: both sides get a reset. New ones are let in. */
  cut(): void
  /** Passes nothing on, and closes nothing: neither side hears of the other, as behind a firewall that drops. */
  drop(): void
  /** Passes on what the server says, and nothing of what the client says: half open. */
  halfOpen(): void
  /** Ends what `drop` and `halfOpen` began. What came meanwhile is lost. */
  heal(): void
  /** Lets nobody in (a reset at once), until told otherwise. */
  refuse(refusing: boolean): void
  connections(): number
  stop(): Promise<void>
}

type Side = 'client' | 'server'

interface State {
  delay: number
  rate: number | null
  deaf: ReadonlySet<Side>
  refusing: boolean
}

/** One way of a connection. A stop of the reader is the throttle: it holds back whoever writes. */
async function pass(side: Side, from: Socket, to: Socket, state: State): Promise<void> {
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      if (state.delay > 0) await sleep(state.delay)
      if (state.rate !== null) await sleep((chunk.length * 1000) / state.rate)
      if (state.deaf.has(side)) continue
      if (!to.write(chunk)) await new Promise<void>((resolve) => (to.once('drain', resolve), to.once('close', () => resolve())))
    }
    if (!state.deaf.has(side)) to.end()
  } catch {
    if (!state.deaf.has(side)) to.resetAndDestroy()
  }
}

/** A way to a port that can be slow, narrow, cut or silent. */
export async function startTcpProxy(toPort: number, toHost = '127.0.0.1'): Promise<TcpProxy> {
  const state: State = { delay: 0, rate: null, deaf: new Set(), refusing: false }
  const pairs = new Set<readonly [Socket, Socket]>()
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    client.on('error', () => {})
    if (state.refusing) {
      client.resetAndDestroy()
      return
    }
    const upstream = connect({ port: toPort, host: toHost, noDelay: true, allowHalfOpen: true })
    upstream.on('error', () => {})
    const pair = [client, upstream] as const
    pairs.add(pair)
    const gone = () => client.destroyed && upstream.destroyed && pairs.delete(pair)
    client.once('close', gone)
    upstream.once('close', gone)
    void pass('client', client, upstream, state)
    void pass('server', upstream, client, state)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy()
    pairs.clear()
  }
  return {
    port: (server.address() as AddressInfo).port,
    delay: (ms) => void (state.delay = ms),
    throttle: (rate) => void (state.rate = rate),
    cut,
    drop: () => void (state.deaf = new Set(['client', 'server'])),
    halfOpen: () => void (state.deaf = new Set(['client'])),
    heal: () => void (state.deaf = new Set()),
    refuse: (refusing) => void (state.refusing = refusing),
    connections: () => pairs.size,
    async stop() {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
