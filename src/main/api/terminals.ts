import { randomUUID } from 'node:crypto'
import type { TerminalEvent } from '../../shared/api/terminals'
import { PlanId, RunId, newId, type ConnectionId, type PlacementId, type ServiceId } from '../../shared/domain/ids'
import { newestSettings, placeOf } from '../engine/contexts'
import type { EnginePorts } from '../engine/engine'
import { runningRelease } from '../engine/ground'
import { ownerOf } from '../engine/locks'
import type { Looks } from '../engine/looks'
import { servingArtifact } from '../../shared/domain/observation'
import type { OpenTerminal, StepContext } from '../providers/provider'
import { problem, type Implementer } from './base'

/** So many pieces go out before one is acknowledged: a loud program waits for its reader. */
const outstanding = 16

interface Asked {
  placementId: PlacementId
  serviceId: ServiceId
  what: { kind: 'shell'; instance: string } | { kind: 'once'; command: string[]; connectionId: ConnectionId }
  typedName?: string | undefined
  columns: number
  rows: number
}

interface Open {
  clientId: string
  terminal: OpenTerminal
  acknowledged: number
  wake: () => void
}

/** Shells and one-off commands that are open. Each is a change: guarded, and written down with its end. */
export function terminalHandlers(os: Implementer['terminals'], { ports, looks }: { ports: EnginePorts; looks: Looks }) {
  const open = new Map<string, Open>()
  const { records, audit, sessions } = ports

  /** Written before it is opened; one that could not be opened has its end written too. */
  async function written(
    what: 'shell' | 'command',
    about: Parameters<typeof audit.record>[1],
    make: () => Promise<OpenTerminal>,
  ) {
    audit.record(what === 'shell' ? 'shell.opened' : 'command.run', about)
    try {
      return await make()
    } catch (error) {
      audit.record(what === 'shell' ? 'shell.closed' : 'command.ended', { ...about, code: null })
      throw error
    }
  }

  async function start({ placementId, serviceId, what, typedName, ...size }: Asked, signal: AbortSignal) {
    const place = await placeOf(records, placementId)
    const { environment, app } = place
    if (environment.protected && typedName !== environment.slug) throw problem('typed-name-wrong', { name: environment.slug })
    if (what.kind === 'once' && ports.lock.holder(placementId)) throw problem('run-in-the-way', {})
    const context = place.contexts.find(
      (one) => one.service.id === serviceId && (what.kind === 'shell' || one.target.connectionIds.includes(what.connectionId)),
    )
    if (!context) throw problem('not-found', { noun: 'service' })
    const session = await sessions.of(context.target)
    const runId = newId(RunId)
    const about = { where: `${app.slug} in ${environment.slug}`, placementId, service: context.service.slug }
    if (what.kind === 'shell') {
      const open = session.shell
      if (!open) throw problem('cannot-shell', { what: 'open a shell' })
      return {
        about,
        title: what.instance,
        terminal: await written('shell', { ...about, instance: what.instance }, () => open(what.instance, context, size, signal)),
      }
    }
    if (!session.runOnce) throw problem('cannot-shell', { what: 'run a command once' })
    const observations = await looks.look(place.contexts, signal)
    const seen = observations.get(context.target.id)
    const settings = (await newestSettings(records, placementId)).get(serviceId) ?? null
    const step: StepContext = {
      ...context,
      planId: newId(PlanId),
      runId,
      owner: ownerOf(ports, runId),
      fence: 0,
      release: runningRelease(place, observations, await records.releases.list(context.app.id)),
      artifact: seen ? servingArtifact(seen) : null,
      settings,
      variables: () => ports.settings.variables(settings),
    }
    if (!step.artifact) throw problem('cannot-shell', { what: 'run a command of what serves: nothing does' })
    audit.record('command.run', { ...about, command: what.command.join(' '), connectionId: what.connectionId })
    return {
      about,
      title: what.command.join(' '),
      terminal: await session.runOnce(what.command, step, what.connectionId, size, signal),
    }
  }

  async function* pieces(one: Open, signal: AbortSignal): AsyncGenerator<TerminalEvent> {
    let batch = 0
    for await (const chunk of one.terminal.stream as AsyncIterable<Buffer>) {
      batch += 1
      yield { kind: 'bytes', batch, bytes: chunk.toString('base64') }
      while (batch - one.acknowledged >= outstanding && !signal.aborted)
        await new Promise<void>((resolve) => (one.wake = resolve))
      if (signal.aborted) return
    }
  }

  const mine = (terminalId: string, clientId: string): Open => {
    const one = open.get(terminalId)
    if (!one || one.clientId !== clientId) throw problem('terminal-gone', {})
    return one
  }

  return {
    open: os.open.handler(async function* ({ input, context, signal }): AsyncGenerator<TerminalEvent> {
      const until = AbortSignal.any([context.gone, ...(signal ? [signal] : [])])
      const { about, title, terminal } = await start(input, until)
      const terminalId = randomUUID()
      const one: Open = { clientId: context.clientId, terminal, acknowledged: 0, wake: () => {} }
      open.set(terminalId, one)
      const stop = () => {
        terminal.stream.destroy()
        one.wake()
      }
      until.addEventListener('abort', stop, { once: true })
      try {
        yield { kind: 'open', terminalId, title }
        yield* pieces(one, until)
        const { code } = await terminal.ended
        yield { kind: 'ended', code }
      } catch (error) {
        if (!until.aborted) throw error
      } finally {
        until.removeEventListener('abort', stop)
        open.delete(terminalId)
        terminal.stream.destroy()
        const { code } = await terminal.ended.catch(() => ({ code: null }))
        audit.record(input.what.kind === 'shell' ? 'shell.closed' : 'command.ended', { ...about, title, code })
      }
    }),
    write: os.write.handler(({ input, context }) => {
      mine(input.terminalId, context.clientId).terminal.stream.write(Buffer.from(input.bytes, 'base64'))
    }),
    resize: os.resize.handler(({ input, context }) =>
      mine(input.terminalId, context.clientId).terminal.resize(input.columns, input.rows),
    ),
    ack: os.ack.handler(({ input, context }) => {
      const one = mine(input.terminalId, context.clientId)
      one.acknowledged = Math.max(one.acknowledged, input.batch)
      one.wake()
    }),
  }
}
