import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { dockerProvider } from '../../../src/main/providers/docker'
import type { ArtifactBytes } from '../../../src/main/providers/provider'
import { channelsOf } from '../../../src/main/ssh/channels'
import type { ServerHandle } from '../../../src/main/ssh/link'
import { openWholly } from '../../../src/main/ssh/open'
import { ConnectionId, newId } from '../../../src/shared/domain/ids'
import { startLab, type Lab } from '../../lab'
import { engine, stopEngine } from '../../lab/engine'
import type { LabHost } from '../../lab/host'
import { ownerOf } from '../../lab/owner'
import { imageStore } from '../../support/docker'
import { testImage, type TestImage } from '../../support/image'
import { never, noRegistries } from '../../support/local'
import { hopTo, openPorts, realClock } from '../../support/way'
import { startTcpProxy } from '../../support/tcp-proxy'
import { median } from '../measure'
import { against, type Aim, type Row } from '../report'
import { timed } from './site'

const exec = promisify(execFile)
const rounds = 3
const cases = [
  { megabytes: 30, rate: 2_500_000, words: 'over 20 Mbit/s' },
  { megabytes: 120, rate: null, words: 'over a link as fast as it is' },
]
const aim: Aim = { words: '≤ 1 ×', holds: (_, there) => there !== null && there <= 1 }

/** As much of this machine's own libraries as is asked for: what an image is mostly made of. */
async function programs(folder: string, megabytes: number): Promise<Buffer> {
  const file = join(folder, 'programs')
  await exec('sh', ['-c', 'tar -cf - -C /usr/lib . 2>/dev/null | head -c "$1" > "$0"', file, String(megabytes * 1_000_000)])
  return readFileSync(file)
}

const bytesOf = (archive: Buffer): ArtifactBytes => ({
  async *[Symbol.asyncIterator]() {
    for (let at = 0; at < archive.length; at += 65_536) yield archive.subarray(at, at + 65_536)
  },
})

/** The host's Engine, through a port of this machine that leads to the host, opened as the app opens it. */
async function engineAt(lab: Lab, host: LabHost, port: number) {
  const key = /ssh-ed25519 \S+/.exec(readFileSync(lab.knownHostsFile, 'utf8'))?.[0]
  const { ports, remove } = openPorts({ known: `[127.0.0.1]:${port} ${key}\n` })
  const opened = await openWholly({ hops: [hopTo({ ...host, port })], allowWeak: false }, host.name, ports, never)
  const about = {
    name: host.name,
    user: host.user,
    fingerprint: opened.fingerprint,
    root: { by: 'sudo', password: null } as const,
    lost: opened.lost,
  }
  const link = { ...channelsOf(opened.client, about, realClock), close: () => Promise.resolve() }
  const handle: ServerHandle = { link: () => Promise.resolve(link) }
  const connection = { id: newId(ConnectionId), kind: 'server', identity: 'ssh:bench', handle } as const
  const session = await dockerProvider({ aliveMs: 1000 }).connect([connection], {
    clock: realClock,
    artifacts: imageStore().store,
    registries: noRegistries,
  })
  return {
    take: ({ digest, archive }: TestImage) => session.artifacts!.write(digest, connection.id, bytesOf(archive), never),
    close() {
      opened.close()
      remove()
    },
  }
}

const forget = (host: LabHost, { digest }: TestImage) => host.sh(`docker rmi -f ${digest}; sync`)

/** An image that a server has nothing of, over a slow link and over a fast one, beside `ssh host docker load`. */
export async function imageToOne(): Promise<Row[]> {
  const owner = ownerOf()
  process.env['DOCKER_HOST'] = await engine(owner)
  const folder = mkdtempSync(join(tmpdir(), 'slw-bench-'))
  const lab = await startLab({ owner, hosts: 1 })
  const host = lab.hosts[0]!
  const proxy = await startTcpProxy(host.port, host.host)
  const there = await engineAt(lab, host, proxy.port)
  try {
    const rows: Row[] = []
    for (const { megabytes, rate, words } of cases) {
      const image = await testImage({ version: 'v1', ballast: await programs(folder, megabytes) })
      const file = join(folder, 'image.tar')
      writeFileSync(file, image.archive)
      const way = `-F ${lab.sshConfigFile} -o HostName=127.0.0.1 -o Port=${proxy.port} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null`
      const [ours, theirs]: [number[], number[]] = [[], []]
      proxy.throttle(rate)
      for (let round = 0; round < rounds; round++) {
        await forget(host, image)
        ours.push(await timed(() => there.take(image)))
        await forget(host, image)
        theirs.push(await timed(() => exec('sh', ['-c', `ssh ${way} ${host.name} sudo docker load < ${file}`])))
      }
      proxy.throttle(null)
      rows.push(
        against(
          `image of ${megabytes} MB to one server ${words}`,
          median(ours) / 1000,
          'ssh host docker load',
          median(theirs) / 1000,
          's',
          aim,
        ),
      )
    }
    return rows
  } finally {
    there.close()
    await proxy.stop()
    await lab.stop()
    rmSync(folder, { recursive: true, force: true })
    await stopEngine(owner)
  }
}
