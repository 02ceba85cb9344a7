import { request, type IncomingHttpHeaders, type RequestOptions } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Answered {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/**
 * One request by an agent that keeps its connections. Null where a kept one was closed before a byte of an answer: HTTP wants of a
 * client that it then asks again (RFC 9112, 9.3.1), as browsers do.
 */
export function ask(url: string, options: RequestOptions, sent = ''): Promise<Answered | null> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { timeout: 10_000, ...options }, (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }), reject)
    })
    asked.once('timeout', () => asked.destroy(new Error('no answer within 10 s')))
    asked.once('error', (error: NodeJS.ErrnoException) => {
      if (asked.reusedSocket && error.code === 'ECONNRESET') resolve(null)
      else reject(error)
    })
    asked.end(sent)
  })
}
