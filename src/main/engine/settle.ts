import type { Problem } from '../../shared/domain/problem'
import type { RunOutcome } from '../../shared/domain/run'
import { alias } from '../../shared/domain/release'
import type { EnginePorts } from './engine'
import { placeOf } from './contexts'
import type { Running } from './running'

/** What a run leaves in the workspace when it has ended: the hold, the number of instances, the pinned identities, the audit record. */
export async function settleAfter(ports: EnginePorts, running: Running, outcome: RunOutcome, why: Problem | null): Promise<void> {
  const { plan, runId, release } = running
  const { placement, app, environment } = await placeOf(ports.records, plan.placementId)
  const run = ports.journal.run(runId)
  const asked = outcome === 'reverted' && !why
  let hold = placement.hold
  if (outcome !== 'succeeded' && !asked) {
    hold = { reason: holdReason(plan.title, outcome, why), since: ports.clock.now(), actor: ports.self.actor }
  } else if (outcome === 'succeeded' && run?.holdAfter && release) {
    hold = {
      reason: run.reason ?? `Rolled back to ${alias(release)} by choice`,
      since: ports.clock.now(),
      actor: ports.self.actor,
    }
  }
  const targets = placement.targets.map((target) => {
    const scaled =
      plan.kind === 'scale' && outcome === 'succeeded' ? plan.changes.find((change) => change.targetId === target.id) : undefined
    const pinned = Object.fromEntries(
      target.connectionIds.flatMap((id) => (plan.basis.identities[id] ? [[id, plan.basis.identities[id]]] : [])),
    )
    return {
      ...target,
      pinnedIdentities: { ...pinned, ...target.pinnedIdentities },
      settings: scaled ? { ...target.settings, instances: scaled.instances } : target.settings,
    }
  })
  await ports.records.placements.put({ ...placement, hold, targets })
  if (hold && hold !== placement.hold)
    ports.audit.record('hold.set', { where: `${app.slug} in ${environment.slug}`, placementId: placement.id, runId }, hold.reason)
  ports.audit.record('run.ended', { title: plan.title, outcome, problem: why?.message ?? null, runId })
}

function holdReason(title: string, outcome: RunOutcome, why: Problem | null) {
  const became =
    outcome === 'reverted' ? 'was taken back' : outcome === 'failed' ? 'failed' : 'ended in a state that is not known'
  return `${title} ${became}${why ? `: ${why.message}` : '.'}`.slice(0, 500)
}
