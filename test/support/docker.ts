import { Readable } from 'node:stream'
import { dockerProvider } from '../../src/main/providers/docker'
import { lockKey, type OpenConnection, type Session } from '../../src/main/providers/provider'
import type { ArtifactStore } from '../../src/main/ports'
import type { ServerHandle } from '../../src/main/ssh/link'
import type { Artifact, Digest } from '../../src/shared/domain/artifact'
import { ConnectionId, newId } from '../../src/shared/domain/ids'
import { channelsAt, type OpenChannels } from './channels'
import { testImage, type ImageOptions } from './image'
import { never, noRegistries, placed, realClock, type Placed } from './local'

/** Where a server of the test is, and how one signs in. */
export interface ServerPlace {
  name: string
  host: string
  port: number
  user: string
  keyFile: string
  /** Whether it has sudo without a password. */
  sudo: boolean
}

/** Images as a store of the app would hold them. */
export function imageStore() {
  const kept = new Map<Digest, Buffer>()
  const store: ArtifactStore = {
    has: (digest) => kept.has(digest),
    get: (digest): Artifact | null => {
      const bytes = kept.get(digest)
      return bytes ? { v: 1, digest, kind: 'image', size: bytes.length, locators: [] } : null
    },
    read: (digest) => Readable.from([kept.get(digest) ?? Buffer.alloc(0)]),
  }
  return {
    store,
    async add(options: ImageOptions): Promise<Digest> {
      const { digest, archive } = await testImage(options)
      kept.set(digest, archive)
      return digest
    },
    forget: (digest: Digest) => kept.delete(digest),
  }
}

/** Servers with Docker, opened for one session of the provider. */
export async function openDocker(places: readonly ServerPlace[], { aliveMs = 1000 } = {}) {
  const images = imageStore()
  const channels = new Map<ConnectionId, OpenChannels>()
  const connections: OpenConnection[] = []
  for (const place of places) {
    const id = newId(ConnectionId)
    const connect = () =>
      channelsAt(
        { port: place.port, user: place.user, keyFile: place.keyFile },
        {
          host: place.host,
          name: place.name,
          user: place.user,
          root: place.sudo ? { by: 'sudo', password: null } : { by: 'nothing' },
        },
      )
    channels.set(id, await connect())
    const handle: ServerHandle = {
      async link() {
        const open = channels.get(id)
        const live = open && !open.link.lost.aborted ? open : await connect()
        channels.set(id, live)
        return { ...live.link, close: async () => live.close() }
      },
    }
    connections.push({ id, kind: 'server', identity: `ssh:${place.name}`, handle })
  }
  const session = await dockerProvider({ aliveMs }).connect(connections, {
    clock: realClock,
    artifacts: images.store,
    registries: noRegistries,
  })
  return {
    images,
    session,
    connections,
    channels,
    close() {
      for (const open of channels.values()) open.close()
    },
  }
}
export type OpenedDocker = Awaited<ReturnType<typeof openDocker>>

/** One service on these servers, its lock taken. What it leaves is removed by `clear`. */
export async function placedOnDocker(
  docker: OpenedDocker,
  service: Parameters<typeof placed>[1] = {},
  settings: Parameters<typeof placed>[2] = {},
) {
  const [first] = docker.connections
  if (!first) throw new Error('at least one server')
  const place: Placed = placed(
    {
      session: docker.session,
      artifacts: docker.images.store,
      record: { id: first.id },
      provider: 'docker',
      connectionIds: docker.connections.map((one) => one.id),
    },
    { artifactKind: 'image', healthPath: '/cgi-bin/health', ...service },
    { port: 8080, upstream: 'shop_web', upstreamFile: '/etc/nginx/conf.d/shop_web.conf', stopSeconds: 3, keep: 1, ...settings },
  )
  await take(docker.session, place)
  return {
    place,
    async clear() {
      for (const { link } of docker.channels.values()) {
        const script = `ids=$(docker ps -aq --filter label=slipway.app=${place.context.app.slug} --filter label=slipway.service=${place.context.service.slug}); [ -z "$ids" ] || docker rm -f $ids`
        await link.run(['/bin/sh', '-c', script], {}, never)
      }
      await docker.session.lock?.release(lockKey(place.context), 'test', never)
    },
  }
}

async function take(session: Session, { context, lock }: Placed) {
  const answer = await session.lock?.acquire(lockKey(context), 'test', 'a test', never)
  if (answer && 'heldBy' in answer) throw new Error(`the lock is held by ${answer.heldBy}`)
  lock.fence = Math.max(1, ...Object.values(answer?.fences ?? {}))
}
