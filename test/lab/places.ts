import type { ServerPlace } from '../support/docker'
import { labOf, type Lab, type LabState } from './index'

/** Where the lab's hosts are. */
export interface LabPlaces {
  hosts: readonly ServerPlace[]
  keyFile: string
}

const given = (): string => {
  const places = process.env['SLIPWAY_LAB_PLACES']
  if (!places) throw new Error('the lab is not up')
  return places
}

/** The hosts that the tests of a run share. */
export const labPlaces = (): LabPlaces => JSON.parse(given()) as LabPlaces

/** The lab that the tests of a run share, to cut and heal its hosts; each test leaves them as they were. */
export const runningLab = (): Lab => labOf(JSON.parse(given()) as LabState)
