import { readFile } from 'node:fs/promises'
// Node finds only some names of a CommonJS package by itself; the default has all of them.
import ssh2, {
  BaseAgent,
  createAgent,
  type IdentityCallback,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from 'ssh2'

type Identity = Buffer | ParsedKey | string

const blobOf = (key: Identity): Buffer =>
  Buffer.isBuffer(key) ? key : typeof key === 'string' ? Buffer.from(key) : key.getPublicSSH()

/** The public halves that lie beside key files; those without one are left out. */
async function publicHalves(files: readonly string[]): Promise<Buffer[]> {
  const texts = await Promise.all(files.map((file) => readFile(`${file}.pub`, 'utf8').catch(() => '')))
  return texts.flatMap((text) => {
    const key = ssh2.utils.parseKey(text)
    return key instanceof Error ? [] : [(Array.isArray(key) ? key[0] : key)?.getPublicSSH() ?? Buffer.alloc(0)]
  })
}

/** The agent, with the keys first that were named: servers close after a few wrong ones. It signs; it is never forwarded. */
class NamedFirst extends BaseAgent {
  constructor(
    readonly inner: BaseAgent,
    readonly named: readonly Buffer[],
  ) {
    super()
  }

  override getIdentities(callback: IdentityCallback<Identity>): void {
    this.inner.getIdentities((error, keys) => {
      const isNamed = (key: Identity) => this.named.some((one) => one.equals(blobOf(key)))
      const all = (keys ?? []) as Identity[]
      callback(error, [...all.filter(isNamed), ...all.filter((key) => !isNamed(key))])
    })
  }

  override sign(key: Identity, data: Buffer, options: SigningRequestOptions | SignCallback, callback?: SignCallback): void {
    if (typeof options === 'function') this.inner.sign(key, data, options)
    else this.inner.sign(key, data, options, callback)
  }
}

/** The agent at a socket, or the pipe of Windows. */
export async function agentAt(socket: string, keyFiles: readonly string[]): Promise<BaseAgent> {
  return new NamedFirst(createAgent(socket), await publicHalves(keyFiles))
}
