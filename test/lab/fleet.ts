import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ContractRouterClient } from '@orpc/contract'
import { createRouterClient } from '@orpc/server'
import { createApp, type AppOptions, type SlipwayApp } from '../../src/main/app'
import { dockerProvider } from '../../src/main/providers/docker'
import { providers as shipped } from '../../src/main/providers/registry'
import type { Contract } from '../../src/shared/api'
import type { ConnectionId, PlacementId, ReleaseId, RunId } from '../../src/shared/domain/ids'
import type { Plan } from '../../src/shared/domain/plan'
import type { Run } from '../../src/shared/domain/run'
import { channelsAt, type OpenChannels } from '../support/channels'
import { testImage, writeImage, type ImageOptions } from '../support/image'
import type { ServerPlace } from '../support/docker'
import { never } from '../support/local'
import { builtSupervisor } from '../support/supervisor'

export type Client = ContractRouterClient<Contract>

/** A home folder whose SSH configuration names these servers. */
export function homeFor(places: readonly ServerPlace[], parent = tmpdir()): string {
  const home = mkdtempSync(join(parent, 'slw-home-'))
  mkdirSync(join(home, '.ssh'), { mode: 0o700 })
  const hosts = places.map(({ name, host, port, user, keyFile }, i) => {
    const key = join(home, '.ssh', `key-${i}`)
    copyFileSync(keyFile, key)
    return `Host ${name}\n  HostName ${host}\n  Port ${port}\n  User ${user}\n  IdentityFile ${key}\n`
  })
  writeFileSync(join(home, '.ssh', 'config'), hosts.join('\n'), { mode: 0o600 })
  return home
}

/** One of the servers, spoken to beside the app: the test's own eyes and hands. */
export type Hand = OpenChannels & { place: ServerPlace; sh(script: string): Promise<string> }

export async function handsOf(places: readonly ServerPlace[]): Promise<Hand[]> {
  return Promise.all(
    places.map(async (place) => {
      const open = await channelsAt(place, {
        host: place.host,
        name: place.name,
        user: place.user,
        root: { by: 'sudo', password: null },
      })
      const sh = async (script: string) => {
        const { code, stdout, stderr } = await open.link.run(['/bin/sh', '-c', script], { root: true }, never)
        if (code !== 0) throw new Error(`${place.name}: ${stderr || stdout.toString()}`)
        return stdout.toString('utf8').trim()
      }
      return { ...open, place, sh }
    }),
  )
}

export interface Seed {
  image?: ImageOptions
  upstream?: string
}

/** What people ran there before: a container on a port, and an upstream of nginx in a file of its own. */
export async function seed(hand: Hand, { image = { version: 'v1' }, upstream = 'shop_web' }: Seed = {}): Promise<void> {
  await clean(hand)
  const { digest, archive } = await testImage(image)
  await hand.link.run(['docker', 'load'], { stdin: archive, root: true }, never)
  await hand.sh(
    [
      `docker tag ${digest} shop/web:${image.version}`,
      `docker run -d --name ${upstream} --restart unless-stopped -p 127.0.0.1:8081:8080 shop/web:${image.version}`,
      `printf 'upstream ${upstream} { server 127.0.0.1:8081; }\\n' > /etc/nginx/conf.d/${upstream}.conf`,
      'nginx -t 2>/dev/null && nginx -s reload',
    ].join(' && '),
  )
}

/** Leaves a server as it was before any test. */
export async function clean(hand: Hand): Promise<void> {
  await hand.sh(
    [
      'ids=$(docker ps -aq); [ -z "$ids" ] || docker rm -f $ids >/dev/null',
      'rm -rf /var/lib/slipway /etc/nginx/conf.d/slipway-* /etc/nginx/conf.d/*.live /etc/nginx/conf.d/*.previous',
      "printf 'upstream shop_web { server 127.0.0.1:1 down; server 127.0.0.1:1 backup; }\\n' > /etc/nginx/conf.d/shop_web.conf",
      'nginx -s reload',
      'docker image prune -af >/dev/null',
    ].join('; '),
  )
}

