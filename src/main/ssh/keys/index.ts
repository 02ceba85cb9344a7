import { readFile, stat } from 'node:fs/promises'
// Node finds only some names of a CommonJS package by itself; the default has all of them.
import ssh2, { type ParsedKey } from 'ssh2'
import { problem } from '../text'
import { isPkcs8, opensshOf } from './pkcs8'
import { isPutty, opensshOfPutty } from './putty'

/** What reading a private key came to. `locked`: it wants a passphrase; `wrong`: that one was not it. */
export type KeyReading = { state: 'open'; key: ParsedKey } | { state: 'locked' } | { state: 'wrong' }

const mostBytes = 1024 * 1024

/** `~` is the home folder, as in the SSH configuration. */
export const expandHome = (file: string, home: string) =>
  file === '~' || file.startsWith('~/') ? `${home}${file.slice(1)}` : file

/** The text of a key file. Throws `key-missing`, `key-unreadable`. */
export async function keyText(file: string): Promise<string> {
  try {
    const { size, isFile } = await stat(file).then((found) => ({ size: found.size, isFile: found.isFile() }))
    if (!isFile) throw problem('key-unreadable', { file, why: 'it is not a file' })
    if (size > mostBytes) throw problem('key-unreadable', { file, why: 'it is larger than 1 MB' })
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : null
    if (code === 'ENOENT' || code === 'ENOTDIR') throw problem('key-missing', { file }, error)
    throw code === null ? error : problem('key-unreadable', { file, why: code }, error)
  }
}

/** What others may do with a key file, in words; null where only its owner may. Windows has no such modes. */
export async function laxMode(file: string): Promise<string | null> {
  if (process.platform === 'win32') return null
  const mode = await stat(file).then(
    (found) => found.mode & 0o777,
    () => 0,
  )
  return (mode & 0o077) === 0 ? null : `${file} has the mode 0${mode.toString(8)}: others may read it. Run chmod 600 on it.`
}

function onDevice(text: string): boolean {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1]
  return body !== undefined && /sk-(ssh|ecdsa)/.test(Buffer.from(body, 'base64').toString('latin1'))
}

// The library tells these apart by words only; each is about a passphrase and nothing else.
const wantsPassphrase = /no passphrase given/
const wrongPassphrase = /bad passphrase|integrity check failed/i

function parsed(text: string, passphrase: string | null): ParsedKey | Error {
  try {
    const key = ssh2.utils.parseKey(text, passphrase ?? undefined)
    return Array.isArray(key) ? (key[0] ?? new Error('empty')) : key
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** Reads a private key: OpenSSH, PEM, PKCS#8, PuTTY (versions 2 and 3). Throws `key-…` problems that name the file. */
export function readKey(file: string, text: string, passphrase: string | null): KeyReading {
  if (onDevice(text)) throw problem('key-on-device', { file })
  let form = text
  const convert = isPkcs8(text) ? opensshOf : isPutty(text) ? opensshOfPutty : null
  if (convert) {
    const reading = convert(text, passphrase)
    if (reading.state === 'unsupported') throw problem('key-unsupported', { file, why: reading.why })
    if (reading.state !== 'open') return reading
    form = reading.text
  }
  // Without a passphrase first: one that is not encrypted may be refused with one.
  const bare = parsed(form, null)
  const key = bare instanceof Error && wantsPassphrase.test(bare.message) && passphrase !== null ? parsed(form, passphrase) : bare
  if (!(key instanceof Error)) {
    if (!key.isPrivateKey()) throw problem('key-not-private', { file })
    return { state: 'open', key }
  }
  if (wantsPassphrase.test(key.message)) return { state: 'locked' }
  if (wrongPassphrase.test(key.message) && passphrase !== null) return { state: 'wrong' }
  throw problem('key-unsupported', { file, why: whyNot(text) }, key)
}

function whyNot(text: string): string {
  if (/^-----BEGIN [A-Z ]*PRIVATE KEY-----/m.test(text)) return 'it is damaged or of a type that Slipway cannot read'
  return 'it is not a private key in the format of OpenSSH, PEM, PKCS#8 or PuTTY'
}
