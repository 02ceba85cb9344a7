import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Artifact } from '../../shared/domain/artifact'
import { Command, HealthPath } from '../../shared/domain/app'
import { Provenance } from '../../shared/domain/release'
import type { Artifacts } from './store'

const Variant = z.object({
  colour: z.string(),
  note: z.string(),
  behaviour: z.enum(['good', 'bad', 'crash']),
  provenance: Provenance,
})

/** What the demo is made of: `resources/demo/demo.json`. */
const Demo = z.object({
  services: z.object({
    web: z.object({ start: Command, healthPath: HealthPath.nullable(), route: z.boolean() }),
    worker: z.object({ start: Command, healthPath: HealthPath.nullable(), route: z.boolean() }),
  }),
  variants: z.object({ v1: Variant, v2: Variant, next: Variant, bad: Variant, crash: Variant }),
})
export type Demo = z.infer<typeof Demo>
export type DemoService = keyof Demo['services']
export type DemoVariant = keyof Demo['variants']

/** Reads what the demo is made of. */
export const demoOf = async (resourcesDir: string): Promise<Demo> =>
  Demo.parse(JSON.parse(await readFile(join(resourcesDir, 'demo', 'demo.json'), 'utf8')))

/** Packs one service of one variant of the demo. `serial` makes another release of the same variant. */
export async function demoBundle(
  artifacts: Artifacts,
  resourcesDir: string,
  service: DemoService,
  variant: DemoVariant,
  serial = 0,
  signal?: AbortSignal,
): Promise<Artifact> {
  const demo = await demoOf(resourcesDir)
  const folder = await mkdtemp(join(tmpdir(), 'slipway-demo-'))
  try {
    await cp(join(resourcesDir, 'demo', service), folder, { recursive: true })
    const { colour, note, behaviour } = demo.variants[variant]
    await writeFile(join(folder, 'release.json'), `${JSON.stringify({ variant, colour, note, behaviour, serial }, null, 2)}\n`)
    return await artifacts.addFolder(folder, signal)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