/** The whole app on a data folder of its own, over real servers. */
export async function openFleet(places: readonly ServerPlace[], options: AppOptions = {}) {
  const supervisor = await builtSupervisor()
  const home = homeFor(places)
  const dataDir = mkdtempSync(join(tmpdir(), 'slw-fleet-'))
  const providers = new Map(shipped).set('docker', dockerProvider({ aliveMs: 1500 }))
  const open = () =>
    createApp(
      {
        kind: 'web',
        version: 'test',
        dataDir,
        runtimeDir: dataDir,
        supervisor: { command: supervisor.command },
        resourcesDir: 'resources',
      },
      {
        home,
        providers,
        ...options,
        timings: {
          probeInterval: 200,
          goodInARow: 2,
          healthyTimeout: 12_000,
          upstreamProven: 0,
          linkPatience: 20_000,
          ...options.timings,
        },
      },
    )
  const gone = new AbortController()
  const clientOf = (app: SlipwayApp): Client =>
    createRouterClient(app.router, { context: { clientId: 'test', gone: gone.signal } })
  let app = await open()
  return {
    get app() {
      return app
    },
    get client(): Client {
      return clientOf(app)
    },
    home,
    dataDir,
    /** Ends this one and starts another on the same data folder. */
    async again(mode: 'leave' | 'wait' = 'leave') {
      await app.close(mode)
      app = await open()
      return clientOf(app)
    },
    async close() {
      gone.abort()
      await app.close('leave')
      supervisor.remove()
      for (const folder of [home, dataDir]) rmSync(folder, { recursive: true, force: true })
    },
  }
}
export type OpenFleet = Awaited<ReturnType<typeof openFleet>>

/** Imports the servers from the SSH configuration and trusts the keys that they show. */
export async function importServers(client: Client, names: readonly string[]): Promise<Map<string, ConnectionId>> {
  const made = await client.connections.import({ aliases: [...names] })
  for (const { id } of made) {
    for await (const part of await client.connections.test({ id })) {
      if (part.hostKey) await client.connections.trust({ id, name: part.hostKey.name, fingerprint: part.hostKey.fingerprint })
    }
    const form = await client.connections.form({ id })
    await client.connections.update({ ...form, id, root: 'sudo' })
  }
  return new Map(made.map((one) => [one.slug, one.id]))
}

/** Adopts what runs on these servers under a name of nginx as one service of an environment. */
export async function adopt(
  client: Client,
  environment: string,
  ids: readonly ConnectionId[],
  app: { id: string } | null = null,
) {
  const found = await Promise.all(
    ids.map(async (id) => (await client.connections.discover({ id })).flatMap((one) => one.services)),
  )
  const [first] = found.map((services) => services.find((one) => one.reach?.includes('nginx')))
  if (!first) throw new Error(`nothing behind nginx was found: ${JSON.stringify(found)}`)
  return client.placements.adopt({
    app: app ? { id: app.id } : { slug: 'shop', name: 'Shop' },
    environment: environment,
    services: [
      {
        slug: 'web',
        healthPath: '/cgi-bin/health',
        route: true,
        provider: 'docker',
        connectionIds: [...ids],
        settings: { ...first.settings, stopSeconds: 3 },
      },
    ],
  })
}

/** Starts a plan as a person would who typed the name. */
export async function start(client: Client, plan: Plan): Promise<Run> {
  return client.runs.start({
    planId: plan.id,
    fingerprint: plan.fingerprint,
    ...(plan.needs.typedName ? { typedName: plan.needs.typedName } : {}),
  })
}

/** Waits until a run rests or has ended. */
export async function rest(client: Client, runId: RunId): Promise<Run> {
  for await (const _ of await client.runs.watch({ runId, after: 0 })) {
    const { run } = await client.runs.get({ runId })
    if (run.state === 'ended' || run.state === 'interrupted' || run.state === 'asking') return run
  }
  return (await client.runs.get({ runId })).run
}

/** Makes a release of an image that the test writes to a file. */
export async function releaseOf(
  client: Client,
  appId: string,
  placementId: PlacementId,
  options: ImageOptions,
): Promise<ReleaseId> {
  const file = join(tmpdir(), `slw-release-${process.pid}-${options.version}-${options.bad ?? 'good'}.tar`)
  await writeImage(file, options)
  try {
    const [app] = (await client.apps.list()).filter((one) => one.id === appId)
    const service = app?.services[0]
    if (!service) throw new Error('no app')
    for await (const event of await client.releases.create({
      appId: appId,
      placementId,
      sources: { [service.id]: { kind: 'image-file', file } } as never,
      note: '',
    }))
      if (event.kind === 'made') return event.release.id
    throw new Error('no release was made')
  } finally {
    rmSync(file)
  }
}

/** The versions that a server answers through its nginx. */
export const served = (hand: Hand) => hand.sh('curl -s -H "Host: shop.test" http://127.0.0.1/ || true')
