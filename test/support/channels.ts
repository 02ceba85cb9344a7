import { readFileSync } from 'node:fs'
import { Client } from 'ssh2'
import { channelsOf, type About } from '../../src/main/ssh/channels'
import type { ServerLink } from '../../src/main/ssh/link'
import { LinkLost } from '../../src/shared/domain/problem'
import { realClock } from './local'
import type { Sshd } from './sshd'

export interface OpenChannels {
  link: Omit<ServerLink, 'close'>
  client: Client
  close(): void
}

/** The channels of a plain client that is signed in at a real sshd: what is tested is what happens on it, not how it opens. */
export async function channelsAt(
  sshd: Pick<Sshd, 'port' | 'user' | 'keyFile'>,
  { host = '127.0.0.1', port, ...more }: Partial<About> & { host?: string; port?: number } = {},
): Promise<OpenChannels> {
  const client = new Client()
  const lost = new AbortController()
  const gone = () => lost.abort(new LinkLost({ code: 'link-lost', data: {}, message: 'The link was lost.' }))
  client.once('close', gone)
  client.on('error', gone)
  await new Promise<void>((resolve, reject) => {
    client.once('ready', resolve)
    client.once('error', reject)
    client.connect({
      host,
      port: port ?? sshd.port,
      username: sshd.user,
      privateKey: readFileSync(sshd.keyFile),
      hostVerifier: () => true,
      keepaliveInterval: 200,
      keepaliveCountMax: 3,
    })
  })
  const about: About = {
    name: 'web-1',
    user: sshd.user,
    fingerprint: 'SHA256:test',
    root: { by: 'nothing' },
    lost: lost.signal,
    ...more,
  }
  return { link: channelsOf(client, about, realClock), client, close: () => client.end() }
}
