import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2'

const hostKeys: ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
]

/** By the type in the key's own bytes: an RSA key signs with more than one algorithm. */
const algorithmsOf = (keyType: string): ServerHostKeyAlgorithm[] =>
  keyType === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : hostKeys.filter((one) => one === keyType)

/**
 * What is offered. chacha20-poly1305 and CBC with encrypt-then-MAC are safe only with strict key exchange, which is known
 * after the offer was made; every server has AES in GCM or CTR, so they are never offered.
 * `knownTypes`: key types that are known for the host come first, so that it shows the key that we know.
 */
export function algorithms(knownTypes: readonly string[], allowWeak: boolean): Required<Omit<Algorithms, 'cs' | 'sc'>> {
  const first = knownTypes.flatMap(algorithmsOf)
  return {
    kex: [
      'curve25519-sha256',
      'curve25519-sha256@libssh.org',
      'ecdh-sha2-nistp256',
      'ecdh-sha2-nistp384',
      'ecdh-sha2-nistp521',
      'diffie-hellman-group-exchange-sha256',
      'diffie-hellman-group16-sha512',
      'diffie-hellman-group18-sha512',
      'diffie-hellman-group14-sha256',
      ...(allowWeak ? (['diffie-hellman-group14-sha1', 'diffie-hellman-group-exchange-sha1'] as const) : []),
    ],
    serverHostKey: [...new Set([...first, ...hostKeys, ...(allowWeak ? (['ssh-rsa'] as const) : [])])],
    cipher: [
      'aes128-gcm@openssh.com',
      'aes256-gcm@openssh.com',
      'aes128-ctr',
      'aes192-ctr',
      'aes256-ctr',
      ...(allowWeak ? (['aes256-cbc', 'aes128-cbc'] as const) : []),
    ],
    // With CBC in the list no encrypt-then-MAC is: the two together are what Terrapin needs.
    hmac: allowWeak
      ? ['hmac-sha2-256', 'hmac-sha2-512', 'hmac-sha1']
      : ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
    compress: ['none'],
  }
}
