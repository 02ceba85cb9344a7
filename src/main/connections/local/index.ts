import { mkdir, rm, statfs, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { LinkLost, ProblemError } from '../../../shared/domain/problem'
import { SupervisorClient } from '../../supervisor/client'
import type { InstanceSpec } from '../../supervisor/contract'
import type { Clock } from '../../ports'
import type { ConnectionCheck, ConnectionKindPort } from '../connection'
import type { LocalHandle } from '../../supervisor/handle'
import { problem } from './text'

export interface LocalOptions {
  dataDir: string
  /** A short folder, private to the user, for the socket. */
  runtimeDir: string
  supervisorCommand: readonly string[]
  installationId: string
  clock: Clock
  /** For tests: seconds without an owner after which the supervisor ends. */
  ownerlessSeconds?: number
}

export interface LocalConnection extends ConnectionKindPort {
  /** Hands the variables again to what a former supervisor ran and whose secrets are not on disk. Answers the ids that it could not start. */
  restore(
    resolve: (instance: {
      placementId: string
      serviceId: string
      settingsRevisionId: string | null
    }) => Promise<Record<string, string> | null>,
  ): Promise<string[]>
  /** Starts the supervisor where none answers, so that what served serves again. */
  begin(): Promise<void>
  /** Ends the supervisor and every process that it started. */
  shutdown(): Promise<void>
  /** Lets go of it; it ends by itself when nobody comes. */
  release(): void
}

const leastFreeBytes = 256 * 1024 * 1024
const gigabytes = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GB`

async function writable(dataDir: string): Promise<string> {
  const file = join(dataDir, `.try-${process.pid}`)
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    await writeFile(file, 'x', { mode: 0o600 })
    await rm(file)
  } catch (error) {
    throw problem(
      'data-folder-not-writable',
      { folder: dataDir, why: error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason' },
      error,
    )
  }
  return `${dataDir} can be written`
}

function bindable(): Promise<string> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(problem('no-port', { why: error.code ?? 'unknown reason' }, error)),
    )
    server.listen({ port: 0, host: '127.0.0.1' }, () => server.close(() => resolve('A port of 127.0.0.1 can be opened')))
  })
}

async function spacious(dataDir: string): Promise<string> {
  const { bavail, bsize } = await statfs(dataDir)
  if (bavail * bsize < leastFreeBytes) throw problem('disk-nearly-full', { folder: dataDir, free: gigabytes(bavail * bsize) })
  return `${gigabytes(bavail * bsize)} free`
}

async function walk(part: string, work: () => Promise<string>): Promise<ConnectionCheck> {
  try {
    return { part, outcome: 'pass', words: await work(), problem: null }
  } catch (error) {
    const known =
      error instanceof ProblemError || error instanceof LinkLost
        ? error.problem
        : problem('part-failed', { part, why: error instanceof Error ? error.message : String(error) }).problem
    return { part, outcome: 'fail', words: known.message, problem: known }
  }
}

/** This computer, by the supervisor of a data folder. */
export function localConnection(options: LocalOptions): LocalConnection {
  const { dataDir, installationId } = options
  const client = new SupervisorClient({
    dataDir,
    runtimeDir: options.runtimeDir,
    command: options.supervisorCommand,
    ...(options.ownerlessSeconds === undefined ? {} : { ownerlessSeconds: options.ownerlessSeconds }),
  })
  const needing = async () =>
    (await client.call('look', { targetId: null })).instances
      .filter((one) => one.phase === 'needs-variables')
      .map((one) => one.spec)
  const answers = async () => {
    await client.open()
    const { pid } = await client.call('hello', {})
    return `The background process ${pid} answers`
  }
  return {
    kind: 'local',
    fields: [],
    async open(connection) {
      await client.open()
      const handle: LocalHandle = { client }
      // The supervisor is shared by all that opens this computer: closing one way in must not end it.
      return { id: connection.id, kind: 'local', identity: `local:${installationId}`, handle, close: async () => undefined }
    },
    test: async () => [
      await walk('Data folder', () => writable(dataDir)),
      await walk('Background process', answers),
      await walk('Network port', bindable),
      await walk('Disk space', () => spacious(dataDir)),
    ],
    facts: async () => [
      { label: 'Data folder', value: dataDir },
      { label: 'System', value: `${process.platform} ${process.arch}` },
      { label: 'Background process', value: (await client.answers()) ? 'running' : 'not running' },
    ],
    async restore(resolve) {
      const left: string[] = []
      for (const { id, placementId, serviceId, settingsRevisionId } of await needing()) {
        const variables = await resolve({ placementId, serviceId, settingsRevisionId } satisfies Partial<InstanceSpec>)
        if (variables) await client.call('revive', { id, variables })
        else left.push(id)
      }
      return left
    },
    begin: () => client.open(),
    shutdown: () => client.shutdown(),
    release: () => client.release(),
  }
}
