import { z } from 'zod'
import { EnvironmentId, Name, Slug, Time } from './ids'

/** A span in which deploys want a reason. `weekly` repeats in UTC: day 0 is Sunday, minutes count from midnight. */
export const FreezeWindow = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('once'), from: Time, to: Time, reason: z.string().max(300) }),
  z.object({
    kind: z.literal('weekly'),
    day: z.int().min(0).max(6),
    fromMinute: z.int().min(0).max(1440),
    toMinute: z.int().min(0).max(1440),
    reason: z.string().max(300),
  }),
])
export type FreezeWindow = z.infer<typeof FreezeWindow>

/** A stage of the workspace, in promotion order. A protected one asks more before it changes. */
export const Environment = z.object({
  v: z.literal(1),
  id: EnvironmentId,
  slug: Slug,
  name: Name,
  position: z.int().nonnegative(),
  protected: z.boolean(),
  freezeWindows: z.array(FreezeWindow).max(100),
  deletedAt: Time.nullable(),
})
export type Environment = z.infer<typeof Environment>

/** The freeze that covers this moment, or null. */
export function freezeAt(environment: Pick<Environment, 'freezeWindows'>, now: number): FreezeWindow | null {
  const date = new Date(now)
  const minute = date.getUTCHours() * 60 + date.getUTCMinutes()
  return (
    environment.freezeWindows.find((window) =>
      window.kind === 'once'
        ? window.from <= now && now < window.to
        : window.day === date.getUTCDay() && window.fromMinute <= minute && minute < window.toMinute,
    ) ?? null
  )
}

/** Environments in promotion order. */
export const byPosition = (a: Pick<Environment, 'position'>, b: Pick<Environment, 'position'>) => a.position - b.position
