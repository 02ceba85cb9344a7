import { z } from 'zod'
import { ConnectionId, Name, Slug, Time } from './ids'

export const ConnectionKind = z.enum(['local', 'server', 'registry', 'aws'])
export type ConnectionKind = z.infer<typeof ConnectionKind>

/** A way in. Its secret lives in the vault. `identity` is what answered when it was first used. */
export const Connection = z.object({
  v: z.literal(1),
  id: ConnectionId,
  slug: Slug,
  name: Name,
  kind: ConnectionKind,
  identity: z.string().max(500).nullable(),
  settings: z.record(z.string(), z.json()),
  createdAt: Time,
  deletedAt: Time.nullable(),
})
export type Connection = z.infer<typeof Connection>
