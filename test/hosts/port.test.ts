import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import { EventEmitter, once } from 'node:events'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { setImmediate } from 'node:timers/promises'
import { describe } from 'vitest'
import { portChannels, type PortLike } from '../../src/main/hosts/electron/port-channel'
import type { Contract } from '../../src/shared/api'
import { channelSuite } from './channel-suite'
import { smallRouter } from './router'

/** The form of Electron's MessagePortMain, over Node's own port: an emitter whose messages carry `.data`. */
function mainPort(port: MessagePort): PortLike {
  const emitter = new EventEmitter()
  port.on('message', (data: unknown) => emitter.emit('message', { data, ports: [] }))
  port.on('close', () => emitter.emit('close'))
  return Object.assign(emitter, {
    postMessage: (message: unknown) => port.postMessage(message),
    start: () => port.start(),
    close: () => port.close(),
  })
}

describe('over a MessagePort', () => {
  channelSuite(async (app = smallRouter()) => {
    const { port1, port2 } = new MessageChannel()
    let open = true
    portChannels(app.router)(mainPort(port1))
    const client = createORPCClient<ContractRouterClient<Contract>>(new RPCLink({ port: port2 }))
    port2.on('close', () => (open = false))
    port2.start()
    const close = async () => {
      if (!open) return
      const closed = once(port2, 'close')
      port2.close()
      await closed
    }
    let sent = 0
    return {
      client,
      seen: app.seen,
      raw: (frame) => port2.postMessage(frame),
      close,
      isOpen: () => open,
      async settle() {
        sent += 1
        if (sent % 50 === 0) await setImmediate()
      },
      [Symbol.asyncDispose]: close,
    }
  })
})
