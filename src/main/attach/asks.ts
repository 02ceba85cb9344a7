import { z } from 'zod'

/** What may be asked of the owner of a data folder by the same user's other processes. */
export const Ask = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('ping') }),
  /** A fresh address to sign in with. */
  z.strictObject({ ask: z.literal('fresh-url') }),
  /** Bring the window to the front; `link` names a view to show there. */
  z.strictObject({ ask: z.literal('show'), link: z.string().max(500).nullable() }),
])
export type Ask = z.infer<typeof Ask>

/** `url` is null where the owner serves no address: it is the desktop app. */
export const Reply = z.object({ kind: z.enum(['electron', 'web']), version: z.string(), url: z.string().nullable() })
export type Reply = z.infer<typeof Reply>
