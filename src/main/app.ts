import { homedir, hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Router } from '@orpc/server'
import type { Contract } from '../shared/api'
import { InstallationId, newId } from '../shared/domain/ids'
import { ProblemError } from '../shared/domain/problem'
import type { Run } from '../shared/domain/run'
import { createRouter } from './api'
import { createApps } from './api/apps'
import { createDemo } from './api/demo'
import { createWatching } from './api/fleet'
import { createImageMaker } from './api/images'
import { createLogPorts } from './api/log-ports'
import { createLogAlerts } from './api/log-alerts'
import { createKeptLogs } from './api/log-kept'
import { createServerSources } from './api/log-servers'
import { createLogSettings } from './api/log-settings'
import { preferencesIn } from './api/host'
import { createOwnLog } from './api/own-log'
import { createReleases } from './api/releases'
import { createTargets } from './api/targets'
import { createSettings, settingsValues } from './api/settings'
import { createArtifacts, demoBundle, provenanceOf, runBuild } from './artifacts'
import type { ConnectionKindPort } from './connections/connection'
import { localConnection } from './connections/local'
import { knownRegistries, registryConnection } from './connections/registry'
import { serverConnection } from './connections/server'
import { createSessions } from './connections/sessions'
import { timings, type EnginePorts, type Timings } from './engine/engine'
import { createLooks } from './engine/looks'
import { createPlanner } from './engine/planner'
import { reconcile } from './engine/reconcile'
import { createRuns } from './engine/runs'
import type { Host } from './host'
import { createLogs } from './logs'
import type { Clock, CrashPoint, Self } from './ports'
import { lastingPort } from './process'
import { providers as shipped } from './providers/registry'
import type { Provider } from './providers/provider'
import { SecretRedactor } from './redaction'
import { createAudit } from './storage/audit'
import { openStorage } from './storage/database'
import { createJournal } from './storage/journal'
import { createLock } from './storage/lock'
import { createOutputs } from './storage/outputs'
import { own } from './storage/owner'
import { createRecords } from './storage/records'
import { createMeta, createSealedRecords, type Meta } from './storage/secrets'
import { Topic } from './topic'
import { Vault, osKeychain } from './vault'

/** Who calls: one channel of one client. Its signal aborts when the channel is gone. */
export interface CallerContext {
  clientId: string
  gone: AbortSignal
}

export type QuitMode = 'wait' | 'safe-point' | 'leave'

export interface SlipwayApp {
  /** The same contract for every channel. */
  router: Router<Contract, CallerContext>
  /** What is under way, for the tray and for quitting. */
  activity(): { runs: { id: string; title: string }[] }
  /** Called with every change of `activity`. Answers a function that ends it. */
  onActivity(listener: () => void): () => void
  /** Ends by the quit mode: `wait` for runs, or stop at a safe point, or leave them journalled. Ends the supervisor unless runs were left. */
  close(mode: QuitMode): Promise<void>
}

/** What tests bring. */
export interface AppOptions {
  crashPoint?: CrashPoint
  timings?: Partial<Timings>
  ownerlessSeconds?: number
  providers?: ReadonlyMap<string, Provider>
  /** Where ~/.ssh is. */
  home?: string
}

const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => wait(ms, undefined, signal ? { signal } : {}),
}

function selfOf(meta: Meta): Self {
  const kept = InstallationId.safeParse(meta.get('installation'))
  const installationId = kept.success ? kept.data : newId(InstallationId)
  if (!kept.success) meta.set('installation', installationId)
  return { installationId, actor: { name: userInfo().username, machine: hostname() } }
}

/** Where the SSH agent of this session listens. On Windows it has one fixed name. */
function agentSocket(): string | null {
  return process.env['SSH_AUTH_SOCK'] || (process.platform === 'win32' ? '//./pipe/openssh-ssh-agent' : null)
}

