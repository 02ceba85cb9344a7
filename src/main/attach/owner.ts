import { chmodSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { Ask, type Reply } from './asks'

const largestAsk = 4096

export interface Answers {
  answer(ask: Ask): Reply | Promise<Reply>
  /** Takes a full client, which speaks the contract over this socket. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

/**
 * Opens the hand-over socket, for this user only. Only the owner of the data folder may call it:
 * what lies at that address is then left over from a killed one, and is removed.
 */
export async function answerAt(address: string, answers: Answers): Promise<{ close(): Promise<void> }> {
  const onDisk = !address.startsWith('\\\\')
  const server = createServer({ requestTimeout: 5000, headersTimeout: 5000, maxHeaderSize: 8192 }, (request, response) => {
    reply(request, response, answers).catch(() => end(response, 500))
  })
  server.on('upgrade', (request, socket, head) => {
    if (request.url === '/api') return answers.accept(request, socket, head)
    socket.destroy()
  })
  if (onDisk) rmSync(address, { force: true })
  // The folder is closed to others already; the mask keeps the socket so from its first moment.
  const mask = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(address, resolve)
    })
  } finally {
    process.umask(mask)
  }
  if (onDisk) chmodSync(address, 0o600)
  return {
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

async function reply(request: IncomingMessage, response: ServerResponse, answers: Answers): Promise<void> {
  if (request.method !== 'POST' || request.url !== '/ask') return end(response, 404)
  const ask = Ask.safeParse(await jsonIn(request))
  if (!ask.success) return end(response, 400)
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(await answers.answer(ask.data)))
}

function end(response: ServerResponse, status: number) {
  if (!response.headersSent) response.writeHead(status)
  response.end()
}

async function jsonIn(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const part of request.setEncoding('utf8') as AsyncIterable<string>) {
    text += part
    if (text.length > largestAsk) return null
  }
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}
