import { z } from 'zod'
import type { Step } from '../../../shared/domain/plan'
import { problem } from './text'

/** Containers by name, on the step's own connection. */
const Names = z.array(z.string())

/** What a step of this provider does, in plain data. */
export const Detail = z.discriminatedUnion('does', [
  z.object({ does: z.literal('release-command') }),
  z.object({ does: z.literal('start'), names: Names }),
  z.object({ does: z.literal('watch'), names: Names }),
  z.object({
    does: z.literal('switch'),
    /** With a proxy the upstream moves; without one the old stop and the new start here. */
    routed: z.boolean(),
    /** What gets traffic afterwards. */
    serving: Names,
    /** What got it before the run: the way back. */
    before: Names,
    /** Canary: the part of the traffic that the new ones get; null for all. */
    percent: z.int().nullable(),
    start: Names,
    stop: Names,
  }),
  z.object({ does: z.literal('retire'), names: Names, keep: z.int() }),
])
export type Detail = z.infer<typeof Detail>
export type Switch = Extract<Detail, { does: 'switch' }>

export function detailOf(step: Step): Detail {
  const parsed = Detail.safeParse(step.detail)
  if (!parsed.success) throw problem('step-not-understood', { step: step.id })
  return parsed.data
}

/** The containers that a step is about: those whose health or end tells how it went. */
export function namesOf(detail: Detail): string[] {
  switch (detail.does) {
    case 'release-command':
      return []
    case 'switch':
      return detail.percent === null ? detail.serving : detail.serving.filter((one) => !detail.before.includes(one))
    default:
      return detail.names
  }
}
