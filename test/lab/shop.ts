import { setTimeout as sleep } from 'node:timers/promises'
import type { AppOptions } from '../../src/main/app'
import type { Json } from '../../src/main/ports'
import type { ConnectionId, ReleaseId } from '../../src/shared/domain/ids'
import type { OnFailure } from '../../src/shared/domain/placement'
import type { Plan } from '../../src/shared/domain/plan'
import type { Run, RunAnswer } from '../../src/shared/domain/run'
import type { Strategy } from '../../src/shared/domain/strategy'
import type { ServerPlace } from '../support/docker'
import { testImage, type ImageOptions } from '../support/image'
import { actsOn, type Acts } from './acts'
import { importServers, openFleet, releaseOf, rest, start, type Client } from './fleet'

/** A host of the shop: where it is, and what can be done to it from outside. */
export interface Host {
  place: ServerPlace
  acts: Acts
}

export const hostsOf = (places: readonly ServerPlace[]): Host[] => places.map((place) => ({ place, acts: actsOn(place) }))

const socket = 'UNIX-CONNECT:/run/haproxy/admin.sock'

/** Leaves a host as it was before any test: nothing broken, nothing running, HAProxy's slots as its configuration has them. */
function tidy({ acts }: Host) {
  acts.heal()
  acts.fill(false)
  acts.breakNginx(false)
  acts.tell('')
  acts.sh(
    [
      'ids=$(docker ps -aq); [ -z "$ids" ] || docker rm -f $ids >/dev/null',
      'rm -rf /var/lib/slipway /etc/nginx/conf.d/slipway-* /etc/nginx/conf.d/*.live /etc/nginx/conf.d/*.previous',
      "printf 'upstream shop_web { server 127.0.0.1:1 down; server 127.0.0.1:1 backup; }\\n' > /etc/nginx/conf.d/shop_web.conf",
      'nginx -s reload',
      'docker image prune -af >/dev/null',
      `for n in 1 2 3 4 5 6 7 8; do echo "set server shop_web/slipway$n state maint" | socat - ${socket}; done`,
    ].join('; '),
  )
}

export async function leave(hosts: readonly Host[]): Promise<void> {
  for (const host of hosts) tidy(host)
}

/** What people ran there before: a container on a port, and a proxy that leads to it. */
export async function furnish(host: Host, image: ImageOptions, proxy: unknown): Promise<void> {
  tidy(host)
  const { digest, archive } = await testImage(image)
  host.acts.sh('docker load', archive)
  host.acts.sh(
    [
      `docker tag ${digest} shop/web:${image.version}`,
      `docker run -d --name shop_web --restart unless-stopped -p 127.0.0.1:8081:8080 shop/web:${image.version}`,
      "printf 'upstream shop_web { server 127.0.0.1:8081; }\\n' > /etc/nginx/conf.d/shop_web.conf",
      'nginx -t 2>/dev/null && nginx -s reload',
      ...(proxy === 'haproxy'
        ? [
            `for c in "addr 127.0.0.1 port 8081" "state ready"; do echo "set server shop_web/slipway1 $c" | socat - ${socket}; done`,
          ]
        : []),
    ].join(' && '),
  )
}

export interface ShopOptions {
  settings?: Record<string, Json>
  image?: ImageOptions
  app?: AppOptions
}

/** Makes an environment of what the seed started on these servers. */
export async function adoptShop(client: Client, ids: readonly ConnectionId[], settings: Record<string, Json> = {}) {
  return client.placements.adopt({
    app: { slug: 'shop', name: 'Shop' },
    environment: 'production',
    services: [
      {
        slug: 'web',
        healthPath: '/cgi-bin/health',
        route: true,
        provider: 'docker',
        connectionIds: [...ids],
        settings: {
          instances: 1,
          port: 8080,
          proxy: 'nginx',
          upstream: 'shop_web',
          upstreamFile: settings['proxy'] === 'haproxy' ? '' : '/etc/nginx/conf.d/shop_web.conf',
          found: 'shop_web',
          stopSeconds: 3,
          ...settings,
        },
      },
    ],
  })
}

/** One shop on all of these hosts, as people ran it before, adopted as production of an app: the ground of most deploys here. */
export async function openShop(hosts: readonly Host[], { settings = {}, image = { version: 'v1' }, app = {} }: ShopOptions = {}) {
  for (const host of hosts) await furnish(host, image, settings['proxy'])
  let told: (name: string) => void = () => {}
  const places = hosts.map((host) => host.place)
  const fleet = await openFleet(places, {
    ...app,
    crashPoint: (name) => told(name),
  })
  const ids = await importServers(
    fleet.client,
    places.map((place) => place.name),
  )
  const connections = places.map((place) => ids.get(place.name)!)
  const { placementId, release } = await adoptShop(fleet.client, connections, settings)
  if (!release) throw new Error('nothing was found')
  const client = () => fleet.client
  const deploy = (releaseId: ReleaseId) => client().plans.deploy({ placementId, releaseId })
  return {
    fleet,
    placementId,
    appId: release.appId,
    found: release.id,
    connections,
    get client() {
      return fleet.client
    },
    /** Called at every crash point of the engine, by its name. */
    at(listener: (name: string) => void) {
      told = listener
    },
    release: (options: ImageOptions) => releaseOf(client(), release.appId, placementId, options),
    async policy(onFailure: OnFailure, more: { bakeSeconds?: number; strategy?: Strategy } = {}) {
      await this.idle()
      await client().placements.setPolicy({ placementId, onFailure, bakeSeconds: 1, ...more })
    },
    plan: deploy,
    /** A run that has just ended gives its locks back a moment later. */
    async idle() {
      while (fleet.app.activity().runs.length > 0) await sleep(50)
      await sleep(300)
    },
    /** Plans a deploy and starts it, with a hold that an earlier failure left lifted first. */
    async begin(releaseId: ReleaseId): Promise<{ run: Run; plan: Plan }> {
      await client().placements.liftHold({ placementId, reason: 'the next case' })
      await this.idle()
      const plan = await deploy(releaseId)
      return { plan, run: await start(client(), plan) }
    },
    async deployed(releaseId: ReleaseId): Promise<Run> {
      const { run } = await this.begin(releaseId)
      return rest(client(), run.id)
    },
    async answered(run: Run, answer: RunAnswer): Promise<Run> {
      await client().runs.answer({ runId: run.id, answer })
      return settled(client(), run)
    },
    close: () => fleet.close(),
  }
}
export type Shop = Awaited<ReturnType<typeof openShop>>

/** Waits until a run that was answered has ended, or rests anew. */
export async function settled(client: Client, { id, seq }: Run): Promise<Run> {
  for (;;) {
    const { run } = await client.runs.get({ runId: id })
    if (run.seq > seq && ['ended', 'interrupted', 'asking'].includes(run.state)) return run
    await sleep(100)
  }
}
