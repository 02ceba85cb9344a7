import { z } from 'zod'
import { Digest } from './artifact'
import { Actor, AppId, InstallationId, ReleaseId, ServiceId, Time } from './ids'

/** Where a release came from, as far as the folder or the image could tell. */
export const Provenance = z.object({
  commit: z.string().max(100).nullable(),
  branch: z.string().max(300).nullable(),
  author: z.string().max(300).nullable(),
  subject: z.string().max(500).nullable(),
})
export type Provenance = z.infer<typeof Provenance>

/** An artifact for every service of an app. Never changes once made. */
export const Release = z.object({
  v: z.literal(1),
  id: ReleaseId,
  installationId: InstallationId,
  actor: Actor,
  appId: AppId,
  /** Counts per app; a name (`v43`). The id is the identity. */
  number: z.int().positive(),
  artifacts: z.record(ServiceId, Digest),
  provenance: Provenance,
  note: z.string().max(1000),
  createdAt: Time,
})
export type Release = z.infer<typeof Release>

export const alias = (release: Pick<Release, 'number'>) => `v${release.number}`

/** What an environment is seen to run of an app. */
export type Running = { state: 'release'; release: Release } | { state: 'drifted' } | { state: 'nothing' } | { state: 'unknown' }

/** How far one environment is from the next in promotion order. */
export const Distance = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ahead'), by: z.int().positive() }),
  z.object({ kind: z.literal('behind'), by: z.int().positive() }),
  z.object({ kind: z.literal('same') }),
  z.object({ kind: z.literal('drifted') }),
  z.object({ kind: z.literal('unknown') }),
  z.object({ kind: z.literal('none') }),
])
export type Distance = z.infer<typeof Distance>

/** Whether two releases hold the same artifact for each service. */
export function sameArtifacts(a: Pick<Release, 'artifacts'>, b: Pick<Release, 'artifacts'>) {
  const services = Object.entries(a.artifacts)
  return (
    services.length === Object.keys(b.artifacts).length &&
    services.every(([service, digest]) => Object.entries(b.artifacts).some(([other, its]) => other === service && its === digest))
  )
}

/**
 * The releases numbered above what the next environment runs, up to what this one runs; lower is behind.
 * Not observed is unknown, never "same".
 */
export function distance(from: Running, to: Running, releases: readonly Release[]): Distance {
  if (from.state === 'unknown' || to.state === 'unknown') return { kind: 'unknown' }
  if (from.state === 'drifted' || to.state === 'drifted') return { kind: 'drifted' }
  if (from.state === 'nothing') return { kind: 'none' }
  if (to.state === 'nothing') {
    const by = releases.filter((release) => release.number <= from.release.number).length
    return { kind: 'ahead', by: Math.max(1, by) }
  }
  if (sameArtifacts(from.release, to.release)) return { kind: 'same' }
  const [low, high] = [from.release.number, to.release.number].toSorted((a, b) => a - b)
  const by = Math.max(1, releases.filter((release) => release.number > (low ?? 0) && release.number <= (high ?? 0)).length)
  return from.release.number > to.release.number ? { kind: 'ahead', by } : { kind: 'behind', by }
}

/** The newest release that holds exactly these artifacts, or null where something runs that no release has. */
export function releaseOf(releases: readonly Release[], artifacts: Readonly<Record<string, string>>): Release | null {
  const matching = releases.filter((release) => sameArtifacts(release, { artifacts: artifacts as Release['artifacts'] }))
  return matching.toSorted((a, b) => b.number - a.number)[0] ?? null
}
