import { z } from 'zod'

/** What can be run. An `image` is an OCI image, a `bundle` a folder packed as a canonical tar. */
export const ArtifactKind = z.enum(['image', 'bundle'])
export type ArtifactKind = z.infer<typeof ArtifactKind>

/** Identity is content: `sha256:` and 64 hex digits. Equal identity, same artifact, wherever it lies. */
export const Digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .brand<'Digest'>()
export type Digest = z.infer<typeof Digest>

export const Artifact = z.object({
  v: z.literal(1),
  digest: Digest,
  kind: ArtifactKind,
  /** Bytes of the stored form (for a bundle: of the tar). */
  size: z.int().nonnegative(),
  /** Where it was found under another name: a folder, `repo:tag`, a manifest digest. */
  locators: z.array(z.string().max(1000)).max(50),
  /** Of an image: the processor that it is for, as its configuration says. */
  architecture: z.string().max(50).optional(),
})
export type Artifact = z.infer<typeof Artifact>

/** The seven signs by which people know a digest. */
export const shortDigest = (digest: string) => digest.replace(/^sha256:/, '').slice(0, 7)
