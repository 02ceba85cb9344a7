import { z } from 'zod'
import type { Step } from '../../../shared/domain/plan'
import { problem } from './problems'

const Ids = z.array(z.string())

/** What a step of this provider does, in plain data. */
export const Detail = z.discriminatedUnion('does', [
  z.object({ does: z.literal('release-command') }),
  z.object({ does: z.literal('start'), ids: Ids }),
  z.object({ does: z.literal('watch'), ids: Ids }),
  z.object({
    does: z.literal('switch'),
    /** With a route the pointer moves; without one the old stop and the new start here. */
    routed: z.boolean(),
    port: z.int().nullable(),
    serving: Ids,
    before: Ids,
    start: Ids,
    stop: Ids,
  }),
  z.object({ does: z.literal('retire'), ids: Ids }),
])
export type Detail = z.infer<typeof Detail>

export function detailOf(step: Step): Detail {
  const parsed = Detail.safeParse(step.detail)
  if (!parsed.success) throw problem('step-not-understood', { step: step.id })
  return parsed.data
}

/** The instances that a step is about: those whose health or end tells how it went. */
export function idsOf(detail: Detail): string[] {
  switch (detail.does) {
    case 'release-command':
      return []
    case 'switch':
      return detail.serving
    default:
      return detail.ids
  }
}
