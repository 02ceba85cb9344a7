import { z } from 'zod'
import { Preferences } from '../domain/preferences'
import { call } from './base'

export const HostInfo = z.object({
  kind: z.enum(['electron', 'web']),
  version: z.string(),
  platform: z.string(),
  dataDir: z.string(),
  installationId: z.string(),
  /** What this host can do; the UI asks this and never which host it is. */
  can: z.object({ chooseFolder: z.boolean(), notify: z.boolean(), openExternal: z.boolean() }),
})
export type HostInfo = z.infer<typeof HostInfo>

export const host = {
  info: call.output(HostInfo),
  preferences: call.output(Preferences),
  savePreferences: call.input(Preferences).output(Preferences),
  /** Opens the desktop's folder dialog; null where the person chose none. */
  chooseFolder: call.output(z.string().nullable()),
  /** Folders below a folder, to pick one where the host has no dialog. Starts at the home folder. */
  listFolders: call
    .input(z.object({ path: z.string().max(4096).nullable() }))
    .output(z.object({ path: z.string(), parent: z.string().nullable(), folders: z.array(z.string()), truncated: z.boolean() })),
  /** Opens an address outside: https anywhere, http on loopback only. */
  openExternal: call.input(z.object({ url: z.string().max(2000) })).output(z.void()),
  /** `wait` refuses new runs and ends when the last is over; `safe-point` and `leave` end sooner. */
  quit: call.input(z.object({ mode: z.enum(['wait', 'safe-point', 'leave']) })).output(z.void()),
  /** The redacted log of this app, for a report; the person sees it before it is saved. */
  report: call.output(z.object({ fileName: z.string(), text: z.string() })),
}
