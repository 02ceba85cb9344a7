import * as crypto from 'node:crypto'
import type { Conversion } from './pkcs8'
import { opensshText, sshString, sshStrings } from './wire'

/** The parts of a .ppk file, as PuTTY's manual describes them (appendix C). */
interface Putty {
  version: 2 | 3
  type: string
  encryption: string
  comment: string
  open: Buffer
  secret: Buffer
  mac: Buffer
  /** `Key-Derivation` and the `Argon2-…` lines of version 3. */
  derivation: Map<string, string>
}

export const isPutty = (text: string) => /^PuTTY-User-Key-File-\d+:/.test(text)

function read(text: string): Putty | null {
  const lines = text.split(/\r?\n/)
  const fields = new Map<string, string>()
  const blobs = new Map<string, Buffer>()
  for (let at = 0; at < lines.length; at++) {
    const found = /^([A-Za-z0-9-]+): ?(.*)$/.exec(lines[at] ?? '')
    if (!found) continue
    const [, name = '', value = ''] = found
    fields.set(name, value)
    if (name !== 'Public-Lines' && name !== 'Private-Lines') continue
    const count = Math.min(Number(value) || 0, 1000)
    blobs.set(name, Buffer.from(lines.slice(at + 1, at + 1 + count).join(''), 'base64'))
    at += count
  }
  const version = fields.has('PuTTY-User-Key-File-3') ? 3 : fields.has('PuTTY-User-Key-File-2') ? 2 : null
  const [open, secret] = [blobs.get('Public-Lines'), blobs.get('Private-Lines')]
  if (version === null || !open || !secret) return null
  return {
    version,
    type: fields.get(`PuTTY-User-Key-File-${version}`) ?? '',
    encryption: fields.get('Encryption') ?? '',
    comment: fields.get('Comment') ?? '',
    open,
    secret,
    mac: Buffer.from(fields.get('Private-MAC') ?? '', 'hex'),
    derivation: fields,
  }
}

interface Keys {
  key: Buffer
  iv: Buffer
  macKey: Buffer
}

const sha1 = (...parts: (Buffer | string)[]) => {
  const hash = crypto.createHash('sha1')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function keysOfTwo(passphrase: string): Keys {
  const at = (index: number) => sha1(Buffer.from([0, 0, 0, index]), passphrase)
  return {
    key: Buffer.concat([at(0), at(1)]).subarray(0, 32),
    iv: Buffer.alloc(16),
    macKey: sha1('putty-private-key-file-mac-key', passphrase),
  }
}

// A hostile file must not take the memory of the computer, nor its time.
const [mostKibibytes, mostPasses] = [1024 * 1024, 1000]

/** Null where the file asks for what this computer does not do. */
function keysOfThree(derivation: ReadonlyMap<string, string>, passphrase: string): Keys | null {
  const number = (name: string) => Number(derivation.get(name))
  const [memory, passes, parallelism] = [number('Argon2-Memory'), number('Argon2-Passes'), number('Argon2-Parallelism')]
  const kind = derivation.get('Key-Derivation')?.toLowerCase()
  if (kind !== 'argon2id' && kind !== 'argon2i' && kind !== 'argon2d') return null
  if (!(memory <= mostKibibytes && passes <= mostPasses && parallelism <= 64)) return null
  // The crypto library inside Electron may lack it.
  if (typeof crypto.argon2Sync !== 'function') return null
  const nonce = Buffer.from(derivation.get('Argon2-Salt') ?? '', 'hex')
  try {
    const made = crypto.argon2Sync(kind, { message: Buffer.from(passphrase), nonce, parallelism, memory, passes, tagLength: 80 })
    return { key: made.subarray(0, 32), iv: made.subarray(32, 48), macKey: made.subarray(48) }
  } catch {
    return null
  }
}

/** The numbers of a key in OpenSSH's order; null for a type that has none here. */
function secretOf({ type, open }: Putty, plain: Buffer): Buffer | null {
  const shown = sshStrings(open)
  const [one, two] = [shown?.[1], shown?.[2]]
  if (!one) return null
  if (type === 'ssh-ed25519') {
    const [seed] = sshStrings(plain, 1) ?? []
    return seed ? Buffer.concat([open, sshString(Buffer.concat([seed, one]))]) : null
  }
  if (/^ecdsa-sha2-nistp(256|384|521)$/.test(type)) {
    const [d] = sshStrings(plain, 1) ?? []
    return d ? Buffer.concat([open, sshString(d)]) : null
  }
  const [d, p, q, inverse] = sshStrings(plain, 4) ?? []
  if (type !== 'ssh-rsa' || !two || !d || !p || !q || !inverse) return null
  return Buffer.concat([type, two, one, d, inverse, p, q].map(sshString))
}

/** A PuTTY key of version 2 or 3 in a form that the SSH library reads. */
export function opensshOfPutty(text: string, passphrase: string | null): Conversion {
  const putty = read(text)
  if (!putty) return { state: 'unsupported', why: 'it is a PuTTY key that is damaged or of another version than 2 or 3' }
  const locked = putty.encryption !== 'none'
  if (locked && putty.encryption !== 'aes256-cbc')
    return { state: 'unsupported', why: `its encryption ${putty.encryption} is not known` }
  if (locked && passphrase === null) return { state: 'locked' }
  const empty: Keys = { key: Buffer.alloc(0), iv: Buffer.alloc(0), macKey: Buffer.alloc(0) }
  const keys =
    putty.version === 2
      ? keysOfTwo(locked ? (passphrase ?? '') : '')
      : locked
        ? keysOfThree(putty.derivation, passphrase ?? '')
        : empty
  if (!keys) return { state: 'unsupported', why: 'this computer cannot open the way in which PuTTY locked it (Argon2)' }
  let plain = putty.secret
  if (locked) {
    if (plain.length % 16 !== 0) return { state: 'unsupported', why: 'it is damaged' }
    const work = crypto.createDecipheriv('aes-256-cbc', keys.key, keys.iv).setAutoPadding(false)
    plain = Buffer.concat([work.update(plain), work.final()])
  }
  const signed = Buffer.concat([putty.type, putty.encryption, putty.comment, putty.open, plain].map((part) => sshString(part)))
  const mac = crypto
    .createHmac(putty.version === 2 ? 'sha1' : 'sha256', keys.macKey)
    .update(signed)
    .digest()
  if (mac.length !== putty.mac.length || !crypto.timingSafeEqual(mac, putty.mac))
    return locked ? { state: 'wrong' } : { state: 'unsupported', why: 'it was changed or damaged' }
  const secret = secretOf(putty, plain)
  if (!secret) return { state: 'unsupported', why: `Slipway knows no PuTTY keys of the type ${putty.type}` }
  return { state: 'open', text: opensshText(putty.open, secret) }
}
