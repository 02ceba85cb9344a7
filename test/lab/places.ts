import type { ServerPlace } from '../support/docker'

/** Where the lab's hosts are. */
export interface LabPlaces {
  hosts: readonly ServerPlace[]
  keyFile: string
}

export function labPlaces(): LabPlaces {
  const given = process.env['SLIPWAY_LAB_PLACES']
  if (!given) throw new Error('the lab is not up')
  return JSON.parse(given) as LabPlaces
}
