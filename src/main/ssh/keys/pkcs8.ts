import { createPrivateKey, type KeyObject } from 'node:crypto'
import { opensshText, sshString } from './wire'

/** What converting a key to a form that the library reads came to. */
export type Conversion =
  | { state: 'open'; text: string }
  | { state: 'locked' }
  | { state: 'wrong' }
  | { state: 'unsupported'; why: string }

const encrypted = '-----BEGIN ENCRYPTED PRIVATE KEY-----'

export const isPkcs8 = (text: string) => text.includes('-----BEGIN PRIVATE KEY-----') || text.includes(encrypted)

/** A PKCS#8 key in a form that the SSH library reads. */
export function opensshOf(text: string, passphrase: string | null): Conversion {
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

/** No older text form holds an Ed25519 key. */
function opensshEd25519(key: KeyObject): string {
  const { d = '', x = '' } = key.export({ format: 'jwk' })
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]
  const open = Buffer.concat([sshString('ssh-ed25519'), sshString(point)])
  return opensshText(open, Buffer.concat([open, sshString(Buffer.concat([seed, point]))]))
}
