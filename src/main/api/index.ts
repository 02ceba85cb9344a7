import type { Contract } from '../../shared/api'
import type { Router } from '@orpc/server'
import type { CallerContext } from '../app'
import type { Logs } from '../logs'
import type { AuditLog } from '../storage/audit'
import type { Vault } from '../vault'
import { activityHandlers } from './activity'
import { appHandlers, type Apps } from './apps'
import { implementer, type LogError } from './base'
import { connectionHandlers, type ConnectionParts } from './connections'
import type { Demo } from './demo'
import { environmentHandlers } from './environments'
import { fleetHandlers } from './fleet'
import type { ServerSources } from './log-servers'
import type { LogSettingsStore } from './log-settings'
import { hostHandlers, type HostParts } from './host'
import { placementHandlers, type PlacementParts } from './placements'
import { releaseHandlers, type Releases } from './releases'
import { planHandlers, runHandlers, type RunParts } from './runs'
import { targetHandlers, type Targets } from './targets'
import { terminalHandlers } from './terminals'
import { workspaceHandlers } from './workspace'
import type { Records } from '../storage/records'

export interface ApiParts extends RunParts, PlacementParts, HostParts, Omit<ConnectionParts, 'vault'> {
  records: Records
  audit: AuditLog
  logs: Logs
  logSettings: LogSettingsStore
  logServers: ServerSources
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
  const { logs, vault } = parts
  return os.router({
    activity: activityHandlers(os.activity, parts.audit),
    apps: appHandlers(os.apps, parts),
    connections: connectionHandlers(os.connections, parts),
    environments: environmentHandlers(os.environments, parts.ports),
    fleet: fleetHandlers(os.fleet, parts),
    host: hostHandlers(os.host, parts),
    logs: {
      sources: os.logs.sources.handler(({ input }) => logs.sources(input)),
      discover: os.logs.discover.handler(({ input, signal, context }) =>
        parts.logServers.discover(input.connectionId, signal ?? context.gone),
      ),
      sourceOf: os.logs.sourceOf.handler(({ input }) => parts.logServers.sourceFor(input.origin)),
      open: os.logs.open.handler(({ input, context }) => logs.open(input, context)),
      setFilter: os.logs.setFilter.handler(({ input, context }) => logs.setFilter(input, context)),
      setSources: os.logs.setSources.handler(({ input, context }) => logs.setSources(input, context)),
      window: os.logs.window.handler(({ input, context }) => logs.window(input, context)),
      findError: os.logs.findError.handler(({ input, context }) => logs.findError(input, context)),
      search: os.logs.search.handler(({ input, context, signal }) => logs.search(input, signal ?? context.gone)),
      settings: os.logs.settings.handler(() => ({ ...parts.logSettings.get(), keptBytes: logs.keptBytes() })),
      saveSettings: os.logs.saveSettings.handler(({ input }) => parts.logSettings.set(input)),
      histogram: os.logs.histogram.handler(({ input, context }) => logs.histogram(input, context)),
      placeOf: os.logs.placeOf.handler(({ input, context }) => logs.placeOf(input, context)),
      follow: os.logs.follow.handler(({ input, context, signal }) => logs.follow(input, context, signal ?? context.gone)),
      ack: os.logs.ack.handler(({ input, context }) => logs.ack(input, context)),
      close: os.logs.close.handler(({ input, context }) => logs.close(input, context)),
    },
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
