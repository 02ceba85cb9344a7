import type { ImageOnHost } from '../../../shared/domain/discovery'
import type { OpenConnection, Provider } from '../provider'
import { DockerHost, ownEngine, type Engine } from './host'
import { imageOf, imagesOn, resolve, saved } from './images'

/** More than anybody chooses from a list. */
const most = 200

const engineAt = async (where: OpenConnection | null, signal: AbortSignal): Promise<Engine> => {
  if (!where) return ownEngine()
  const host = new DockerHost(where)
  await host.link(signal)
  return host
}

/** Where a release's image can be taken from: an Engine that has it, or can pull it. */
export const imageSources: NonNullable<Provider['images']> = {
  async list(where, signal) {
    const engine = await engineAt(where, signal)
    const all = (await imagesOn(engine, signal)).filter((image) => image.locators.length > 0)
    const described = await Promise.all(all.slice(0, most).map(({ digest }) => imageOf(engine, digest, signal)))
    return described.filter((image): image is ImageOnHost => image !== null)
  },
  resolve: async (where, reference, signal) => resolve(await engineAt(where, signal), reference, true, signal),
  async *save(where, digest, signal) {
    yield* saved(await engineAt(where, signal), digest, signal)
  },
}
