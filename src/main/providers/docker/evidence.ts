import type { Step } from '../../../shared/domain/plan'
import type { Evidence, StepContext } from '../provider'
import { exitOf, inspect } from './containers'
import { detailOf, namesOf } from './detail'
import type { DockerHost } from './host'
import { lastLines } from './lines'
import { instanceId } from './names'
import type { HealthBook } from './probe'

interface Scene {
  host: DockerHost
  step: Step
  context: StepContext
  book: HealthBook
  /** The container of the run's release command. */
  command: string
}

function newestWithin(lines: readonly string[], bytes: number): string[] {
  let left = bytes
  const first = lines.findLastIndex((line) => (left -= Buffer.byteLength(line) + 1) < 0)
  return lines.slice(first + 1)
}

/** What is there to be read of a step's containers, before anything is cleaned up. */
export async function evidence(
  { host, step, context, book, command }: Scene,
  limits: { lines: number; bytes: number },
  signal: AbortSignal,
): Promise<Evidence[]> {
  const detail = detailOf(step)
  const names = detail.does === 'release-command' ? [command] : namesOf(detail)
  const share = Math.floor(limits.bytes / Math.max(1, names.length))
  return Promise.all(
    names.map(async (name) => {
      const instance = instanceId(name, host.name)
      const details = await inspect(host, name, signal)
      const lines = details ? await lastLines(host, name, limits.lines, details.Config.Tty, signal).catch(() => []) : []
      return {
        targetId: context.target.id,
        instance,
        healthAnswers: book.of(instance).map(({ at, words }) => ({ at, words })),
        exit: details ? (exitOf(details)?.words ?? null) : null,
        stopReason: details ? stopReason(details) : 'it is not there',
        lastLines: newestWithin(
          lines.map((line) => line.text),
          share,
        ),
      }
    }),
  )
}

function stopReason({ State, RestartCount }: NonNullable<Awaited<ReturnType<typeof inspect>>>): string {
  const again = RestartCount > 0 ? `, started again ${RestartCount} times` : ''
  const own = State.Health && State.Health.Status !== 'none' ? `, its own health check: ${State.Health.Status}` : ''
  return `${State.Status}${State.OOMKilled ? ', out of memory' : ''}${State.Error ? `, ${State.Error}` : ''}${again}${own}`
}
