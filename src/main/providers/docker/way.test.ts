import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { channelsAt, type OpenChannels } from '../../../../test/support/channels'
import { startSshd, type Sshd } from '../../../../test/support/sshd'
import type { ServerLink } from '../../ssh/link'
import { beforeSending, LinkAgent } from './way'

const folder = mkdtempSync(join(tmpdir(), 'slw-way-'))
const path = join(folder, 'engine.sock')
const asked: string[] = []
let sshd: Sshd
let open: OpenChannels
let engine: Server

beforeAll(async () => {
  sshd = await startSshd()
  open = await channelsAt(sshd)
  engine = createServer((incoming, answer) => {
    asked.push(`${incoming.method} ${incoming.url}`)
    answer.end('well')
  })
  await new Promise<void>((resolve) => engine.listen(path, resolve))
})
afterAll(async () => {
  engine.close()
  open.close()
  await sshd.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** One request to what answers at the socket, on a stream of its own. */
function post(url: string): Promise<number> {
  const agent = new LinkAgent(open.link as ServerLink, { by: 'socket', path }, open.link.lost)
  return new Promise((resolve, reject) => {
    const call = request({ agent, method: 'POST', path: url, host: 'engine' }, (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode ?? 0))
    })
    call.once('error', reject)
    call.end()
  })
}

test('D2 a request whose lock is gone by the time its stream is open is not sent', async () => {
  expect(await post('/before')).toBe(200)
  let told = 0
  const still = () => {
    told += 1
    return told === 1 ? Promise.resolve() : Promise.reject(new Error('the lock is gone'))
  }
  await beforeSending.run(still, async () => {
    expect(await post('/under')).toBe(200)
    await expect(post('/after')).rejects.toThrow('the lock is gone')
  })
  expect(asked).toEqual(['POST /before', 'POST /under'])
})
