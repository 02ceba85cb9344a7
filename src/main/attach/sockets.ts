import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { largestFrame, type Pipe } from './channel'

/** As many pages and command lines at once as a person could have. */
const mostClients = 64

/** Turns upgrade requests, already judged by the caller, into pipes. */
export function socketPipes(serve: (pipe: Pipe) => void) {
  const server = new WebSocketServer({ noServer: true, maxPayload: largestFrame, perMessageDeflate: false, clientTracking: true })
  return {
    accept(request: IncomingMessage, socket: Duplex, head: Buffer) {
      if (server.clients.size >= mostClients) return refuse(socket, 503, 'Service Unavailable')
      server.handleUpgrade(request, socket, head, (client) => serve(pipeOf(client)))
    },
    /** Lets go of every client: an upgraded socket would hold the server open. */
    close() {
      for (const client of server.clients) client.close(1001)
      const late = setTimeout(() => server.clients.forEach((client) => client.terminate()), 500)
      late.unref()
      server.close()
    },
  }
}

/** Answers an upgrade request with a refusal and nothing else. */
export function refuse(socket: Duplex, status: number, words: string) {
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} ${words}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}

function pipeOf(socket: WebSocket): Pipe {
  // Without a listener an error of the socket (a frame too large, say) would end the process; its close follows.
  socket.on('error', () => socket.terminate())
  return {
    send: (frame) => socket.send(frame, () => {}),
    backlog: () => socket.bufferedAmount,
    close: () => socket.terminate(),
    onFrame: (listener) => void socket.on('message', (data, binary) => listener(binary ? data : asText(data))),
    onClose: (listener) => void socket.on('close', listener),
  }
}

function asText(data: Buffer | ArrayBuffer | Buffer[]): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8')
  return data instanceof ArrayBuffer ? Buffer.from(data).toString('utf8') : data.toString('utf8')
}
