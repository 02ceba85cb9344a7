import { shortDigest } from '../../shared/domain/artifact'
import { Digest } from '../../shared/domain/artifact'
import { StepId } from '../../shared/domain/ids'
import type { Step } from '../../shared/domain/plan'
import type { Change, Session, StepContext, StepEvent } from '../providers/provider'
import type { ArtifactStore, Effects } from '../ports'
import { z } from 'zod'
import { problem } from './text'

const TransferDetail = z.object({ digest: Digest })

/** One transfer a connection, always planned: where the artifact is already there, it takes no time. */
export function transferSteps(change: Change): Step[] {
  const { artifact, target, service } = change
  if (!artifact || change.kind === 'restart' || change.kind === 'apply-settings' || change.kind === 'scale') return []
  return target.connectionIds.map((connectionId) => ({
    id: StepId.parse(`${service.slug}:transfer:${connectionId}`),
    phase: 'transfer',
    targetId: target.id,
    serviceId: service.id,
    connectionId,
    title: `Bring ${shortDigest(artifact)} of ${service.slug} to where it runs`,
    commands: [`copy ${artifact} from the store, unless it is there`],
    detail: { digest: artifact },
  }))
}

/** Store → hash → target. Does nothing where the target has it. */
export async function* transfer(
  step: Step,
  session: Session,
  context: StepContext,
  store: ArtifactStore,
  effects: Effects,
  signal: AbortSignal,
): AsyncGenerator<StepEvent> {
  const { digest } = TransferDetail.parse(step.detail)
  const artifacts = session.artifacts
  if (!artifacts || (await artifacts.has(digest, step.connectionId, signal))) {
    yield { type: 'progress', words: 'already there', done: null, total: null }
    return
  }
  const artifact = store.get(digest)
  if (!artifact || !store.has(digest)) throw problem('artifact-missing', { digest: shortDigest(digest) })
  await effects.do(`bring ${shortDigest(digest)} of ${context.service.slug}`, { digest }, () =>
    artifacts.write(digest, step.connectionId, store.read(digest, signal), signal),
  )
  yield { type: 'progress', words: 'brought', done: artifact.size, total: artifact.size }
}
