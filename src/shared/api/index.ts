import { activity, vault } from './activity'
import { connections } from './connections'
import { host } from './host'
import { logs } from './logs'
import { placements } from './placements'
import { plans } from './plans'
import { releases } from './releases'
import { runs } from './runs'
import { terminals } from './terminals'
import { apps, environments, fleet, workspace } from './workspace'

/** Everything a client may ask for. */
export const contract = {
  activity,
  apps,
  connections,
  environments,
  fleet,
  host,
  logs,
  placements,
  plans,
  releases,
  runs,
  terminals,
  vault,
  workspace,
}
export type Contract = typeof contract
