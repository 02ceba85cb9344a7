import { CapsuleId, newId } from '../../shared/domain/ids'
import type { Capsule } from '../../shared/domain/run'
import type { EnginePorts } from './engine'
import { stepContext, type Failure, type Running } from './running'

const limits = { lines: 200, bytes: 1024 * 1024 }

/** Cuts the oldest lines until the evidence fits its share. */
function within(evidence: Capsule['evidence'], bytes: number): Capsule['evidence'] {
  let left = bytes
  return evidence.map((one) => {
    const lines: string[] = []
    for (const line of one.lastLines.toReversed()) {
      left -= Buffer.byteLength(line) + 1
      if (left < 0) break
      lines.unshift(line)
    }
    return { ...one, lastLines: lines }
  })
}

/** Keeps what failed before anything is cleaned up. Never in the way of the undo: what cannot be read is left out. */
export async function keepCapsule(ports: EnginePorts, running: Running, failures: readonly Failure[]): Promise<void> {
  const { redactor } = ports
  try {
    const gathered = await Promise.all(
      failures.map(async ({ step }) => {
        const context = stepContext(ports, running, step)
        const session = await ports.sessions.of(context.target)
        const signal = AbortSignal.any([running.control.leave.signal, AbortSignal.timeout(10_000)])
        return session.evidence(step, context, limits, signal).catch(() => [])
      }),
    )
    const clean = gathered.flat().map((one) => ({
      ...one,
      exit: one.exit === null ? null : redactor.redact(one.exit),
      stopReason: one.stopReason === null ? null : redactor.redact(one.stopReason),
      healthAnswers: one.healthAnswers.slice(-50).map((answer) => ({ at: answer.at, words: redactor.redact(answer.words) })),
      lastLines: one.lastLines.slice(-limits.lines).map((line) => redactor.redact(line)),
    }))
    const capsule: Capsule = {
      v: 1,
      id: newId(CapsuleId),
      runId: running.runId,
      at: ports.clock.now(),
      problem: failures[0]?.problem ?? null,
      evidence: within(clean, limits.bytes),
    }
    await ports.records.capsules.put(capsule)
    running.journal({ type: 'capsule-kept', capsuleId: capsule.id })
  } catch (error) {
    if (running.control.leave.signal.aborted) throw error
  }
}
