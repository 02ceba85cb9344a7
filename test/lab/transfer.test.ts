import { createHash, randomFillSync } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { extract, pack } from 'tar-stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ArtifactBytes } from '../../src/main/providers/provider'
import type { Digest } from '../../src/shared/domain/artifact'
import { openDocker, type OpenedDocker } from '../support/docker'
import { testImage, type ImageOptions } from '../support/image'
import { never } from '../support/local'
import { labPlaces } from './places'
import { hostsOf, leave, openShop, type Host } from './shop'

/** Nothing of it can be packed: what of it goes over a link is seen in the count of bytes. */
const ballast = randomFillSync(Buffer.alloc(24 * 1024 * 1024))
const megabyte = 1024 * 1024
/** Two versions of a program over the same large layer. */
const [v1, v2]: [ImageOptions, ImageOptions] = [
  { version: 'v1', ballast },
  { version: 'v2', ballast },
]

let hosts: Host[]
let docker: OpenedDocker

beforeEach(async () => {
  hosts = hostsOf(labPlaces().hosts)
  await leave(hosts)
  docker = await openDocker(hosts.map((host) => host.place))
})
afterEach(async () => {
  docker.close()
  await leave(hosts)
})

const received = ({ acts }: Host) => Number(acts.sh('cat /sys/class/net/eth0/statistics/rx_bytes'))

/** The bytes that a host received while this was done. */
async function receivedDuring(host: Host, work: () => Promise<unknown>): Promise<number> {
  const before = received(host)
  await work()
  return received(host) - before
}

async function give(host: Host, options: ImageOptions): Promise<Digest> {
  const { digest, archive } = await testImage(options)
  host.acts.sh('docker load', archive)
  return digest
}

/** An archive as Docker 25 and newer write it: files named by what they hold. */
async function asNewer(archive: Buffer): Promise<Buffer> {
  const out = pack()
  const renamed = (name: string) => `blobs/sha256/${/[0-9a-f]{64}/.exec(name)?.[0]}`
  const tar = extract()
  tar.end(archive)
  for await (const entry of tar) {
    const body = await buffer(entry)
    const { name, type } = entry.header
    if (type === 'directory') continue
    if (name !== 'manifest.json') out.entry({ name: renamed(name) }, body)
    else {
      const [image] = JSON.parse(body.toString()) as [{ Config: string; Layers: string[] }]
      const manifest = [{ Config: renamed(image.Config), RepoTags: null, Layers: image.Layers.map(renamed) }]
      out.entry({ name }, JSON.stringify(manifest))
    }
  }
  out.finalize()
  return buffer(out)
}

/** Bytes that lie on this computer, and what was said of them on the way. */
function near(archive: Buffer, first: () => void = () => {}) {
  const said: string[] = []
  const bytes: ArtifactBytes = {
    async *[Symbol.asyncIterator]() {
      first()
      yield* Readable.from(pieces(archive))
    },
    again: () => Readable.from(pieces(archive)),
    look: () => Readable.from(pieces(archive)),
    note: (words) => void said.push(words),
  }
  return { bytes, said }
}
function* pieces(archive: Buffer) {
  for (let at = 0; at < archive.length; at += 65_536) yield archive.subarray(at, at + 65_536)
}

/** That the Engine has this very image, whole: its own account of it, and the bytes in a container of it. */
function expectWhole({ acts }: Host, digest: Digest, version: string) {
  expect(acts.sh(`docker image inspect --format '{{.Id}}' ${digest}`).trim()).toBe(digest)
  const script = 'cat /www/index.html; /bin/busybox sha256sum /ballast'
  const said = acts.sh(`docker run --rm ${digest} /bin/sh -c '${script}'`).trim().split(/\s+/)
  expect(said.slice(0, 2)).toEqual([version, createHash('sha256').update(ballast).digest('hex')])
}

