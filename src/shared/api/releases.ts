import { z } from 'zod'
import { AppId, ConnectionId, PlacementId, ReleaseId, ServiceId } from '../domain/ids'
import { Release } from '../domain/release'
import { call, streamOf } from './base'

/** From where one service's artifact is taken. */
export const ArtifactSource = z.discriminatedUnion('kind', [
  /** A folder on this computer; `build` runs in it first where it is not empty. */
  z.object({ kind: z.literal('folder'), folder: z.string().min(1).max(4096), build: z.string().max(4000) }),
  /** A tar file on this computer. */
  z.object({ kind: z.literal('tar'), file: z.string().min(1).max(4096) }),
  /** An image by a name or a digest, as the Docker of a connection (null: of this computer) knows it or can pull it. */
  z.object({
    kind: z.literal('image'),
    connectionId: ConnectionId.nullable(),
    reference: z
      .string()
      .trim()
      .min(1, 'Give the image')
      .max(500)
      .regex(/^[a-zA-Z0-9][a-zA-Z0-9._/:@-]*$/, 'An image is letters, digits and . _ / : @ -'),
  }),
  /** A file that `docker save` wrote. */
  z.object({ kind: z.literal('image-file'), file: z.string().min(1).max(4096) }),
  /** What an earlier release has. */
  z.object({ kind: z.literal('release'), releaseId: ReleaseId }),
])
export type ArtifactSource = z.infer<typeof ArtifactSource>

export const ReleaseProgress = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('words'), service: z.string(), words: z.string() }),
  z.object({ kind: z.literal('made'), release: Release }),
])
export type ReleaseProgress = z.infer<typeof ReleaseProgress>

/** What was used for each service the last time, to fill the form. */
export const SourceHint = z.object({ serviceId: ServiceId, source: ArtifactSource.nullable() })

export const releases = {
  list: call.input(z.object({ appId: AppId })).output(z.array(Release)),
  hints: call.input(z.object({ appId: AppId })).output(z.array(SourceHint)),
  /** Builds, packs and stores; the last event is the release. A service that is not named takes what `placementId` is observed running. */
  create: call
    .input(
      z.object({
        appId: AppId,
        placementId: PlacementId.nullable(),
        sources: z.record(ServiceId, ArtifactSource),
        note: z.string().max(1000),
      }),
    )
    .output(streamOf(ReleaseProgress)),
  /** Makes a release of what is running and no release has. */
  adopt: call.input(z.object({ placementId: PlacementId })).output(Release),
}
