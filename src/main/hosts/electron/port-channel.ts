import type { AnyRouter, Pipe } from '../../attach/channel'
import { serveChannels } from '../../attach/channel'

/** What is used of Electron's MessagePortMain. */
export interface PortLike {
  on(event: 'message', listener: (message: { data: unknown }) => void): unknown
  on(event: 'close', listener: () => void): unknown
  postMessage(message: unknown): void
  start(): void
  close(): void
}

/** Serves the router over a port until it closes. Answers what closes it. */
export function portChannels(router: AnyRouter): (port: PortLike) => { close(): void } {
  const serve = serveChannels(router)
  return (port) => {
    const pipe = pipeOf(port)
    serve(pipe)
    port.start()
    return { close: () => pipe.close() }
  }
}

function pipeOf(port: PortLike): Pipe {
  const listeners = new Set<() => void>()
  let open = true
  // A port that we close ourselves does not say so to our own side on every version.
  const closed = () => {
    if (!open) return
    open = false
    for (const listener of listeners) listener()
  }
  port.on('close', closed)
  return {
    send: (frame) => {
      if (open) port.postMessage(frame)
    },
    backlog: () => 0,
    close() {
      port.close()
      closed()
    },
    onFrame: (listener) => void port.on('message', (message) => listener(message.data)),
    onClose: (listener) => void listeners.add(listener),
  }
}
