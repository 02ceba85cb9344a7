import { activity, connections, vault } from './activity'
import { host } from './host'
import { logs } from './logs'
import { placements } from './placements'
import { plans } from './plans'
import { releases } from './releases'
import { runs } from './runs'
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
  vault,
  workspace,
}
export type Contract = typeof contract
