import type { Fleet } from '../../../shared/domain/fleet'
import { client, link } from './link'

/** The fleet as it is now, read once; null where it cannot be had. */
export async function fleetOnce(signal: AbortSignal): Promise<Fleet | null> {
  try {
    await link.whenOpen(signal)
    for await (const update of await client.fleet.watch(undefined, { signal }))
      if (update.kind === 'snapshot') return update.fleet
  } catch {
    return null
  }
  return null
}
