import type { Contract } from '../../shared/api'
import type { Router } from '@orpc/server'
import type { CallerContext } from '../app'
import type { AuditLog } from '../storage/audit'
import type { Vault } from '../vault'
import { activityHandlers } from './activity'
import { appHandlers, type Apps } from './apps'
import { implementer, type LogError } from './base'
import { connectionHandlers, type ConnectionParts } from './connections'
import type { Demo } from './demo'
import { environmentHandlers } from './environments'
import { fleetHandlers } from './fleet'
import { logHandlers, type LogApiParts } from './logs'
import { hostHandlers, type HostParts } from './host'
import { placementHandlers, type PlacementParts } from './placements'
import { releaseHandlers, type Releases } from './releases'
import { planHandlers, runHandlers, type RunParts } from './runs'
import { targetHandlers, type Targets } from './targets'
import { terminalHandlers } from './terminals'
import { workspaceHandlers } from './workspace'
import type { Records } from '../storage/records'

export interface ApiParts extends RunParts, PlacementParts, HostParts, LogApiParts, Omit<ConnectionParts, 'vault'> {
  records: Records
  audit: AuditLog
  vault: Vault
  apps: Apps
  releases: Releases
  targets: Targets
  demo: Demo
  logError: LogError
}

/** The contract, answered. */
export function createRouter(parts: ApiParts): Router<Contract, CallerContext> {
  const os = implementer(parts.logError)
  const { vault } = parts
  return os.router({
    activity: activityHandlers(os.activity, parts.audit),
    apps: appHandlers(os.apps, parts),
    connections: connectionHandlers(os.connections, parts),
    environments: environmentHandlers(os.environments, parts.ports),
    fleet: fleetHandlers(os.fleet, parts),
    host: hostHandlers(os.host, parts),
    logs: logHandlers(os.logs, parts),
    placements: { ...placementHandlers(os.placements, parts), ...targetHandlers(os.placements, parts) },
    plans: planHandlers(os.plans, parts),
    releases: releaseHandlers(os.releases, parts),
    runs: runHandlers(os.runs, parts),
    terminals: terminalHandlers(os.terminals, parts),
    vault: {
      state: os.vault.state.handler(() => vault.state()),
      create: os.vault.create.handler(async ({ input }) => {
        const state = await vault.create(input)
        parts.audit.record('vault.created', { home: input.home })
        return state
      }),
      unlock: os.vault.unlock.handler(({ input }) => vault.unlock(input.passphrase)),
      lock: os.vault.lock.handler(() => vault.lock()),
    },
    workspace: workspaceHandlers(os.workspace, parts),
  })
}
