import { z } from 'zod'
import { shortDigest, type Digest } from '../../../shared/domain/artifact'
import { ProblemError } from '../../../shared/domain/problem'
import { registryOf } from '../../../shared/domain/registry'
import type { Registries } from '../../ports'
import type { ProviderPorts, Report } from '../provider'
import type { Engine } from './host'
import { imageOf } from './images'
import { problem } from './text'

/** A pull may take long; what counts is that bytes move. */
const limit = 60 * 60_000
const tries = 4

/** One line of the Engine's account of a pull. */
const Line = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).optional(),
  errorDetail: z.object({ message: z.string() }).optional(),
})

/** Bytes that have come, of those that are known of, over all layers. */
class Layers {
  readonly #layers = new Map<string, { done: number; total: number }>()

  hear({ id, status, progressDetail }: z.infer<typeof Line>): void {
    const { current, total } = progressDetail ?? {}
    if (id === undefined || status !== 'Downloading' || current === undefined || !total) return
    this.#layers.set(id, { done: current, total })
  }

  get sums(): [done: number, total: number | null] {
    const all = [...this.#layers.values()]
    const sum = (key: 'done' | 'total') => all.reduce((bytes, one) => bytes + one[key], 0)
    return [sum('done'), all.length > 0 ? sum('total') : null]
  }
}

async function follow(stream: NodeJS.ReadableStream, report: Report): Promise<string | null> {
  const layers = new Layers()
  let rest = ''
  let failed: string | null = null
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n')
    rest = (lines.pop() ?? '').slice(-65_536)
    for (const text of lines) {
      const line = Line.safeParse(parsed(text))
      if (!line.success) continue
      failed ??= line.data.errorDetail?.message ?? null
      layers.hear(line.data)
    }
    report(...layers.sums)
  }
  return failed
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** What a registry said to an Engine, as a problem. Only `registry-busy` is worth another try. */
function whyNot(host: string, reference: string, why: string): ProblemError {
  const about = { host, registry: registryOf(reference), reference, why: why.replaceAll(/\s+/g, ' ').trim().slice(0, 300) }
  if (/no space left on device/i.test(why)) return problem('docker-disk-full', { host, what: `pull ${reference}` })
  if (/unauthorized|authentication required|denied|no basic auth|\b40[13]\b/i.test(why)) return problem('registry-refused', about)
  if (/manifest unknown|name unknown|not found|manifest .* unknown/i.test(why)) return problem('registry-lacks', about)
  if (/too ?many ?requests|\b429\b|\b5\d\d\b|server error|unavailable|bad gateway|unexpected EOF|reset by peer/i.test(why))
    return problem('registry-busy', about)
  return problem('registry-unreachable', about)
}

/** What the Engine is told of who signs in: a header of the request, kept nowhere. */
async function authOf(registries: Registries, reference: string) {
  const signIn = await (await registries.of(reference))?.signIn()
  if (!signIn) return undefined
  return { username: signIn.user, password: signIn.password.reveal(), serveraddress: registryOf(reference) }
}

const isBusy = (error: unknown) => error instanceof ProblemError && error.problem.code === 'registry-busy'
/** What the Engine was told by the registry; null for an error that is not its. */
function refusal(error: unknown): string | null {
  if (!(error instanceof ProblemError) || error.problem.code !== 'docker-refused') return null
  const { why } = error.problem.data
  return typeof why === 'string' ? why : ''
}

async function pullOnce(engine: Engine, reference: string, { registries }: ProviderPorts, report: Report, signal: AbortSignal) {
  const at = reference.indexOf('@')
  const colon = reference.lastIndexOf(':')
  const cut = at > 0 ? at : colon > reference.lastIndexOf('/') ? colon : reference.length
  const [fromImage, tag] = [reference.slice(0, cut), reference.slice(cut + 1) || 'latest']
  const auth = await authOf(registries, reference)
  const failed = await engine
    .ask(
      `pull ${reference}`,
      signal,
      async (docker) => follow(await docker.createImage(auth ?? {}, { fromImage, tag, abortSignal: signal }), report),
      limit,
    )
    .catch((error: unknown) => {
      const why = refusal(error)
      if (why === null) throw error
      return why
    })
  if (failed !== null) throw whyNot(engine.name, reference, failed)
}

/** Lets an Engine pull, again after a while where the registry is busy. Throws what the registry said. */
export async function pull(
  engine: Engine,
  reference: string,
  ports: ProviderPorts,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  for (let wait = 1000, left = tries; ; wait *= 2, left--) {
    try {
      return await pullOnce(engine, reference, ports, report, signal)
    } catch (error) {
      if (left <= 1 || !isBusy(error)) throw error
      await ports.clock.sleep(wait * (0.5 + Math.random()), signal)
    }
  }
}

/** Pulls by a locator that cannot change, and looks whether it was the image that was wanted. */
export async function pullArtifact(
  engine: Engine,
  wanted: { digest: Digest; locator: string },
  ports: ProviderPorts,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  await pull(engine, wanted.locator, ports, report, signal)
  if (!(await imageOf(engine, wanted.digest, signal)))
    throw problem('image-other', { host: engine.name, digest: shortDigest(wanted.digest) })
}

/** Asks the registry through the Engine whether it would give this, without taking it. Throws what the registry said. */
export async function offered(engine: Engine, reference: string, registries: Registries, signal: AbortSignal): Promise<void> {
  const authconfig = await authOf(registries, reference)
  try {
    await engine.ask(`ask for ${reference}`, signal, (docker) =>
      docker.getImage(reference).distribution(authconfig ? { authconfig } : {}),
    )
  } catch (error) {
    const why = refusal(error)
    throw why === null ? error : whyNot(engine.name, reference, why)
  }
}
