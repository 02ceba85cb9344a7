import { z } from 'zod'
import { Digest } from './artifact'
import { Health } from './observation'
import { Problem } from './problem'

/** An image that lies somewhere: on a server, or on this computer. */
export const ImageOnHost = z.object({
  /** The config digest of the platform: the identity. */
  digest: Digest,
  /** `repo:tag` and `repo@sha256:…`, as the host knows it. */
  locators: z.array(z.string().max(1000)),
  bytes: z.int().nonnegative(),
  createdAt: z.int().nullable(),
  architecture: z.string().max(50),
  /** What its labels say of the commit it was built from. */
  commit: z.string().max(100).nullable().optional(),
})
export type ImageOnHost = z.infer<typeof ImageOnHost>

/** One service that runs on a server and that no app of the workspace knows. */
export const FoundService = z.object({
  /** Stable over looks: the provider's own name of it. */
  key: z.string().max(300),
  /** A slug to begin with: `web`. */
  name: z.string().max(100),
  /** What groups it: a compose project, or labels of another Slipway; null where nothing says. */
  group: z.string().max(100).nullable(),
  instances: z.array(
    z.object({
      id: z.string().max(300),
      image: z.string().max(1000),
      artifact: Digest.nullable(),
      health: Health,
      ports: z.string().max(300),
    }),
  ),
  /** How people reach it, in words: `nginx shop.example.org → 127.0.0.1:8081`; null where nothing was found. */
  reach: z.string().max(500).nullable(),
  healthPath: z.string().max(500).nullable(),
  route: z.boolean(),
  /** A target's settings to begin with, in the provider's own fields. */
  settings: z.record(z.string(), z.json()),
  /** What must be done by hand before Slipway can switch its traffic; null where nothing. */
  todo: z.string().max(1000).nullable(),
})
export type FoundService = z.infer<typeof FoundService>

/** What a provider finds on one connection. */
export const Discovery = z.object({
  provider: z.string(),
  facts: z.array(z.object({ label: z.string(), value: z.string() })),
  services: z.array(FoundService),
  images: z.array(ImageOnHost),
  problem: Problem.nullable(),
})
export type Discovery = z.infer<typeof Discovery>
