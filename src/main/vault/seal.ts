import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, scrypt } from 'node:crypto'

// AES-256-GCM rather than ChaCha20-Poly1305: the crypto library inside Electron offers only the first to Node.
const cipher = 'aes-256-gcm'
const version = 1
const nonceBytes = 12
const tagBytes = 16

export const keyBytes = 32

/** What a sealed record belongs to. It cannot be opened as anything else. */
export interface Place {
  vaultId: string
  id: string
  purpose: string
}

// Lengths before the parts, so that no two places have one text.
const boundTo = ({ vaultId, id, purpose }: Place) =>
  Buffer.from(['slipway', String(version), vaultId, id, purpose].map((part) => `${Buffer.byteLength(part)}:${part}`).join(''))

/** Version, length of the purpose, purpose, nonce, ciphertext, tag. A fresh random nonce each time. */
export function seal(key: Buffer, place: Place, plain: Buffer): Buffer {
  const purpose = Buffer.from(place.purpose)
  if (purpose.length > 255) throw new RangeError('the purpose of a secret is at most 255 bytes long')
  const nonce = randomBytes(nonceBytes)
  const work = createCipheriv(cipher, key, nonce, { authTagLength: tagBytes })
  work.setAAD(boundTo(place))
  const body = Buffer.concat([work.update(plain), work.final()])
  return Buffer.concat([Buffer.from([version, purpose.length]), purpose, nonce, body, work.getAuthTag()])
}

/** Null where anything was changed, by whomever, or where it lies in another record's place. */
export function unseal(key: Buffer, owner: Omit<Place, 'purpose'>, sealed: Buffer): Buffer | null {
  const purposeEnd = 2 + (sealed[1] ?? 0)
  const bodyStart = purposeEnd + nonceBytes
  if (sealed[0] !== version || sealed.length < bodyStart + tagBytes) return null
  const place = { ...owner, purpose: sealed.toString('utf8', 2, purposeEnd) }
  const work = createDecipheriv(cipher, key, sealed.subarray(purposeEnd, bodyStart), { authTagLength: tagBytes })
  work.setAAD(boundTo(place))
  work.setAuthTag(sealed.subarray(sealed.length - tagBytes))
  try {
    return Buffer.concat([work.update(sealed.subarray(bodyStart, sealed.length - tagBytes)), work.final()])
  } catch {
    return null
  }
}

/** What a record says it is for. Trustworthy only after `unseal`. */
export const purposeOf = (sealed: Buffer) => sealed.toString('utf8', 2, 2 + (sealed[1] ?? 0))

export const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('base64')

/** A key for another use, from which the first cannot be found. */
export const derive = (key: Buffer, use: string) =>
  Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `slipway ${use} v1`, keyBytes))

export interface ScryptCost {
  N: number
  r: number
  p: number
}

// 128 MiB and about half a second a guess.
export const scryptCost: ScryptCost = { N: 2 ** 17, r: 8, p: 1 }

/** The key that a passphrase makes. NFKC, so that two keyboards type the same passphrase. */
export const stretch = (passphrase: string, salt: Buffer, cost: ScryptCost) =>
  new Promise<Buffer>((resolve, reject) => {
    const maxmem = 256 * cost.N * cost.r
    scrypt(passphrase.normalize('NFKC'), salt, keyBytes, { ...cost, maxmem }, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
