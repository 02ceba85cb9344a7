import type { RunId } from '../../shared/domain/ids'
import { switchedAt } from '../engine/fleet'
import type { Logs } from '../logs'
import type { EnginePorts } from '../engine/engine'
import { problem, type Implementer } from './base'
import type { LogAlerts } from './log-alerts'
import type { KeptLogs } from './log-kept'
import type { ServerSources } from './log-servers'
import type { LogSettingsStore } from './log-settings'

export interface LogApiParts {
  logs: Logs
  logSettings: LogSettingsStore
  logServers: ServerSources
  logAlerts: LogAlerts
  keptLogs: KeptLogs
  ports: EnginePorts
}

export function logHandlers(os: Implementer['logs'], parts: LogApiParts) {
  const { logs, logServers, logAlerts, logSettings, keptLogs } = parts
  /** When a deploy began to serve; while it does not yet, when it began. */
  function deployedAt(runId: RunId): number {
    const run = parts.ports.journal.run(runId)
    if (!run) throw problem('not-found', { noun: 'run' })
    return switchedAt(run)[0] ?? run.startedAt
  }
  return {
    sources: os.sources.handler(({ input }) => logs.sources(input)),
    discover: os.discover.handler(({ input, signal, context }) =>
      logServers.discover(input.connectionId, signal ?? context.gone),
    ),
    sourceOf: os.sourceOf.handler(({ input }) => logServers.sourceFor(input.origin)),
    open: os.open.handler(({ input, context }) => logs.open(input, context)),
    setFilter: os.setFilter.handler(({ input, context }) => logs.setFilter(input, context)),
    setSources: os.setSources.handler(({ input, context }) => logs.setSources(input, context)),
    window: os.window.handler(({ input, context }) => logs.window(input, context)),
    findError: os.findError.handler(({ input, context }) => logs.findError(input, context)),
    search: os.search.handler(({ input, context, signal }) => logs.search(input, signal ?? context.gone)),
    searchServers: os.searchServers.handler(({ input, context, signal }) => logs.searchServers(input, signal ?? context.gone)),
    settings: os.settings.handler(() => ({ ...logSettings.get(), keptBytes: logs.keptBytes() })),
    saveSettings: os.saveSettings.handler(({ input }) => logSettings.set(input)),
    histogram: os.histogram.handler(({ input, context }) => logs.histogram(input, context)),
    placeOf: os.placeOf.handler(({ input, context }) => logs.placeOf(input, context)),
    export: os.export.handler(({ input, context, signal }) => logs.export(input, context, signal ?? context.gone)),
    newSince: os.newSince.handler(({ input: { since, sources } }) =>
      logs.newSince('at' in since ? since.at : deployedAt(since.runId), sources),
    ),
    sets: {
      list: os.sets.list.handler(() => keptLogs.sets.list()),
      save: os.sets.save.handler(({ input }) => keptLogs.sets.save(input)),
      remove: os.sets.remove.handler(({ input }) => keptLogs.sets.remove(input.id)),
    },
    bookmarks: {
      list: os.bookmarks.list.handler(() => keptLogs.bookmarks.list()),
      save: os.bookmarks.save.handler(({ input }) => keptLogs.bookmarks.save(input)),
      remove: os.bookmarks.remove.handler(({ input }) => keptLogs.bookmarks.remove(input.id)),
    },
    alerts: {
      list: os.alerts.list.handler(() => logAlerts.list()),
      save: os.alerts.save.handler(({ input }) => logAlerts.save(input)),
      remove: os.alerts.remove.handler(({ input }) => logAlerts.remove(input.id)),
    },
    follow: os.follow.handler(({ input, context, signal }) => logs.follow(input, context, signal ?? context.gone)),
    ack: os.ack.handler(({ input, context }) => logs.ack(input, context)),
    close: os.close.handler(({ input, context }) => logs.close(input, context)),
  }
}
