import { z } from 'zod'

/** What a person set for this installation. */
export const Preferences = z.object({
  v: z.literal(1),
  theme: z.enum(['system', 'light', 'dark']),
  /** Single-letter keys (`L` for logs); off for those whom they disturb. */
  singleKeys: z.boolean(),
  density: z.enum(['comfortable', 'dense']),
  notify: z.boolean(),
})
export type Preferences = z.infer<typeof Preferences>

export const defaultPreferences: Preferences = { v: 1, theme: 'system', singleKeys: true, density: 'comfortable', notify: true }
