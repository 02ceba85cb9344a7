import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

export type KeyType = 'ed25519' | 'ecdsa' | 'rsa'

export interface HostKey {
  type: KeyType
  /** `SHA256:…` */
  fingerprint: string
  /** As in known_hosts behind the name: `ssh-ed25519 AAAA…`. */
  line: string
}

export interface SshdOptions {
  /** Lines of its configuration that come before ours: `MaxStartups 1:100:1`, `ForceCommand …`. The first of a name counts. */
  config?: readonly string[]
  hostKeys?: readonly KeyType[]
  /** What its sessions are started with, beside a HOME of their own. */
  environment?: Record<string, string>
  /** Another port than a free one, to start again where one was. */
  port?: number
  /** Keys of a former one, to be the same server again. */
  folder?: string
}

export interface Sshd {
  host: '127.0.0.1'
  port: number
  /** Who may sign in: the user of the test. */
  user: string
  hostKeys: HostKey[]
  /** A private key (OpenSSH, ed25519, no passphrase) that it lets in. */
  keyFile: string
  /** Keys that it lets in, one a line. */
  authorizedKeys: string
  folder: string
  /** What it has written to its log so far. */
  log(): string
  /** Pids of the connections that are open. */
  connections(): number[]
  /** Ends it and every connection, and removes its folder unless told to keep it. */
  stop(options?: { keepFolder?: boolean }): Promise<void>
}

/** Makes a key pair with `ssh-keygen`; answers the public line. */
export function makeKey(file: string, type: KeyType = 'ed25519', passphrase = '', more: readonly string[] = []): string {
  const size = type === 'rsa' ? ['-b', '2048'] : []
  execFileSync('ssh-keygen', ['-q', '-t', type, ...size, '-N', passphrase, '-C', 'test', '-f', file, ...more])
  return readFileSync(`${file}.pub`, 'utf8').trim()
}

export const fingerprintOf = (publicFile: string) =>
  execFileSync('ssh-keygen', ['-l', '-E', 'sha256', '-f', publicFile], { encoding: 'utf8' }).split(' ')[1]!

/** A port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('data', () => (socket.destroy(), resolve(true)))
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
  })
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid
      } catch {
        return false
      }
    })
    .map(Number)
}

/** Ends a process and all that it began; those that were gone already are no matter. */
function kill(pid: number): void {
  for (const child of childrenOf(pid)) kill(child)
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // gone
  }
}

function prepare(
  folder: string,
  { config = [], hostKeys = ['ed25519'], environment = {} }: SshdOptions,
  port: number,
  again: boolean,
): HostKey[] {
  const file = (name: string) => join(folder, name)
  mkdirSync(file('home'), { recursive: true })
  if (!again) writeFileSync(file('authorized_keys'), `${makeKey(file('client'))}\n`)
  const keys = hostKeys.map((type) => {
    const line = again ? readFileSync(file(`host_${type}.pub`), 'utf8').trim() : makeKey(file(`host_${type}`), type)
    return { type, fingerprint: fingerprintOf(file(`host_${type}.pub`)), line: line.split(' ').slice(0, 2).join(' ') }
  })
  // Its users' shells read no start-up file of whoever runs the test.
  const variables = Object.entries({ HOME: file('home'), ...environment })
  const lines = [
    ...config,
    `SetEnv ${variables.map(([name, value]) => `${name}=${value}`).join(' ')}`,
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...hostKeys.map((type) => `HostKey ${file(`host_${type}`)}`),
    `AuthorizedKeysFile ${file('authorized_keys')}`,
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
    'PrintMotd no',
    'LogLevel VERBOSE',
    'MaxStartups 100:30:200',
    'Subsystem sftp internal-sftp',
  ]
  writeFileSync(file('sshd_config'), `${lines.join('\n')}\n`)
  return keys
}

/** A real OpenSSH server of its own configuration and keys, on 127.0.0.1. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'slipway-sshd-'))
  const port = options.port ?? (await freePort())
  const hostKeys = prepare(folder, options, port, options.folder !== undefined)
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
  const log: string[] = []
  const daemon: ChildProcess = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(folder, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  daemon.stderr?.on('data', (part: Buffer) => log.push(part.toString('utf8')))
  const stop = async ({ keepFolder = false } = {}) => {
    if (daemon.pid !== undefined) kill(daemon.pid)
    if (daemon.exitCode === null && daemon.signalCode === null) await new Promise((resolve) => daemon.once('exit', resolve))
    if (!keepFolder) rmSync(folder, { recursive: true, force: true })
  }
  for (let tries = 0; !(await answers(port)); tries++) {
    if (tries > 100 || daemon.exitCode !== null) {
      await stop()
      throw new Error(`sshd does not answer: ${log.join('')}`)
    }
    await wait(50)
  }
  return {
    host: '127.0.0.1',
    port,
    user: userInfo().username,
    hostKeys,
    keyFile: join(folder, 'client'),
    authorizedKeys: join(folder, 'authorized_keys'),
    folder,
    log: () => log.join(''),
    connections: () => childrenOf(daemon.pid ?? -1),
    stop,
  }
}
