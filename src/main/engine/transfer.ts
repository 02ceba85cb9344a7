import { z } from 'zod'
import { Digest, shortDigest } from '../../shared/domain/artifact'
import { StepId, type ConnectionId } from '../../shared/domain/ids'
import type { PlanKind, Step } from '../../shared/domain/plan'
import { ProblemError } from '../../shared/domain/problem'
import { registryOf } from '../../shared/domain/registry'
import type { Clock, Effects } from '../ports'
import type { ArtifactBytes, Change, Session, StepContext, StepEvent } from '../providers/provider'
import type { EnginePorts } from './engine'
import type { Relays } from './relay'
import { problem } from './text'
import { hostWith } from './whereabouts'

const TransferDetail = z.object({
  digest: Digest,
  /** By which name the host fetches it from a registry; absent where it comes from here. */
  from: z.string().optional(),
})

export const artifactOf = (step: Step): Digest => TransferDetail.parse(step.detail).digest

/** Whether a change of this kind needs the artifact on its hosts. */
export const bringsArtifact = (kind: PlanKind) => !['restart', 'apply-settings', 'scale', 'stop'].includes(kind)

/** One transfer a connection, always planned: where the artifact is already there, it takes no time. */
export function transferSteps(change: Change, nameOf: (id: ConnectionId) => string): Step[] {
  const { artifact, target, service, pull } = change
  if (!artifact || !bringsArtifact(change.kind)) return []
  return target.connectionIds.map((connectionId) => ({
    id: StepId.parse(`${service.slug}:transfer:${connectionId}`),
    phase: 'transfer',
    wave: 0,
    targetId: target.id,
    serviceId: service.id,
    connectionId,
    title: pull
      ? `Pull ${shortDigest(artifact)} of ${service.slug} on ${nameOf(connectionId)} from ${registryOf(pull.locator)}`
      : `Bring ${shortDigest(artifact)} of ${service.slug} to ${nameOf(connectionId)}`,
    commands: pull
      ? [`docker login --username $USER --password-stdin ${registryOf(pull.locator)}`, `docker pull ${pull.locator}`]
      : [`copy ${artifact} from the store, or from a host that has it, unless it is there`],
    detail: { digest: artifact, ...(pull ? { from: pull.locator } : {}) },
  }))
}

interface TransferParts {
  ports: EnginePorts
  session: Session
  context: StepContext
  effects: Effects
  relays: Relays
}

/** Runs something that tells how far it is; answers when it is done. */
async function* watched(clock: Clock, work: Promise<unknown>, event: () => StepEvent): AsyncGenerator<StepEvent> {
  const done = work.then(() => true)
  while (!(await Promise.race([done, clock.sleep(500).then(() => false)]))) yield event()
}

/** The host fetches it itself. Answers why where it did not: somebody else may have it. */
async function* pulled(
  { session, effects, context, ports }: TransferParts,
  step: Step,
  signal: AbortSignal,
): AsyncGenerator<StepEvent, 'pulled' | Error> {
  const { digest, from } = TransferDetail.parse(step.detail)
  const pull = session.artifacts?.pull
  if (!from || !pull) return problem('artifact-missing', { digest: shortDigest(digest) })
  let [done, total]: [number, number | null] = [0, null]
  const report = (now: number, of: number | null) => ([done, total] = [now, of])
  const words = `pulling it from ${registryOf(from)}`
  try {
    const work = effects.do(`pull ${shortDigest(digest)} of ${context.service.slug}`, { digest }, () =>
      pull(digest, from, step.connectionId, report, signal),
    )
    yield* watched(ports.clock, work, () => ({ type: 'progress', words, done, total }))
    yield { type: 'progress', words: `pulled from ${registryOf(from)}`, done, total: done }
    return 'pulled'
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    yield { type: 'output', text: `${error.problem.message}\n` }
    return error
  }
}

/**
 * Registry, store, or a host that has it → target. Does nothing where the target has it. Steps of one phase share one reading; what a
 * registry does not give comes from whoever else has it.
 */
export async function* transfer(parts: TransferParts, step: Step, signal: AbortSignal): AsyncGenerator<StepEvent> {
  const { session, context, effects, relays } = parts
  const digest = artifactOf(step)
  const { relay, before, over } = relays.turn({ digest, connectionId: step.connectionId })
  const { artifacts } = session
  let reads = false
  try {
    if (before) yield { type: 'progress', words: 'another service brings the same there', done: null, total: null }
    await before
    signal.throwIfAborted()
    if (!artifacts || (await artifacts.has(digest, step.connectionId, signal))) {
      yield { type: 'progress', words: 'already there', done: null, total: null }
      return
    }
    const fetched = yield* pulled(parts, step, signal)
    if (fetched === 'pulled') return
    const source = await sourceOf(parts, digest, step, fetched, signal)
    let done = 0
    let noted = ''
    const counted = async function* (bytes: AsyncIterable<Uint8Array>) {
      done = 0
      for await (const chunk of bytes) {
        done += chunk.byteLength
        yield chunk
      }
    }
    const bytes: ArtifactBytes = {
      [Symbol.asyncIterator]() {
        // A write that fails before it asks for a byte must not keep the others waiting.
        reads = true
        return counted(relay.read(source.open))
      },
      again: () => counted(source.open()),
      layers: source.layers,
      ...(source.near ? { look: source.open } : {}),
      note: (words) => (noted = `: ${words}`),
    }
    const bringing = effects.do(`bring ${shortDigest(digest)} of ${context.service.slug}`, { digest }, () =>
      artifacts.write(digest, step.connectionId, bytes, signal),
    )
    const event = (words: string, total: number | null): StepEvent => ({
      type: 'progress',
      words: `${words}${noted}`,
      done,
      total,
    })
    yield* watched(parts.ports.clock, bringing, () => event(`bringing it from ${source.words}`, source.size))
    yield event('brought', done)
  } finally {
    if (!reads) relay.skip()
    over()
  }
}

/** Throws `otherwise` where nobody has it. */
async function sourceOf({ ports, context }: TransferParts, digest: Digest, step: Step, otherwise: Error, signal: AbortSignal) {
  const stored = ports.artifacts.get(digest)
  if (stored)
    return { words: 'the store', size: stored.size, near: true, layers: [], open: () => ports.artifacts.read(digest, signal) }
  const host = await hostWith(ports, context, digest, step.connectionId, signal)
  const read = host?.artifacts.read
  if (!host || !read) throw otherwise
  const name = (await ports.records.connections.get(host.connectionId))?.name ?? 'a host that has it'
  const layers = (await host.artifacts.layers?.(digest, host.connectionId, signal)) ?? []
  return { words: name, size: null, near: false, layers, open: () => read(digest, host.connectionId, signal) }
}