describe('an image whose large layer a server has already', () => {
  test.each([
    ['older', (archive: Buffer) => Promise.resolve(archive)],
    ['25 and newer', asNewer],
  ])('D8 comes from an archive as Docker %s writes it without that layer, and is the same image', async (_, shape) => {
    const [host] = hosts as [Host]
    await give(host, v1)
    const { digest, archive } = await testImage(v2)
    const { bytes, said } = near(await shape(archive))
    const { id } = docker.connections[0]!
    const came = await receivedDuring(host, () => docker.session.artifacts!.write(digest, id, bytes, never))
    expect(came).toBeLessThan(8 * megabyte)
    expect(said[0]).toContain('1 of 2 layers were there')
    // What it says at the end is what the host's own network counted, but for the wrapping.
    const told = Number(/^([\d.]+) MB went over the link/.exec(said.at(-1) ?? '')?.[1]) * 1_000_000
    expect(came).toBeGreaterThanOrEqual(told * 0.95)
    expect(told).toBeGreaterThan(100_000)
    expectWhole(host, digest, 'v2')
  })

  test('D8 comes from another server’s Engine without that layer', async () => {
    const [from, to] = hosts as [Host, Host]
    const digest = await give(from, v2)
    await give(to, v1)
    const [source, target] = docker.connections.map((one) => one.id)
    const { read, layers, write } = docker.session.artifacts!
    const bytes: ArtifactBytes = {
      [Symbol.asyncIterator]: () => read!(digest, source!, never)[Symbol.asyncIterator](),
      again: () => read!(digest, source!, never),
      layers: await layers!(digest, source!, never),
    }
    const came = await receivedDuring(to, () => write(digest, target!, bytes, never))
    expect(came).toBeLessThan(8 * megabyte)
    expectWhole(to, digest, 'v2')
  })

  test('D8 comes whole where that layer goes while it is on the way', async () => {
    const [host] = hosts as [Host]
    const old = await give(host, v1)
    const { digest, archive } = await testImage(v2)
    const { bytes, said } = near(archive, () => host.acts.sh(`docker rmi -f ${old}`))
    await docker.session.artifacts!.write(digest, docker.connections[0]!.id, bytes, never)
    expect(said.join('\n')).toContain('once more, whole')
    expectWhole(host, digest, 'v2')
  })

  test('D8 is refused where it is another image than was asked for, and nothing of it stays', async () => {
    const [host] = hosts as [Host]
    await give(host, v1)
    const { archive } = await testImage(v2)
    const other = (await testImage({ ...v2, version: 'v3' })).digest
    const before = host.acts.sh('docker images -aq --no-trunc | sort')
    const { bytes } = near(archive)
    await expect(docker.session.artifacts!.write(other, docker.connections[0]!.id, bytes, never)).rejects.toMatchObject({
      problem: { code: 'image-other' },
    })
    expect(host.acts.sh('docker images -aq --no-trunc | sort')).toBe(before)
  })
})

test('D8 a deploy to three servers reads the image once, and sends each only what it lacks', async () => {
  const shop = await openShop(hosts, { image: v1 })
  try {
    await shop.policy({ rule: 'revert' })
    hosts[2]!.acts.sh('docker rm -f shop_web && docker rmi -f $(docker images -q)')
    await give(hosts[2]!, { version: 'v0' })
    const next = await shop.release(v2)
    const before = hosts.map(received)
    const run = await shop.deployed(next)
    expect(run.outcome).toBe('succeeded')
    const came = hosts.map((host, i) => received(host) - before[i]!)
    expect(came.slice(0, 2).every((bytes) => bytes < 8 * megabyte)).toBe(true)
    const words = run.steps.filter((step) => step.phase === 'transfer').map((step) => step.words)
    expect(words.filter((one) => one?.includes('1 of 2 layers were there'))).toHaveLength(2)
    for (const host of hosts) expect(host.acts.sh('curl -s -H "Host: shop.test" http://127.0.0.1/').trim()).toBe('v2')
  } finally {
    await shop.close()
  }
})
