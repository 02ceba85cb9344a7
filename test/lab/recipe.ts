import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { must, run } from './command'
import { docker, engine, scratch } from './engine'

// Of the checkout: this file may be part of a bundle elsewhere.
const recipe = join(process.cwd(), 'test', 'lab', 'host')

/** The image of a host: another recipe has another name, so one that is there is never out of date. */
export function hostImageName(): string {
  const hash = createHash('sha256').update(process.arch)
  for (const name of readdirSync(recipe, { recursive: true }).map(String).toSorted()) {
    const file = join(recipe, name)
    if (statSync(file).isFile()) hash.update(`\0${name}\0`).update(readFileSync(file))
  }
  return `slipway-lab:${hash.digest('hex').slice(0, 16)}`
}

/** Makes the image of a host where it is not there: 2 minutes once, nothing after. */
export async function hostImage(): Promise<string> {
  const name = hostImageName()
  const address = await engine()
  await must(['bash', join(recipe, 'build.sh'), name, scratch], { env: { DOCKER_HOST: address } })
  await forgetFormer(address)
  return name
}

// Another checkout may be at its tests with another recipe: the newest few stay.
const keptImages = 3

async function forgetFormer(address: string): Promise<void> {
  const images = await docker(['image', 'ls', '--filter', 'reference=slipway-lab', '--format', '{{.Repository}}:{{.Tag}}'])
  // One that is in use is refused, and stays.
  for (const old of images.split('\n').slice(keptImages))
    await run(['docker', 'image', 'rm', old], { env: { DOCKER_HOST: address } })
}
