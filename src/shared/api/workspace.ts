import { z } from 'zod'
import { App, Command, HealthPath } from '../domain/app'
import { Environment, FreezeWindow } from '../domain/environment'
import { FleetUpdate } from '../domain/fleet'
import { AppId, EnvironmentId, Name, Slug } from '../domain/ids'
import { Release } from '../domain/release'
import { call, streamOf } from './base'

export const fleet = {
  /** A snapshot, then patches, while the page is open. */
  watch: call.output(streamOf(FleetUpdate)),
  /** Looks at every target again now. */
  refresh: call.output(z.void()),
}

export const workspace = {
  /** Makes the demo: app `shop`, three environments, staging one release ahead. Idempotent. */
  createDemo: call.output(z.object({ appId: AppId })),
  /** Makes another release of the demo: `next` is good, `bad` answers 500, `crash` ends after five seconds. Deploy it where you like. */
  demoRelease: call.input(z.object({ variant: z.enum(['next', 'bad', 'crash']) })).output(Release),
  /** Everything but secrets, as JSON text. */
  exportText: call.output(z.object({ fileName: z.string(), text: z.string() })),
}

export const NewService = z.object({
  slug: Slug,
  /** An absolute path on this computer. */
  folder: z.string().min(1).max(4096),
  /** As one would type it; split into arguments, never given to a shell. */
  start: z.string().min(1, 'Say how it starts').max(4000),
  /** Runs in the folder before it is packed; empty for none. */
  build: z.string().max(4000),
  healthPath: HealthPath.nullable(),
  releaseCommand: z.string().max(4000),
  route: z.boolean(),
})
export type NewService = z.infer<typeof NewService>

export const NewApp = z.object({ slug: Slug, name: Name, services: z.array(NewService).min(1).max(20) })
export type NewApp = z.infer<typeof NewApp>

export const apps = {
  list: call.output(z.array(App)),
  /** Makes the app with a placement in every environment of this computer (and the environments, where there are none). */
  create: call.input(NewApp).output(App),
  /** What a start command means once split. For the form. */
  splitCommand: call.input(z.object({ text: z.string().max(4000) })).output(z.object({ command: Command.nullable() })),
  rename: call.input(z.object({ appId: AppId, name: Name })).output(App),
  /** Soft: undo within ten seconds. What runs is stopped first by a plan of its own; refused while anything runs. */
  remove: call.input(z.object({ appId: AppId })).output(z.void()),
  undoRemove: call.input(z.object({ appId: AppId })).output(App),
}

export const environments = {
  list: call.output(z.array(Environment)),
  create: call.input(z.object({ slug: Slug, name: Name, protected: z.boolean() })).output(Environment),
  update: call
    .input(z.object({ id: EnvironmentId, name: Name, protected: z.boolean(), freezeWindows: z.array(FreezeWindow).max(100) }))
    .output(Environment),
  /** A new promotion order: all ids. */
  reorder: call.input(z.object({ ids: z.array(EnvironmentId) })).output(z.array(Environment)),
  remove: call.input(z.object({ id: EnvironmentId })).output(z.void()),
  undoRemove: call.input(z.object({ id: EnvironmentId })).output(Environment),
}
