import type { EnginePorts } from '../engine/engine'
import type { Host } from '../host'
import type { Records } from '../storage/records'
import type { Demo } from './demo'
import type { Implementer } from './base'

/** Everything but secrets, as one JSON text. References to secrets stay: they say nothing without the vault. */
export async function exportWorkspace(records: Records, version: string, now: number) {
  const [environments, apps, placements, connections, releases, settings] = await Promise.all([
    records.environments.list(),
    records.apps.list(),
    records.placements.list(),
    records.connections.list(),
    records.releases.list(),
    records.settings.list(),
  ])
  return {
    v: 1,
    kind: 'slipway-workspace',
    version,
    exportedAt: now,
    environments,
    apps,
    placements,
    connections,
    releases,
    settings,
  }
}

export function workspaceHandlers(
  os: Implementer['workspace'],
  { ports, records, host, demo }: { ports: EnginePorts; records: Records; host: Host; demo: Demo },
) {
  return {
    createDemo: os.createDemo.handler(({ context }) => demo.create(context.gone)),
    demoRelease: os.demoRelease.handler(({ input, context }) => demo.release(input.variant, context.gone)),
    exportText: os.exportText.handler(async () => {
      const now = ports.clock.now()
      const workspace = await exportWorkspace(records, host.version, now)
      return {
        fileName: `slipway-workspace-${new Date(now).toISOString().slice(0, 10)}.json`,
        text: `${JSON.stringify(workspace, null, 2)}\n`,
      }
    }),
  }
}
