import { createReadStream } from 'node:fs'
import { parseArgsStringToArgv } from 'string-argv'
import type { ArtifactSource, ReleaseProgress } from '../../shared/api/releases'
import type { App, Command, Service } from '../../shared/domain/app'
import type { Artifact, Digest } from '../../shared/domain/artifact'
import { AppId, ReleaseId, ServiceId, newId, type PlacementId } from '../../shared/domain/ids'
import { servingArtifact } from '../../shared/domain/observation'
import { alias, type Provenance, type Release } from '../../shared/domain/release'
import { placeOf } from '../engine/contexts'
import type { EnginePorts } from '../engine/engine'
import type { TargetContext } from '../providers/provider'
import type { Looks } from '../engine/looks'
import { runningRelease } from '../engine/ground'
import type { Records } from '../storage/records'
import { problem, type Implementer } from './base'

/** What makes artifacts. */
export interface ArtifactMaker {
  addFolder(folder: string, signal: AbortSignal): Promise<Artifact>
  addTar(file: string, signal: AbortSignal): Promise<Artifact>
  addImage(source: AsyncIterable<Uint8Array>, shown: string, wanted: Digest | null): Promise<Artifact>
  /** Finds out which image a name means now, and keeps it where no host of the service has it. */
  image(
    source: Extract<ArtifactSource, { kind: 'image' }>,
    service: Service,
    signal: AbortSignal,
  ): AsyncGenerator<string, { digest: Digest; provenance: Provenance }>
  /** Remembers by which names an artifact that runs on a target is known there. */
  noteFound(context: TargetContext, digest: Digest, signal: AbortSignal): Promise<void>
  build(command: Command, folder: string, signal: AbortSignal): AsyncGenerator<string>
  provenance(folder: string, signal: AbortSignal): Promise<Provenance>
}

export const unknownProvenance: Provenance = { commit: null, branch: null, author: null, subject: null }

