import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { must, run, type CommandOptions } from './command'
import { isAlive, ownerOf } from './owner'

// An Engine of ours keeps the lab's image from one run of the tests to the next.
const dataRoot = '/var/cache/slipway-lab'
const runtime = '/run/slipway-lab'
const ownSocket = `unix://${runtime}/docker.sock`
const stateFile = `${runtime}/engine.json`

/** Where images are made; the same for all who use this machine, so that two do not make one at once. */
export const scratch = `${dataRoot}/build`

interface EngineState {
  /** The dockerd, by a name that no later process has. */
  daemon: string
  owner: string
}

const stateOf = (): EngineState | null =>
  existsSync(stateFile) ? (JSON.parse(readFileSync(stateFile, 'utf8')) as EngineState) : null

const answers = async (host: string) =>
  (await run(['docker', 'version', '--format', '{{.Server.Version}}'], { env: { DOCKER_HOST: host } })).code === 0

let known: string | null = null

const usualHost = () => process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock'

/** The address of an Engine that answers: the machine's own, or one that is started for the lab and for `owner`. */
export async function engine(owner: string = ownerOf()): Promise<string> {
  if (known) return known
  const usual = usualHost()
  if (await answers(usual)) return (known = usual)
  if (await answers(ownSocket)) {
    const state = stateOf()
    // Its owner was killed: it is ours now, to stop as well.
    if (state && !isAlive(state.owner)) writeFileSync(stateFile, JSON.stringify({ ...state, owner }))
    return (known = ownSocket)
  }
  await startEngine(owner)
  return (known = ownSocket)
}

/** Whether an Engine answers, without starting one. */
export const engineIsUp = async () => (await answers(usualHost())) || (await answers(ownSocket))

async function startEngine(owner: string): Promise<void> {
  for (const folder of [dataRoot, runtime]) mkdirSync(folder, { recursive: true, mode: 0o711 })
  for (const left of ['dockerd.pid', 'exec']) rmSync(`${runtime}/${left}`, { recursive: true, force: true })
  const log = openSync(`${dataRoot}/dockerd.log`, 'w')
  const args = [
    '--data-root',
    `${dataRoot}/docker`,
    '--exec-root',
    `${runtime}/exec`,
    '-p',
    `${runtime}/dockerd.pid`,
    '--bridge',
    'none',
  ]
  const daemon = spawn('dockerd', [...args, '-H', ownSocket], { detached: true, stdio: ['ignore', log, log] })
  const failed = new Promise<never>((_, reject) => daemon.once('error', reject))
  const ready = async () => {
    for (let tries = 0; !(await answers(ownSocket)); tries++) {
      if (tries > 300 || daemon.exitCode !== null)
        throw new Error(`dockerd does not start: ${readFileSync(`${dataRoot}/dockerd.log`, 'utf8').slice(-2000)}`)
      await wait(200)
    }
  }
  daemon.unref()
  if (daemon.pid !== undefined)
    writeFileSync(stateFile, JSON.stringify({ daemon: ownerOf(daemon.pid), owner } satisfies EngineState))
  await Promise.race([ready(), failed])
}

/** Stops an Engine that was started for `owner`, or for one that is gone; any other stays. */
export async function stopEngine(owner: string = ownerOf()): Promise<void> {
  const state = stateOf()
  if (!state || (state.owner !== owner && isAlive(state.owner))) return
  const pid = Number(state.daemon.split('-')[0])
  if (isAlive(state.daemon)) process.kill(pid, 'SIGTERM')
  for (let tries = 0; tries < 200 && isAlive(state.daemon); tries++) await wait(100)
  if (isAlive(state.daemon)) process.kill(pid, 'SIGKILL')
  rmSync(runtime, { recursive: true, force: true })
  known = null
}

/** Docker's own command against the lab's Engine. */
export async function docker(args: readonly string[], { input }: Pick<CommandOptions, 'input'> = {}): Promise<string> {
  return must(['docker', ...args], { env: { DOCKER_HOST: await engine() }, ...(input === undefined ? {} : { input }) })
}
