import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Reply, type Ask } from './asks'

const largestReply = 16 * 1024

/** Asks the owner of a data folder; null where nobody answers in time. */
export function askOwner(address: string, ask: Ask, timeoutMs = 3000): Promise<Reply | null> {
  return new Promise((resolve) => {
    const call = request(
      { socketPath: address, path: '/ask', method: 'POST', headers: { 'content-type': 'application/json' }, timeout: timeoutMs },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => {
          text += part
          if (text.length > largestReply) call.destroy()
        })
        response.on('end', () => resolve(response.statusCode === 200 ? replyIn(text) : null))
        response.on('error', () => resolve(null))
      },
    )
    const late = setTimeout(() => call.destroy(), timeoutMs)
    call.on('error', () => resolve(null))
    call.on('close', () => {
      clearTimeout(late)
      resolve(null)
    })
    call.end(JSON.stringify(ask))
  })
}

function replyIn(text: string): Reply | null {
  try {
    return Reply.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

/** Asks an owner that is known to be there but may still be starting, for as long as `patienceMs`. */
export async function askStartingOwner(address: string, ask: Ask, patienceMs = 8000): Promise<Reply | null> {
  const until = Date.now() + patienceMs
  while (Date.now() < until) {
    const reply = await askOwner(address, ask, Math.min(3000, patienceMs))
    if (reply) return reply
    await sleep(100)
  }
  return null
}
