import { generateKeyPairSync } from 'node:crypto'
import { createServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net'
import ssh2, { type AuthContext, type Connection as SshConnection, type ServerConfig } from 'ssh2'

/** An SSH server of the test's own, for what OpenSSH does not do at will. */
export interface FakeServer {
  port: number
  user: string
  keyFile: string
  /** As in known_hosts behind the name. */
  hostKeys: { type: 'ed25519'; fingerprint: string; line: string }[]
  stop(): Promise<void>
}

export const aKey = () =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()

export function lineOf(privateKey: string): string {
  const key = ssh2.utils.parseKey(privateKey)
  if (key instanceof Error) throw key
  const blob = (Array.isArray(key) ? key[0]! : key).getPublicSSH()
  return `${blob.toString('latin1', 4, 4 + blob.readUInt32BE(0))} ${blob.toString('base64')}`
}

async function listening(server: TcpServer | InstanceType<typeof ssh2.Server>, port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** `authenticate` judges each try; `connected` sees each connection that is let in. */
export async function startSshServer(options: {
  authenticate(context: AuthContext): void
  connected?(client: SshConnection): void
  config?: Partial<ServerConfig>
}): Promise<FakeServer> {
  const key = aKey()
  const clients = new Set<SshConnection>()
  const server = new ssh2.Server({ hostKeys: [key], ...options.config }, (client) => {
    clients.add(client)
    client.on('error', () => {})
    client.on('close', () => clients.delete(client))
    client.on('authentication', options.authenticate)
    client.on('ready', () => options.connected?.(client))
  })
  const port = await listening(server)
  return {
    port,
    user: 'ana',
    keyFile: '/nonexistent/key',
    hostKeys: [{ type: 'ed25519', fingerprint: '', line: lineOf(key) }],
    stop: async () => {
      for (const client of clients) client.end()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A bare TCP server; `greet` does with each connection what it likes. */
export async function startTcp(greet: (socket: Socket) => void): Promise<{ port: number; stop(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    greet(socket)
  })
  const port = await listening(server)
  return {
    port,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
