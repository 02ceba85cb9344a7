import { randomBytes } from 'node:crypto'

/** A string of the SSH protocol: its length, then its bytes. */
export function sshString(bytes: Uint8Array | string): Buffer {
  const body = Buffer.from(bytes)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  return Buffer.concat([length, body])
}

/** The strings that a blob is made of; null where it is torn. Bytes behind `most` of them are left. */
export function sshStrings(blob: Buffer, most = Number.POSITIVE_INFINITY): Buffer[] | null {
  const parts: Buffer[] = []
  for (let at = 0; at < blob.length && parts.length < most;) {
    if (at + 4 > blob.length) return null
    const length = blob.readUInt32BE(at)
    if (at + 4 + length > blob.length) return null
    parts.push(blob.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return parts
}

/** PROTOCOL.key of OpenSSH: an unlocked private key. `secret` holds its type and its numbers, one after another. */
export function opensshText(open: Buffer, secret: Buffer): string {
  const check = randomBytes(4)
  const inner = Buffer.concat([check, check, secret, sshString('')])
  const padding = Buffer.from(Array.from({ length: (8 - (inner.length % 8)) % 8 }, (_, index) => index + 1))
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    sshString('none'),
    sshString('none'),
    sshString(''),
    Buffer.from([0, 0, 0, 1]),
    sshString(open),
    sshString(Buffer.concat([inner, padding])),
  ])
  const lines = body.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n')
}
