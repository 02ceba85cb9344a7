import { createPrivateKey, randomBytes, type KeyObject } from 'node:crypto'

export type Pkcs8Reading =
  | { state: 'open'; text: string }
  | { state: 'locked' }
  | { state: 'wrong' }
  | { state: 'unsupported'; why: string }

const encrypted = '-----BEGIN ENCRYPTED PRIVATE KEY-----'

export const isPkcs8 = (text: string) => text.includes('-----BEGIN PRIVATE KEY-----') || text.includes(encrypted)

/** A PKCS#8 key in a form that the SSH library reads. */
export function opensshOf(text: string, passphrase: string | null): Pkcs8Reading {
  if (text.includes(encrypted) && passphrase === null) return { state: 'locked' }
  let key: KeyObject
  try {
    key = createPrivateKey({ key: text, ...(passphrase === null ? {} : { passphrase }) })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (text.includes(encrypted) && /DECRYPT|INTERRUPTED|PASSPHRASE/.test(code)) return { state: 'wrong' }
    return { state: 'unsupported', why: 'it is damaged' }
  }
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return { state: 'open', text: key.export({ type: 'pkcs1', format: 'pem' }).toString() }
    case 'ec':
      return { state: 'open', text: key.export({ type: 'sec1', format: 'pem' }).toString() }
    case 'ed25519':
      return { state: 'open', text: opensshEd25519(key) }
    default:
      return { state: 'unsupported', why: `SSH knows no keys of the type ${key.asymmetricKeyType ?? 'unknown'}` }
  }
}

function sshString(bytes: Buffer | string): Buffer {
  const body = Buffer.from(bytes)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  return Buffer.concat([length, body])
}

/** PROTOCOL.key of OpenSSH: no older text form holds an Ed25519 key. */
function opensshEd25519(key: KeyObject): string {
  const { d = '', x = '' } = key.export({ format: 'jwk' })
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]
  const open = Buffer.concat([sshString('ssh-ed25519'), sshString(point)])
  const check = randomBytes(4)
  const secret = Buffer.concat([check, check, open, sshString(Buffer.concat([seed, point])), sshString('')])
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1))
  const one = Buffer.from([0, 0, 0, 1])
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    sshString('none'),
    sshString('none'),
    sshString(''),
    one,
    sshString(open),
    sshString(Buffer.concat([secret, padding])),
  ])
  const lines = body.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n')
}
