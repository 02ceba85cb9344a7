import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { createApp } from '../../src/main/app'
import { writeImage, type ImageOptions } from '../support/image'
import { builtSupervisor } from '../support/supervisor'
import { stopEngine } from './engine'
import { adopt, handsOf, homeFor, importServers, seed } from './fleet'
import { startLab, type Lab } from './index'

const say = (line: string) => console.log(line)

/** Images to deploy from a file: what each does. */
const images: readonly (ImageOptions & { file: string; words: string })[] = [
  { file: 'v2.tar', version: 'v2', words: 'a good one' },
  { file: 'v3-cannot-start.tar', version: 'v3', bad: 'boot', words: 'ends as soon as it starts' },
  { file: 'v4-unhealthy.tar', version: 'v4', bad: 'unhealthy', words: 'its health path answers 500' },
  { file: 'v5-crashes.tar', version: 'v5', bad: 'crash', words: 'healthy at first, crashes after 4 seconds' },
]

/** A workspace that has the servers, with staging on the first and production on the others as found. */
async function workspaceOf(lab: Lab): Promise<string> {
  const dataDir = join(lab.state.folder, 'workspace')
  mkdirSync(dataDir, { mode: 0o700 })
  const home = homeFor(lab.hosts, lab.state.folder)
  const supervisor = await builtSupervisor()
  const app = await createApp(
    {
      kind: 'web',
      version: 'lab',
      dataDir,
      runtimeDir: dataDir,
      supervisor: { command: supervisor.command },
      resourcesDir: 'resources',
    },
    { home },
  )
  const gone = new AbortController()
  try {
    const client = createRouterClient(app.router, { context: { clientId: 'lab', gone: gone.signal } })
    const names = lab.hosts.map((one) => one.name)
    const ids = await importServers(client, names)
    const [one, ...others] = names.flatMap((name) => ids.get(name) ?? [])
    if (!one) throw new Error('no host was imported')
    await adopt(client, 'staging', [one])
    const [made] = await client.apps.list()
    await adopt(client, 'production', others, made)
  } finally {
    gone.abort()
    await app.close('leave')
    supervisor.remove()
  }
  return dataDir
}

async function seedAll(lab: Lab): Promise<void> {
  const hands = await handsOf(lab.hosts)
  await Promise.all(hands.map((hand) => seed(hand)))
  for (const hand of hands) hand.close()
}

function words(lab: Lab, workspace: string, folder: string): string {
  const hosts = lab.hosts.map(({ name, host }, i) => `  ${name}  ${host}  ${i === 0 ? 'staging' : 'production'}  http://${host}/`)
  const { host, network, name } = lab.hosts[1] ?? lab.state.hosts[0]!
  const container = `${network}-${name}`
  return `
The lab is up: shop v1 runs on three hosts behind nginx (HAProxy listens on port 81).
${hosts.join('\n')}

Open Slipway on a workspace that has them, in another terminal:
  npm start -- --data ${workspace}
Deploy from a file of ${folder}:
${images.map((image) => `  ${image.file}: ${image.words}`).join('\n')}

Sign in:  ssh -F ${lab.sshConfigFile} web-1     (deploy, sudo without a password)
          ssh -F ${lab.sshConfigFile} admin@web-1     (sudo with the password adminpw)
          ssh -F ${lab.sshConfigFile} web-1-inside     (through the bastion)
Cut one:  docker network disconnect ${network} ${container}     (or docker pause, and unpause)
Heal it:  docker network connect --ip ${host} ${network} ${container}
Ctrl-C stops all and removes it.`
}

/** Starts the lab for a person, and waits until Ctrl-C. */
export async function labByHand(): Promise<void> {
  // Waiting for a signal alone does not keep a program alive.
  const awake = setInterval(() => {}, 60_000)
  const asked = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), once(process, 'SIGHUP')])
  say('Starting three hosts; the first time on a machine their image is made, which takes about two minutes…')
  const lab = await startLab({ bastion: true })
  try {
    await seedAll(lab)
    const folder = join(lab.state.folder, 'images')
    mkdirSync(folder)
    for (const { file, ...options } of images) await writeImage(join(folder, file), options)
    say(words(lab, await workspaceOf(lab), folder))
    await asked
    say('Stopping…')
  } finally {
    clearInterval(awake)
    await lab.stop()
    await stopEngine()
  }
}
