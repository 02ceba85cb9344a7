import { z } from 'zod'
import { Digest, shortDigest } from '../../shared/domain/artifact'
import { StepId, type ConnectionId } from '../../shared/domain/ids'
import type { Step } from '../../shared/domain/plan'
import type { Effects } from '../ports'
import type { ArtifactBytes, Change, Session, StepContext, StepEvent } from '../providers/provider'
import type { EnginePorts } from './engine'
import type { Relays } from './relay'
import { problem } from './text'
import { hostWith } from './whereabouts'

const TransferDetail = z.object({ digest: Digest })

export const artifactOf = (step: Step): Digest => TransferDetail.parse(step.detail).digest

/** One transfer a connection, always planned: where the artifact is already there, it takes no time. */
export function transferSteps(change: Change, nameOf: (id: ConnectionId) => string): Step[] {
  const { artifact, target, service } = change
  if (!artifact || change.kind === 'restart' || change.kind === 'apply-settings' || change.kind === 'scale') return []
  return target.connectionIds.map((connectionId) => ({
    id: StepId.parse(`${service.slug}:transfer:${connectionId}`),
    phase: 'transfer',
    wave: 0,
    targetId: target.id,
    serviceId: service.id,
    connectionId,
    title: `Bring ${shortDigest(artifact)} of ${service.slug} to ${nameOf(connectionId)}`,
    commands: [`copy ${artifact} from the store, or from a host that has it, unless it is there`],
    detail: { digest: artifact },
  }))
}

interface TransferParts {
  ports: EnginePorts
  session: Session
  context: StepContext
  effects: Effects
  relays: Relays
}

/** Store, or a host that has it → target. Does nothing where the target has it. Steps of one phase share one reading. */
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
    const source = await sourceOf(parts, digest, step, signal)
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
    const bringing = effects
      .do(`bring ${shortDigest(digest)} of ${context.service.slug}`, { digest }, () =>
        artifacts.write(digest, step.connectionId, bytes, signal),
      )
      .then(() => true)
    for (;;) {
      const brought = await Promise.race([bringing, parts.ports.clock.sleep(500).then(() => false)])
      yield {
        type: 'progress',
        words: `${brought ? 'brought' : `bringing it from ${source.words}`}${noted}`,
        done,
        total: brought ? done : source.size,
      }
      if (brought) return
    }
  } finally {
    if (!reads) relay.skip()
    over()
  }
}

async function sourceOf({ ports, context }: TransferParts, digest: Digest, step: Step, signal: AbortSignal) {
  const stored = ports.artifacts.get(digest)
  if (stored)
    return { words: 'the store', size: stored.size, near: true, layers: [], open: () => ports.artifacts.read(digest, signal) }
  const host = await hostWith(ports, context, digest, step.connectionId, signal)
  const read = host?.artifacts.read
  if (!host || !read) throw problem('artifact-missing', { digest: shortDigest(digest) })
  const name = (await ports.records.connections.get(host.connectionId))?.name ?? 'a host that has it'
  const layers = (await host.artifacts.layers?.(digest, host.connectionId, signal)) ?? []
  return { words: name, size: null, near: false, layers, open: () => read(digest, host.connectionId, signal) }
}
