import { createSecretKey } from 'node:crypto'
import type { Client } from 'ssh2'

/** What of the library's insides is touched here, and nowhere else. Where they differ, nothing is done. */
interface Protocol {
  _kexinit?: unknown
  _onHandshakeComplete?: unknown
  _cipher?: { _encSSLName?: unknown; _encKey?: unknown }
  _decipher?: { _decipherSSLName?: unknown; _decipherKey?: unknown }
}

const protocolOf = (client: Client) => (client as unknown as { _protocol?: Protocol })._protocol

const isRaw = (name: unknown, key: unknown): key is Uint8Array =>
  typeof name === 'string' && name.endsWith('-gcm') && key instanceof Uint8Array

/**
 * Without its add-on the library makes a cipher of AES-GCM for every packet, from the key's bytes. Preparing these costs more than to
 * encipher a packet does, so they are prepared once. To be called after each exchange of keys.
 */
export function prepareKeys(client: Client): void {
  const { _cipher: out, _decipher: into } = protocolOf(client) ?? {}
  if (out && isRaw(out._encSSLName, out._encKey)) out._encKey = createSecretKey(out._encKey)
  if (into && isRaw(into._decipherSSLName, into._decipherKey)) into._decipherKey = createSecretKey(into._decipherKey)
}

/**
 * While keys are exchanged, packets wait in a queue. The library (1.17.0) takes the exchange for over when it has the server's answer,
 * but goes on to lay packets out as for the queue until the new keys are in use: what is sent in between is no packet, and the server
 * hangs up. So an exchange counts as under way here until it is complete.
 */
export function queueUntilComplete(client: Client): void {
  const protocol = protocolOf(client)
  const complete = protocol?._onHandshakeComplete
  if (!protocol || typeof complete !== 'function' || !('_kexinit' in protocol)) return
  let underWay = protocol._kexinit
  Object.defineProperty(protocol, '_kexinit', {
    get: () => underWay,
    set: (value: unknown) => {
      if (value !== undefined) underWay = value
    },
  })
  protocol._onHandshakeComplete = (...args: unknown[]) => {
    underWay = undefined
    complete(...args)
  }
}
