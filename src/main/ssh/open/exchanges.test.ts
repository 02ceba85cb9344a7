import { randomFillSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { startSshd } from '../../../../test/support/sshd'
import { hopTo, knownLine, openPorts } from '../../../../test/support/way'
import { openWholly } from '.'
import { prepareKeys, queueUntilComplete } from './exchanges'

const never = new AbortController().signal
const payload = randomFillSync(Buffer.alloc(8 * 1024 * 1024))

test.each(['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes256-ctr'])(
  'what goes there and comes back with %s is the same, over many exchanges of keys',
  async (cipher) => {
    const server = await startSshd({ config: ['RekeyLimit 1M', `Ciphers ${cipher}`] })
    const { ports, remove } = openPorts({ known: knownLine(server) })
    try {
      const open = await openWholly({ hops: [hopTo(server)], allowWeak: false }, 'web', ports, never)
      let exchanges = 0
      open.client.on('handshake', () => (exchanges += 1))
      const back = await new Promise<Buffer>((resolve, reject) => {
        open.client.exec('cat', (error, channel) => {
          if (error) return reject(error)
          const parts: Buffer[] = []
          channel.on('data', (part: Buffer) => parts.push(part)).on('close', () => resolve(Buffer.concat(parts)))
          channel.end(payload)
        })
      })
      expect(back.equals(payload)).toBe(true)
      expect(exchanges).toBeGreaterThan(3)
      open.close()
    } finally {
      remove()
      await server.stop()
    }
  },
)

test.each([{}, { _protocol: {} }, { _protocol: { _cipher: { _encSSLName: 'aes-128-gcm', _encKey: 'other' }, _decipher: {} } }])(
  'a client with other insides is left as it is: %j',
  (client) => {
    const before = structuredClone(client)
    prepareKeys(client as never)
    queueUntilComplete(client as never)
    expect(client).toEqual(before)
  },
)
