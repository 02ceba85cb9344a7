import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSshd, type Sshd } from '../../../../test/support/sshd'
import { hopTo, knownLine, openPorts } from '../../../../test/support/way'
import { openServer, openWholly, type HopPassed, type OpenServer } from '.'

const never = new AbortController().signal
let server: Sshd
let jump: Sshd
const cleanUps: (() => void)[] = []

beforeAll(async () => {
  ;[server, jump] = await Promise.all([startSshd({ hostKeys: ['ed25519', 'rsa'] }), startSshd()])
})
afterAll(async () => {
  for (const clean of cleanUps) clean()
  await Promise.all([server.stop(), jump.stop()])
})

function world(options: Parameters<typeof openPorts>[0]) {
  const made = openPorts(options)
  cleanUps.push(made.remove)
  return made
}

const echoed = (open: OpenServer, command: string) =>
  new Promise<string>((resolve, reject) => {
    open.client.exec(command, (error, channel) => {
      if (error) return reject(error)
      const parts: Buffer[] = []
      channel.on('data', (part: Buffer) => parts.push(part)).on('close', () => resolve(Buffer.concat(parts).toString('utf8')))
    })
  })

test('a server opens by its key and is told by the fingerprint of its host key', async () => {
  const { ports } = world({ known: knownLine(server) })
  const open = await openWholly({ hops: [hopTo(server)], allowWeak: false }, 'web', ports, never)
  expect(await echoed(open, 'echo here')).toBe('here\n')
  expect(open.fingerprint).toBe(server.hostKeys[0]!.fingerprint)
  open.close()
  expect(open.lost.aborted).toBe(true)
})

test('S4 a jump goes by direct-tcpip: the jump host starts no program, and each hop is told', async () => {
  const { ports } = world({ known: knownLine(server) + knownLine(jump) })
  const walk = openServer({ hops: [hopTo(jump), hopTo(server)], allowWeak: false }, 'web', ports, never)
  const hops: HopPassed[] = []
  let step = await walk.next()
  for (; !step.done; step = await walk.next()) hops.push(step.value)
  expect(hops.map(({ hop }) => hop.port)).toEqual([jump.port, server.port])
  expect(hops.map(({ transport }) => transport)).toEqual(['aes128-gcm@openssh.com', 'aes128-gcm@openssh.com'])
  expect(await echoed(step.value, 'echo there')).toBe('there\n')
  step.value.close()
  await expect.poll(() => server.log()).toMatch(/Starting session: command/)
  expect(jump.log()).not.toMatch(/Starting session/)
})
