import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { problem } from './text'
import { Spans } from './spans'

/** One copy that can take traffic. */
export interface Upstream {
  id: string
  port: number
}

export interface Pointer {
  serving: readonly Upstream[]
  /** Asked only where no serving one takes the connection: the old version while the new one is on trial. */
  standby: readonly Upstream[]
}

const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']
const hasBody = (request: IncomingMessage) =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0

function forwarded(request: IncomingMessage): http.OutgoingHttpHeaders {
  const headers: http.OutgoingHttpHeaders = { ...request.headers }
  for (const name of hopByHop) if (name !== 'transfer-encoding') delete headers[name]
  return {
    ...headers,
    'x-forwarded-for': request.socket.remoteAddress,
    'x-forwarded-proto': 'http',
    'x-forwarded-host': request.headers.host,
  }
}

/** A reverse proxy on one loopback port. Its pointer moves between requests, so a switch fails none. */
export class Proxy {
  readonly spans: Spans
  private pointer: Pointer = { serving: [], standby: [] }
  private turn = 0
  private readonly flying = new Map<string, number>()
  private readonly agent = new http.Agent({ keepAlive: true, maxSockets: 256, timeout: 60_000 })
  private readonly server = http.createServer({ keepAliveTimeout: 30_000 }, (request, response) => this.serve(request, response))
  private readonly tunnels = new Set<{ id: string; close(): void }>()

  constructor(
    private readonly wait: (id: string) => void,
    private readonly now: () => number = Date.now,
  ) {
    this.spans = new Spans(now)
    this.server.requestTimeout = 0
    this.server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head))
    this.server.on('clientError', (_error, socket) => socket.destroy())
  }

  /** Listens on this port, or on a free one for 0. Throws `port-taken`. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', (error) => reject(problem('port-taken', { port }, error)))
      this.server.listen({ port, host: '127.0.0.1' }, resolve)
    })
    const address = this.server.address()
    return typeof address === 'object' && address ? address.port : port
  }

  async close() {
    for (const tunnel of this.tunnels) tunnel.close()
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
    this.agent.destroy()
  }

  move(pointer: Pointer) {
    this.pointer = pointer
  }

  inFlight = (id: string) => this.flying.get(id) ?? 0

  /** Ends the upgraded connections of one that is about to stop. */
  closeTunnels(id: string) {
    for (const tunnel of this.tunnels) if (tunnel.id === id) tunnel.close()
  }

  private order(): Upstream[] {
    const { serving, standby } = this.pointer
    if (serving.length === 0) return []
    const first = this.turn++ % serving.length
    return [...serving.slice(first), ...serving.slice(0, first), ...standby]
  }

  private serve(request: IncomingMessage, response: ServerResponse) {
    const begun = performance.now()
    // Counted when the answer has left, or when the client went away before it could.
    response.once('close', () => this.spans.count(performance.now() - begun, response.statusCode >= 500))
    this.attempt(request, response, this.order())
  }

  private attempt(request: IncomingMessage, response: ServerResponse, upstreams: readonly Upstream[]) {
    const [upstream, ...others] = upstreams
    if (!upstream) return refuse(request, response)
    this.enter(upstream.id)
    const bodied = hasBody(request)
    const outgoing = http.request({
      host: '127.0.0.1',
      port: upstream.port,
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers: forwarded(request),
      // A kept connection may close as it is used. Only what can be sent again goes over one.
      agent: bodied ? false : this.agent,
      setDefaultHeaders: true,
    })
    let left = false
    const leave = () => {
      if (!left) this.leave(upstream.id)
      left = true
    }
    let connected = false
    outgoing.once('socket', (socket) =>
      socket.connecting ? socket.once('connect', () => (connected = true)) : (connected = true),
    )
    response.once('close', () => {
      leave()
      outgoing.destroy()
    })
    outgoing.once('response', (incoming) => {
      response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, answerHeaders(incoming))
      incoming.pipe(response)
      incoming.once('error', () => response.destroy())
    })
    outgoing.once('error', () => {
      leave()
      if (response.destroyed) return
      if (response.headersSent) return void response.destroy()
      const safe = !bodied && ['GET', 'HEAD', 'OPTIONS'].includes(request.method ?? '')
      // A kept connection that had closed says nothing about the program behind it.
      if (safe && outgoing.reusedSocket) return this.attempt(request, response, [upstream, ...others])
      if (!connected || safe) return this.attempt(request, response, others)
      refuse(request, response)
    })
    if (bodied) request.pipe(outgoing)
    else outgoing.end()
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    const [upstream] = this.order()
    socket.on('error', () => socket.destroy())
    if (upstream) this.tunnel(upstream, request, socket, head)
    else socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n')
  }

  private tunnel(upstream: Upstream, request: IncomingMessage, socket: Duplex, head: Buffer) {
    const other: Socket = connect(upstream.port, '127.0.0.1', () => {
      const lines = [`${request.method} ${request.url} HTTP/1.1`]
      for (let i = 0; i < request.rawHeaders.length; i += 2) lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`)
      other.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
      other.write(head)
      other.pipe(socket).pipe(other)
    })
    const tunnel = {
      id: upstream.id,
      close: () => {
        other.destroy()
        socket.destroy()
      },
    }
    this.tunnels.add(tunnel)
    for (const end of [other, socket]) {
      end.once('close', () => {
        this.tunnels.delete(tunnel)
        tunnel.close()
      })
    }
    other.on('error', tunnel.close)
  }

  private enter(id: string) {
    this.flying.set(id, this.inFlight(id) + 1)
  }

  private leave(id: string) {
    const left = this.inFlight(id) - 1
    if (left > 0) this.flying.set(id, left)
    else this.flying.delete(id)
    if (left <= 0) this.wait(id)
  }
}

function answerHeaders(incoming: IncomingMessage): string[] {
  const headers: string[] = []
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    const name = incoming.rawHeaders[i] ?? ''
    if (!hopByHop.includes(name.toLowerCase())) headers.push(name, incoming.rawHeaders[i + 1] ?? '')
  }
  return headers
}

function refuse(request: IncomingMessage, response: ServerResponse) {
  request.resume()
  response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '2' })
  response.end('Nothing is running here at the moment. Try again soon.\n')
}
