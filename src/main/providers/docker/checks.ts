import type { Check } from '../../../shared/domain/check'
import { LinkLost } from '../../../shared/domain/problem'
import { parseTarget } from './fields'
import { isKnown, type DockerHost } from './host'
import { isRouted } from './plan'
import { questions, type Asked, type Finding } from './questions'

async function ask(id: string, host: DockerHost, asked: Asked): Promise<Finding | null> {
  try {
    return (await questions[id]?.ask(host, asked)) ?? null
  } catch (error) {
    const { aborted, reason } = asked.signal
    // What the others have answered is worth telling.
    if (aborted && reason instanceof DOMException && reason.name === 'TimeoutError')
      return {
        outcome: 'unknown',
        words: 'did not answer in time',
        detail: 'Look at how busy it is, then plan again.',
        cause: 'late',
      }
    asked.signal.throwIfAborted()
    if (!isKnown(error)) throw error
    const { message, fix, code } = error.problem
    return error instanceof LinkLost
      ? { outcome: 'unknown', words: 'could not be asked', detail: [message, fix].filter(Boolean).join(' '), cause: code }
      : { outcome: 'block', words: '', message, detail: fix ?? '', cause: code }
  }
}

/** One thing in the way of many questions of a host is said once. */
function onceACause(found: readonly { host: DockerHost; finding: Finding | null }[][]) {
  const said = new Set<string>()
  return found.map((row) =>
    row.filter(({ host, finding }) => {
      if (!finding?.cause) return true
      const key = `${finding.cause} ${host.connectionId}`
      return !said.has(key) && said.add(key)
    }),
  )
}

/** All checks of a change on its servers; none stops the others. A question that every host answers well is one row. */
export async function checksOf(asked: Asked): Promise<Check[]> {
  const { change, hosts } = asked
  const row = (id: string, outcome: Check['outcome'], message: string, detail: string, fix: Check['fix'] = null): Check => ({
    id,
    source: 'docker',
    targetId: change.target.id,
    outcome,
    message,
    detail,
    fix,
  })
  const answers = await Promise.all(
    Object.keys(questions).map((id) => Promise.all(hosts.map(async (host) => ({ host, finding: await ask(id, host, asked) })))),
  )
  const heard = onceACause(answers)
  const perQuestion = Object.entries(questions).map(([id, { well }], i) => {
    const asking = (heard[i] ?? []).flatMap(({ host, finding }) => (finding ? [{ host, finding }] : []))
    const ill = asking.filter(({ finding }) => finding.outcome !== 'pass')
    if (asking.length === 0) return []
    if (ill.length === 0)
      return [
        row(
          id,
          'pass',
          `${well} on ${asking.map(({ host }) => host.name).join(', ')}`,
          [...new Set(asking.map(({ finding }) => finding.words))].filter(Boolean).join(', '),
        ),
      ]
    return ill.map(({ host, finding }) =>
      row(
        `${id}-${host.name}`.slice(0, 100),
        finding.outcome,
        finding.message ?? `${host.name} ${finding.words}`,
        finding.detail ?? '',
        finding.fix ?? null,
      ),
    )
  })
  return [...perQuestion.flat(), ...manners(asked, row)]
}

/** What the settings of the target mean for people, whatever the hosts say. */
function manners(
  { change }: Asked,
  row: (id: string, outcome: Check['outcome'], message: string, detail: string) => Check,
): Check[] {
  const settings = parseTarget(change.target.settings)
  const { service, kind } = change
  if (kind === 'stop') return []
  const checks: Check[] = []
  if (service.route && settings.port === null)
    checks.push(
      row(
        'container-port',
        'block',
        `The port of ${service.slug} inside its container is not known`,
        'Give it in the target’s settings.',
      ),
    )
  if (service.route && !isRouted(change, settings)) {
    const detail = 'It has a port of the server and no proxy: there is a gap in which nobody answers.'
    checks.push(row('gap', 'warn', `${service.slug} stops before the new one starts`, detail))
    if (change.strategy.kind === 'canary')
      checks.push(
        row(
          'canary',
          'block',
          `${service.slug} has no proxy that could share its traffic`,
          'Choose another strategy, or put nginx or HAProxy before it.',
        ),
      )
  }
  const held = settings.volumes.filter((volume) => /^\/(?:var\/)?run\/(?:docker|podman)/.test(volume))
  if (held.length > 0)
    checks.push(
      row(
        'engine-socket',
        'warn',
        `${service.slug} gets the Engine’s own socket`,
        `${held.join(', ')}: whoever breaks into it owns the server.`,
      ),
    )
  return checks
}
