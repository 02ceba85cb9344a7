import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from './sshd'

/** Who may read and write there. The hash is bcrypt's of the password. */
export const registryUser = {
  user: 'puller',
  password: 'yellow-canary-pull-7d21',
  hash: '$2y$05$abcdefghijklmnopqrstuu/8hheqlhoPw8XOjVvWYfCfqzwycEq2C',
}

export interface TestRegistry {
  /** `127.0.0.1:5000`; what stands before the names of its images. */
  host: string
  /** The certificate that its own is signed by; null where it speaks without TLS. */
  ca: string | null
  /** `172.31.0.11 GET /v2/…` and the like, as they came. */
  asked: string[]
  /** Answers so many requests whose path matches with this status, instead of the registry; tells how many it still will. */
  refuse(path: RegExp, status: number, times: number): () => number
  stop(): Promise<void>
}

function certificate(folder: string, address: string): { key: string; cert: string } {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const names = `subjectAltName=IP:${address}`
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const about = ['-subj', '/CN=registry of the tests', '-addext', names, '-keyout', key, '-out', cert]
  execFileSync('openssl', [...request, ...about], { stdio: 'pipe' })
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
}

const configuration = (folder: string, port: number) => `version: 0.1
log: { level: error }
storage: { filesystem: { rootdirectory: ${folder}/images } }
http: { addr: "127.0.0.1:${port}" }
auth: { htpasswd: { realm: tests, path: ${folder}/users } }
`

/** A real registry of images that wants to know who asks, behind a door where faults can be told. With TLS on another address than 127.0.0.1. */
export async function startRegistry(address = '127.0.0.1'): Promise<TestRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-registry-'))
  const port = await freePort()
  writeFileSync(join(folder, 'users'), `${registryUser.user}:${registryUser.hash}\n`)
  writeFileSync(join(folder, 'config.yml'), configuration(folder, port))
  const daemon = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: ['ignore', 'ignore', 'inherit'] })
  const asked: string[] = []
  let refusing: { path: RegExp; status: number; left: number } | null = null

  const through: http.RequestListener = (request, response) => {
    const { method = '', url = '', headers } = request
    asked.push(`${request.socket.remoteAddress} ${method} ${url}`)
    if (refusing && refusing.left > 0 && refusing.path.test(url)) {
      refusing.left -= 1
      response.writeHead(refusing.status).end('{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}')
      return
    }
    const forwarded = { ...headers, 'x-forwarded-proto': secure ? 'https' : 'http' }
    const inner = http.request({ host: '127.0.0.1', port, method, path: url, headers: forwarded }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    inner.on('error', () => response.destroy())
    request.pipe(inner)
  }
  const secure = address === '127.0.0.1' ? null : certificate(folder, address)
  const door = secure ? https.createServer(secure, through) : http.createServer(through)
  await new Promise<void>((resolve) => door.listen(0, address, resolve))

  const stop = async () => {
    door.closeAllConnections()
    await new Promise((resolve) => door.close(resolve))
    const gone = new Promise((resolve) => daemon.once('exit', resolve))
    if (daemon.exitCode === null && daemon.kill('SIGKILL')) await gone
    rmSync(folder, { recursive: true, force: true })
  }
  for (let tries = 0; ; tries++) {
    const answers = await fetch(`http://127.0.0.1:${port}/v2/`).then(
      ({ status }) => status === 401,
      () => false,
    )
    if (answers) break
    if (tries > 100 || daemon.exitCode !== null) {
      await stop()
      throw new Error('the registry does not answer')
    }
    await wait(50)
  }
  return {
    host: `${address}:${(door.address() as AddressInfo).port}`,
    ca: secure?.cert ?? null,
    asked,
    refuse(path, status, times) {
      const told = { path, status, left: times }
      refusing = told
      return () => told.left
    },
    stop,
  }
}