/** Splits what a person typed into arguments; null where there is nothing in it or a quote stays open. */
export function splitCommand(text: string): Command | null {
  const quotes = text.replaceAll(/\\./g, '').replaceAll(/"[^"]*"|'[^']*'/g, '')
  if (/["']/.test(quotes)) return null
  const parts = parseArgsStringToArgv(text)
  return parts.length > 0 && parts[0] !== '' ? parts : null
}

/** Makes releases, numbered one after the other per app. */
export function createReleases({
  ports,
  records,
  looks,
  maker,
}: {
  ports: EnginePorts
  records: Records
  looks: Looks
  maker: ArtifactMaker
}) {
  let turn: Promise<unknown> = Promise.resolve()

  /** Keeps a release of these artifacts with the next number. */
  function add(app: App, artifacts: Release['artifacts'], provenance: Provenance, note: string): Promise<Release> {
    const made = turn.then(async () => {
      const releases = await records.releases.list(app.id)
      const release: Release = {
        v: 1,
        id: newId(ReleaseId),
        installationId: ports.self.installationId,
        actor: ports.self.actor,
        appId: app.id,
        number: Math.max(0, ...releases.map((one) => one.number)) + 1,
        artifacts,
        provenance,
        note,
        createdAt: ports.clock.now(),
      }
      ports.audit.record('release.made', {
        app: app.slug,
        release: alias(release),
        note,
        appId: app.id,
        releaseId: release.id,
        artifacts,
      })
      await records.releases.put(release)
      return release
    })
    turn = made.catch(() => {})
    return made
  }

  /** What each service of a placement is seen to run. */
  async function serving(placementId: PlacementId, signal: AbortSignal): Promise<Map<string, Digest>> {
    const place = await placeOf(ports.records, placementId)
    const observations = await looks.look(place.contexts, signal)
    return new Map(
      place.contexts.flatMap(({ service, target }) => {
        const observation = observations.get(target.id)
        const digest = observation ? servingArtifact(observation) : null
        return digest ? [[service.id, digest] as const] : []
      }),
    )
  }

  async function* artifactFrom(
    source: ArtifactSource,
    service: App['services'][number],
    signal: AbortSignal,
  ): AsyncGenerator<string, { digest: Digest; provenance: Provenance }> {
    switch (source.kind) {
      case 'release': {
        const release = await records.releases.get(source.releaseId)
        const digest = release?.artifacts[service.id]
        if (!digest) throw problem('not-found', { noun: 'release' })
        return { digest, provenance: release.provenance }
      }
      case 'tar': {
        yield `Reading ${source.file}`
        const artifact = await maker.addTar(source.file, signal)
        await records.artifacts.put(artifact)
        return { digest: artifact.digest, provenance: unknownProvenance }
      }
      case 'image-file': {
        yield `Reading ${source.file}`
        const artifact = await maker.addImage(createReadStream(source.file, { signal }), source.file, null)
        await records.artifacts.put(artifact)
        return { digest: artifact.digest, provenance: unknownProvenance }
      }
      case 'image':
        return yield* maker.image(source, service, signal)
      case 'folder': {
        if (source.build.trim()) {
          const command = splitCommand(source.build)
          if (!command) throw problem('no-command', {})
          ports.audit.record('build.run', { service: service.slug, command: source.build, folder: source.folder })
          yield `$ ${source.build}`
          yield* maker.build(command, source.folder, signal)
        }
        yield `Packing ${source.folder}`
        const artifact = await maker.addFolder(source.folder, signal)
        await records.artifacts.put(artifact)
        yield `${artifact.digest} · ${Math.ceil(artifact.size / 1024)} kB`
        return { digest: artifact.digest, provenance: await maker.provenance(source.folder, signal) }
      }
      default:
        return source satisfies never
    }
  }

  async function* create(
    app: App,
    placementId: PlacementId | null,
    sources: Readonly<Record<string, ArtifactSource>>,
    note: string,
    signal: AbortSignal,
  ): AsyncGenerator<ReleaseProgress> {
    const rest = placementId ? await serving(placementId, signal) : new Map<string, Digest>()
    if (Object.keys(sources).length === 0 && rest.size === 0) throw problem('nothing-to-release', {})
    const bare = app.services.filter((service) => !sources[service.id] && !rest.has(service.id))
    if (bare.length > 0) throw problem('service-without-artifact', { services: bare.map((one) => one.slug) })
    const artifacts: Record<string, Digest> = {}
    let provenance = unknownProvenance
    for (const service of app.services) {
      const source = sources[service.id]
      if (!source) {
        const kept = rest.get(service.id)
        if (kept) artifacts[service.id] = kept
        continue
      }
      const working = artifactFrom(source, service, signal)
      for (;;) {
        const next = await working.next()
        if (next.done) {
          artifacts[service.id] = next.value.digest
          if (next.value.provenance.commit) provenance = next.value.provenance
          break
        }
        yield { kind: 'words', service: service.slug, words: next.value }
      }
      await records.hints.put({ v: 1, serviceId: service.id, source })
    }
    yield { kind: 'made', release: await add(app, artifacts, provenance, note) }
  }

  /** Makes a release of what is running. Throws where a known one runs, or where a service has nothing. */
  async function adopt(placementId: PlacementId, signal: AbortSignal): Promise<Release> {
    const place = await placeOf(ports.records, placementId)
    const known = await records.releases.list(place.app.id)
    const observations = await looks.look(place.contexts, signal)
    if (runningRelease(place, observations, known)) throw problem('not-drifted', {})
    const found = await serving(placementId, signal)
    const here = new Set(place.contexts.map((context) => context.service.id))
    const bare = place.app.services.filter((service) => here.has(service.id) && !found.has(service.id))
    if (bare.length > 0 || found.size === 0)
      throw problem('service-without-artifact', {
        services: (bare.length > 0 ? bare : place.app.services).map((one) => one.slug),
      })
    await Promise.all(
      place.contexts.map(async (context) => {
        const digest = found.get(context.service.id)
        if (digest) await maker.noteFound(context, digest, signal)
      }),
    )
    const artifacts = Object.fromEntries([...found].map(([id, digest]) => [ServiceId.parse(id), digest]))
    return add(place.app, artifacts, unknownProvenance, 'as found')
  }

  return { add, create, serving, adopt }
}
export type Releases = ReturnType<typeof createReleases>

export function releaseHandlers(os: Implementer['releases'], parts: { records: Records; releases: Releases }) {
  const { records, releases } = parts
  const appOf = async (appId: AppId): Promise<App> => {
    const app = await records.apps.get(appId)
    if (!app) throw problem('not-found', { noun: 'app' })
    return app
  }
  return {
    list: os.list.handler(async ({ input }) =>
      (await records.releases.list(input.appId)).toSorted((a, b) => b.number - a.number),
    ),
    hints: os.hints.handler(async ({ input }) =>
      Promise.all(
        (await appOf(input.appId)).services.map(async ({ id }) => ({
          serviceId: id,
          source: (await records.hints.get(id))?.source ?? null,
        })),
      ),
    ),
    create: os.create.handler(async function* ({ input, signal, context }) {
      const until = signal ? AbortSignal.any([signal, context.gone]) : context.gone
      yield* releases.create(await appOf(input.appId), input.placementId, input.sources, input.note, until)
    }),
    adopt: os.adopt.handler(({ input, context }) => releases.adopt(input.placementId, context.gone)),
  }
}