/** What a notification says of a run that has come to rest. */
function restedWords({ outcome, problem }: Run): string {
  switch (outcome) {
    case 'succeeded':
      return problem?.message ?? 'Done, and read back from what runs.'
    case 'reverted':
      return `Taken back. ${problem?.message ?? ''}`.trim()
    case 'failed':
      return problem?.message ?? 'It failed.'
    case 'unknown':
      return 'What became of it is not known. Open it to decide.'
    case null:
      return 'It waits for you.'
    default:
      return outcome satisfies never
  }
}

/** The only wiring. Throws a ProblemError where the data folder cannot be used. */
export async function createApp(host: Host, options: AppOptions = {}): Promise<SlipwayApp> {
  const clock = systemClock
  const crashPoint = options.crashPoint ?? (() => {})
  const owner = own(host.dataDir)
  const storage = openStorage(host.dataDir, clock.now())
  const meta = createMeta(storage.raw)
  const self = selfOf(meta)
  const [changed, appended, outputAppended] = [new Topic(), new Topic(), new Topic()]
  appended.subscribe(() => changed.publish())

  const redactor = new SecretRedactor()
  const ownLog = createOwnLog(host.dataDir, host.version, clock, redactor)
  const noteError = (doing: string, error: unknown) =>
    ownLog.note(`${doing}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  const vault = new Vault({ records: createSealedRecords(storage.raw), meta, keychain: osKeychain(), redactor })
  const audit = createAudit({
    raw: storage.raw,
    dataDir: host.dataDir,
    clock,
    self,
    redactor,
    appended: changed,
    key: () => vault.checkpointKey(),
  })
  const records = createRecords(storage, changed)
  const outputs = createOutputs(host.dataDir, redactor, outputAppended)
  const artifacts = createArtifacts(host.dataDir)

  const local = localConnection({
    dataDir: host.dataDir,
    runtimeDir: host.runtimeDir,
    supervisorCommand: host.supervisor.command,
    installationId: self.installationId,
    clock,
    ...(options.ownerlessSeconds === undefined ? {} : { ownerlessSeconds: options.ownerlessSeconds }),
  })
  const servers = serverConnection({
    dataDir: host.dataDir,
    home: options.home ?? homedir(),
    localUser: userInfo().username,
    agentSocket: agentSocket(),
    clock,
    secret: (id) => vault.reveal(id),
  })
  const kinds = new Map<string, ConnectionKindPort>(
    [local, servers, registryConnection((id) => vault.reveal(id))].map((kind) => [kind.kind, kind]),
  )
  const providers = options.providers ?? shipped
  const registries = knownRegistries(records, (id) => vault.reveal(id))
  const sessions = createSessions({ records, kinds, providers, ports: { clock, artifacts, registries } })
  const ports: EnginePorts = {
    records,
    journal: createJournal(storage.raw, clock, crashPoint, appended),
    audit,
    lock: createLock(storage.raw, clock, self),
    sessions,
    providers,
    artifacts,
    registries,
    settings: settingsValues(vault),
    outputs,
    redactor,
    clock,
    crashPoint,
    unexpected: noteError,
    rested: (run) => {
      if (preferencesIn(meta).notify) host.notify?.(run.title, restedWords(run), `slipway://run/${run.id}`)
    },
    self,
    changed,
    timings: { ...timings, ...options.timings },
  }
  const looks = createLooks(ports)
  const planner = createPlanner(ports, looks)
  const runs = createRuns(ports, planner, looks)
  const logSettings = createLogSettings(meta)
  const logServers = createServerSources({ records, clock, providers, open: sessions.open })
  const logs = createLogs({
    ...createLogPorts(ports, logServers),
    clock,
    settings: logSettings.get,
    folder: join(host.dataDir, 'logs'),
    searcher: host.logSearcher,
  })
  const logAlerts = createLogAlerts({
    logs,
    meta,
    vault,
    audit,
    clock,
    notify: (title, words) => {
      if (preferencesIn(meta).notify) host.notify?.(title, words, 'slipway://logs')
    },
    unexpected: noteError,
  })
  const settings = createSettings(ports, vault)
  const apps = createApps({ ports, records })
  const releases = createReleases({
    ports,
    records,
    looks,
    maker: {
      addFolder: artifacts.addFolder,
      addTar: artifacts.addTar,
      addImage: artifacts.addImage,
      ...createImageMaker({ ports, records, open: sessions.open, addImage: artifacts.addImage }),
      build: runBuild,
      provenance: provenanceOf,
    },
  })
  const targets = createTargets({
    ports,
    records,
    apps,
    // Nothing to adopt, or not all of it known: the environment stands all the same, and says so itself.
    adoptRelease: (placementId, signal) =>
      releases.adopt(placementId, signal).catch((error: unknown) => {
        if (error instanceof ProblemError) return null
        throw error
      }),
  })
  const demo = createDemo({
    ports,
    records,
    apps,
    releases,
    settings,
    planner,
    runs,
    lastingPort,
    meta,
    bundle: (variant, service, serial, signal) => demoBundle(artifacts, host.resourcesDir, service, variant, serial, signal),
  })

  let closing: Promise<void> | null = null
  let leaving = false

  async function closeAll(mode: QuitMode) {
    await runs.close(mode)
    logAlerts.stop()
    await logs.stop()
    await taken.catch(() => {})
    await sessions.close()
    if (leaving) local.release()
    else await local.shutdown()
    await storage.close()
    owner.release()
  }

  /** Closes once; a later and harder mode hastens the runs that the first waits for. */
  function close(mode: QuitMode): Promise<void> {
    leaving ||= mode === 'leave' && runs.active().length > 0
    if (closing) void runs.close(mode)
    else closing = closeAll(mode)
    return closing
  }

  /** What a former owner left: what served serves again, and unfinished runs are looked at. */
  async function takeUp() {
    const uses = (await records.connections.list()).some((one) => one.kind === 'local' && one.deletedAt === null)
    if (!uses) return
    await local.begin()
    const left = await local.restore(async ({ settingsRevisionId }) => {
      const revision = settingsRevisionId ? await records.settings.get(settingsRevisionId) : null
      const variables = await ports.settings.variables(revision).catch(() => null)
      return (
        variables &&
        Object.fromEntries(
          Object.entries(variables).map(([key, value]) => [key, typeof value === 'string' ? value : value.reveal()]),
        )
      )
    })
    if (left.length > 0) ownLog.note(`not restored, their secrets are locked: ${left.join(', ')}`)
  }

  ownLog.note(`Slipway ${host.version} (${host.kind}) opened${storage.closedCleanly ? '' : ' after an end that was not clean'}`)
  const taken = takeUp().catch((error: unknown) =>
    ownLog.note(`could not take up what served: ${error instanceof Error ? error.message : String(error)}`),
  )
  void logAlerts.start()
  // A page opens before this is done; a run that was left is looked at as soon as its targets can be.
  void taken
    .then(() => reconcile(ports, looks, new AbortController().signal))
    .catch((error: unknown) => ownLog.note(`reconcile: ${error instanceof Error ? error.message : String(error)}`))

  return {
    router: createRouter({
      ports,
      planner,
      runs,
      outputs,
      appended,
      outputAppended,
      looks,
      watching: createWatching(ports, looks),
      settings,
      host,
      self,
      meta,
      ownLog,
      records,
      audit,
      kinds,
      servers,
      open: sessions.open,
      reopen: sessions.drop,
      targets,
      demoAppId: demo.appId,
      logs,
      logSettings,
      logServers,
      logAlerts,
      keptLogs: createKeptLogs(meta),
      vault,
      apps,
      releases,
      demo,
      logError: noteError,
      quit: (mode) => void close(mode).finally(() => host.exit?.(0)),
    }),
    activity: () => ({ runs: runs.active() }),
    onActivity: (listener) => changed.subscribe(listener),
    close,
  }
}
