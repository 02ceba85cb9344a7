import { z } from 'zod'
import { ArtifactKind } from './artifact'
import { AppId, Name, ServiceId, Slug, Time } from './ids'

/** One argument of a command. Never joined for a shell. */
export const Argument = z
  .string()
  .max(8192)
  // oxlint-disable-next-line no-control-regex -- an argument cannot hold NUL
  .regex(/^[^\u0000]*$/, 'An argument cannot hold a NUL character')

/** A program and its arguments. */
export const Command = z.array(Argument).min(1, 'Give at least the program').max(256)
export type Command = z.infer<typeof Command>

/** An absolute path of a URL that answers 2xx when the service is well. */
export const HealthPath = z
  .string()
  .max(500)
  .regex(/^\/[^\s#]*$/, 'Start with / and leave out spaces')

export const Service = z.object({
  id: ServiceId,
  slug: Slug,
  artifactKind: ArtifactKind,
  /** null: healthy means alive for ten seconds. */
  healthPath: HealthPath.nullable(),
  /** Runs once, in a one-off instance of the new version, before any new instance starts. */
  releaseCommand: Command.nullable(),
  /** Whether people reach it: then traffic is switched, not the process. */
  route: z.boolean(),
})
export type Service = z.infer<typeof Service>

export const App = z.object({
  v: z.literal(1),
  id: AppId,
  slug: Slug,
  name: Name,
  services: z.array(Service).min(1).max(50),
  createdAt: Time,
  deletedAt: Time.nullable(),
})
export type App = z.infer<typeof App>
