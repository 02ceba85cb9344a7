import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import type { AnyRouter } from '../../attach/channel'
import { serveChannels } from '../../attach/channel'
import type { Found } from '../files'
import { guardHeaders } from '../headers'
import { refuse, socketPipes } from '../../attach/sockets'
import { problem } from '../text'
import { cookieName, isPageRequest, namesUs, ownOrigin, sessionIn } from './border'
import type { SignIn } from './session'

const largestBody = 4096
const Offer = z.strictObject({ code: z.string().min(1).max(200) })

export interface WebServer {
  port: number
  /** A fresh address to sign in with. */
  address(): string
  /** From now on calls are answered; before, a page that comes early is told to try again. */
  serve(router: AnyRouter): void
  close(): Promise<void>
}

/** Listens on 127.0.0.1 only, on a free port unless one is given. Throws `port-taken` or `port-refused`. */
export async function listen(wanted: number | null, files: (path: string) => Found, signIn: SignIn): Promise<WebServer> {
  const server = createServer({
    maxHeaderSize: 16 * 1024,
    requestTimeout: 15_000,
    headersTimeout: 10_000,
    keepAliveTimeout: 5_000,
  })
  const port = await bind(server, wanted)
  let sockets: ReturnType<typeof socketPipes> | null = null
  server.on('request', (request, response) => {
    answer(request, response, { port, files, signIn }).catch(() => end(response, 500))
  })
  server.on('upgrade', (request, socket, head) => {
    if (request.url !== '/api' || !namesUs(request, port)) return refuse(socket, 403, 'Forbidden')
    if (!ownOrigin(request, port) || !signIn.holds(sessionIn(request, port) ?? '')) return refuse(socket, 403, 'Forbidden')
    if (!sockets) return refuse(socket, 503, 'Service Unavailable')
    sockets.accept(request, socket, head)
  })
  return {
    port,
    address: () => `http://${authority(port)}/#code=${signIn.issue()}`,
    serve(router) {
      sockets = socketPipes(serveChannels(router))
    },
    async close() {
      sockets?.close()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      const late = setTimeout(() => server.closeAllConnections(), 1000)
      await closed
      clearTimeout(late)
    },
  }
}

const authority = (port: number) => (port === 80 ? '127.0.0.1' : `127.0.0.1:${port}`)

async function bind(server: Server, wanted: number | null): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') return reject(problem('port-taken', { port: wanted ?? 0 }, error))
      if (error.code === 'EACCES') return reject(problem('port-refused', { port: wanted ?? 0 }, error))
      reject(error)
    })
    server.listen({ host: '127.0.0.1', port: wanted ?? 0, exclusive: true }, resolve)
  })
  return (server.address() as AddressInfo).port
}

interface Door {
  port: number
  files: (path: string) => Found
  signIn: SignIn
}

async function answer(request: IncomingMessage, response: ServerResponse, door: Door): Promise<void> {
  request.on('error', () => response.destroy())
  // An empty body: a page of another name learns nothing, not even that this is Slipway.
  if (!namesUs(request, door.port)) return end(response, 421)
  for (const [name, value] of Object.entries(guardHeaders("'self'"))) response.setHeader(name, value)
  response.setHeader('cache-control', 'no-store')
  const path = (request.url ?? '').split('?', 1)[0] ?? ''
  if (!path.startsWith('/')) return end(response, 400)
  if (path === '/session') return await session(request, response, door)
  if (!isPageRequest(request)) return end(response, 403)
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405)
  const found = door.files(path)
  if ('refused' in found) return end(response, found.refused)
  if (found.file.lasting) response.setHeader('cache-control', 'private, max-age=31536000, immutable')
  const body = found.file.read()
  response.writeHead(200, { 'content-type': found.file.type, 'content-length': body.length })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** POST brings a code and takes a session; DELETE ends it. Only our own page can do either. */
async function session(request: IncomingMessage, response: ServerResponse, { port, signIn }: Door): Promise<void> {
  if (request.method !== 'POST' && request.method !== 'DELETE') return end(response, 405)
  const fromUs = ownOrigin(request, port) && request.headers['x-slipway'] === '1'
  if (!fromUs) return say(response, 403, { code: 'forbidden' })
  if (request.method === 'DELETE') {
    signIn.end(sessionIn(request, port) ?? '')
    response.setHeader('clear-site-data', '"cache", "storage"')
    response.setHeader('set-cookie', `${cookieName(port)}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0`)
    return end(response, 204)
  }
  if (request.headers['content-type'] !== 'application/json') return say(response, 403, { code: 'forbidden' })
  const offer = Offer.safeParse(await jsonIn(request))
  if (!offer.success) return say(response, 403, { code: 'code-unknown' })
  const redeemed = signIn.redeem(offer.data.code)
  if ('refused' in redeemed) return say(response, 403, { code: redeemed.refused })
  response.setHeader('set-cookie', `${cookieName(port)}=${redeemed.session}; HttpOnly; SameSite=Strict; Path=/`)
  end(response, 204)
}

async function jsonIn(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > largestBody) return null
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown
  } catch {
    return null
  }
}

function end(response: ServerResponse, status: number) {
  if (!response.headersSent) response.writeHead(status, status === 204 ? {} : { 'content-length': 0 })
  response.end()
}

function say(response: ServerResponse, status: number, body: { code: string }) {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
