import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Contract } from '../../src/shared/api'
import { channelSuite, type Wire } from './channel-suite'
import { smallRouter } from './router'
import { webServer } from './web-server'

async function open(app = smallRouter()): Promise<Wire> {
  const web = await webServer(app)
  const socket = new WebSocket(`ws://127.0.0.1:${web.server.port}/api`, { headers: { cookie: web.cookie, origin: web.origin } })
  socket.on('error', () => {})
  await once(socket, 'open')
  const client = createORPCClient<ContractRouterClient<Contract>>(new RPCLink({ websocket: socket }))
  const close = async () => {
    if (socket.readyState === WebSocket.CLOSED) return
    const closed = once(socket, 'close')
    socket.close()
    await closed
  }
  let sent = 0
  return {
    client,
    seen: app.seen,
    // A socket carries text or bytes: what is no text goes as bytes.
    raw: (frame) =>
      socket.send(
        Buffer.isBuffer(frame) || typeof frame === 'string' ? frame : Buffer.from(JSON.stringify(frame) ?? 'undefined'),
        () => {},
      ),
    close,
    isOpen: () => socket.readyState === WebSocket.OPEN,
    async settle() {
      sent += 1
      if (sent % 50 === 0) await sleep(1)
    },
    async [Symbol.asyncDispose]() {
      await close()
      await web[Symbol.asyncDispose]()
    },
  }
}

describe('over a WebSocket', () => {
  channelSuite(open)

  test('a frame larger than eight megabytes ends the connection, and the next one is served', async () => {
    await using wire = await open()
    wire.raw('x'.repeat(9 * 1024 * 1024))
    await expect.poll(() => wire.isOpen()).toBe(false)
    await using next = await open()
    expect(await next.client.host.info()).toMatchObject({ version: '1' })
  })
})
