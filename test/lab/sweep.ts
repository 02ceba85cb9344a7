import { globSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { docker, engine } from './engine'
import { run } from './command'
import { isAlive } from './owner'

/** On all that a lab makes: which lab, whose, and the folder with its keys. */
export const labels = { lab: 'slipway-lab', owner: 'slipway-lab-owner', folder: 'slipway-lab-folder' }

/** What a lab made, by the ids that it kept. */
export interface LabParts {
  containers: readonly string[]
  volumes: readonly string[]
  networks: readonly string[]
  folders: readonly string[]
}

/** A control group and those in it. They cannot be removed as files can: what is in them is the kernel's. */
function removeGroup(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) removeGroup(join(folder, entry.name))
  rmdirSync(folder)
}

/** Removes exactly these. What is gone already is no matter; what cannot be removed is an error. */
export async function remove({ containers, volumes, networks, folders }: LabParts): Promise<void> {
  const address = { env: { DOCKER_HOST: await engine() } }
  const failed: string[] = []
  const each = async (ids: readonly string[], command: readonly string[]) => {
    const results = await Promise.all(ids.map((id) => run(['docker', ...command, id], address)))
    for (const { code, stderr } of results) if (code !== 0 && !/no such|not found/i.test(stderr)) failed.push(stderr.trim())
  }
  // A frozen one cannot be ended; one that is not frozen says so, which is no matter.
  await Promise.all(containers.map((id) => run(['docker', 'unpause', id], address)))
  await each(containers, ['rm', '-f', '-v'])
  // The groups that a host made for its own containers stay behind when it goes.
  for (const id of containers) for (const group of globSync(`/sys/fs/cgroup/{,*/}docker/${id}`)) removeGroup(group)
  await each(volumes, ['volume', 'rm', '-f'])
  await each(networks, ['network', 'rm'])
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  if (failed.length > 0) throw new Error(`The lab left something: ${failed.join('; ')}`)
}

const lines = (text: string) => text.split('\n').filter(Boolean)

/** All that carries this label, whoever made it. */
async function partsWith(label: string): Promise<LabParts> {
  const having = ['--filter', `label=${label}`]
  const containers = lines(await docker(['ps', '-aq', '--no-trunc', ...having]))
  const volumes = lines(await docker(['volume', 'ls', '-q', ...having]))
  const networks = lines(await docker(['network', 'ls', '-q', '--no-trunc', ...having]))
  const folders =
    networks.length === 0
      ? []
      : lines(await docker(['network', 'inspect', '--format', `{{index .Labels "${labels.folder}"}}`, ...networks]))
  return { containers, volumes, networks, folders }
}

/** What a lab of this id has on the machine. */
export const partsOf = (id: string) => partsWith(`${labels.lab}=${id}`)

/** Removes the labs whose owners are gone: killed, they could not stop them. */
export async function sweep(): Promise<void> {
  const having = ['--filter', `label=${labels.owner}`]
  const found = new Set([
    ...lines(await docker(['ps', '-a', ...having, '--format', `{{.Label "${labels.owner}"}}`])),
    ...lines(await docker(['volume', 'ls', ...having, '--format', `{{.Label "${labels.owner}"}}`])),
    ...lines(await docker(['network', 'ls', ...having, '--format', `{{.Label "${labels.owner}"}}`])),
  ])
  for (const owner of found) if (!isAlive(owner)) await remove(await partsWith(`${labels.owner}=${owner}`))
}
