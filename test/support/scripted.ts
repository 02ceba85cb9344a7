import type { Digest } from '../../src/shared/domain/artifact'
import type { ConnectionId, SettingsRevisionId, TargetId } from '../../src/shared/domain/ids'
import type { Instance, Observation } from '../../src/shared/domain/observation'
import { LinkLost, problemsFrom } from '../../src/shared/domain/problem'
import { StepId } from '../../src/shared/domain/ids'
import type { Phase, Step } from '../../src/shared/domain/plan'
import {
  defineProvider,
  type Change,
  type Provider,
  type Session,
  type StepContext,
  type StepEvent,
  type TargetContext,
} from '../../src/main/providers/provider'
import type { Clock, Effects } from '../../src/main/ports'

const problem = problemsFrom({
  'scripted-failure': ({ what }: { what: string }) => ({
    message: `The script says that ${what} fails.`,
    fix: 'Change the script.',
  }),
  'scripted-link': ({ what }: { what: string }) => ({ message: `The script cut the link during ${what}.` }),
})

/** A host of the scripted world. */
export interface ScriptedHost {
  instances: { name: string; artifact: Digest; revision: SettingsRevisionId | null; serving: boolean; startedAt: number }[]
  has: Set<Digest>
  ranReleaseCommands: string[]
}

export type Fault =
  | { kind: 'fail' }
  /** The effect is not made, and nobody is told. */
  | { kind: 'lost-before' }
  /** The effect is made, and the answer is lost. */
  | { kind: 'lost-after' }

/** A world of hosts that remembers everything and fails where it is told to. It outlives engines, as real hosts do. */
export class ScriptedWorld {
  readonly hosts = new Map<string, ScriptedHost>()
  /** By `<phase>` or `<phase> <connection>`, or `undo <phase>`: what goes wrong, for so many times. */
  readonly faults = new Map<string, { fault: Fault; times: number }>()
  /** Artifacts whose instances never become healthy, or do so for so many probes only. */
  readonly sick = new Map<Digest, { goodProbes: number }>()
  /** Every remote effect that was really made, in order. */
  readonly effects: string[] = []
  unreachable = new Set<string>()
  probes = new Map<string, number>()
  identity = new Map<string, string>()

  host(target: TargetId, connection: ConnectionId): ScriptedHost {
    const key = `${target} ${connection}`
    const host = this.hosts.get(key) ?? { instances: [], has: new Set<Digest>(), ranReleaseCommands: [] }
    this.hosts.set(key, host)
    return host
  }

  faultAt(place: string, connection: ConnectionId): Fault | null {
    for (const key of [`${place} ${connection}`, place]) {
      const set = this.faults.get(key)
      if (!set || set.times <= 0) continue
      set.times -= 1
      return set.fault
    }
    return null
  }

  /** Makes one change to the world, through the effects door, with the fault that the script has for it. */
  async change(place: string, what: string, step: Step, effects: Effects, make: () => void): Promise<void> {
    await effects.do(what, { what, step: step.id }, async () => {
      const fault = this.faultAt(place, step.connectionId)
      if (fault?.kind === 'fail') throw problem('scripted-failure', { what })
      if (fault?.kind === 'lost-before') throw new LinkLost(problem('scripted-link', { what }).problem)
      make()
      this.effects.push(`${what} @${step.connectionId.slice(-4)}`)
      if (fault?.kind === 'lost-after') throw new LinkLost(problem('scripted-link', { what }).problem)
      await Promise.resolve()
    })
  }
}

const nameOf = (change: TargetContext, generation: number, index: number) =>
  `${change.app.slug}-${change.environment.slug}-${change.service.slug}-${generation}.${index}`

interface Detail {
  names: string[]
  old: string[]
  artifact: Digest | null
  command: string[] | null
}
const detailOf = (step: Step) => step.detail as unknown as Detail

function observeHost(world: ScriptedWorld, context: TargetContext, connectionId: ConnectionId, now: number): Instance[] {
  return world
    .host(context.target.id, connectionId)
    .instances.map((one) => ({
      id: one.name,
      connectionId,
      artifact: one.artifact,
      settingsRevisionId: one.revision,
      serving: one.serving,
      health: world.sick.has(one.artifact) ? 'unhealthy' : 'healthy',
      detail: world.sick.has(one.artifact) ? 'the script says so' : '200',
      startedAt: one.startedAt,
      healthySince: one.startedAt,
      restarts: 0,
      memoryBytes: null,
      cpuPercent: null,
      latencyMs: null,
    }))
    .map((one) => ({ ...one, healthySince: Math.min(one.healthySince, now) }) as Instance)
}

function sessionOf(world: ScriptedWorld, clock: Clock): Session {
  const observe = (context: TargetContext): Observation => {
    const { target } = context
    const lost = target.connectionIds.find((id) => world.unreachable.has(id))
    return {
      v: 1,
      targetId: target.id,
      observedAt: clock.now(),
      state: lost ? 'unreachable' : 'seen',
      problem: lost ? problem('scripted-link', { what: 'a look' }).problem : null,
      identities: lost ? {} : Object.fromEntries(target.connectionIds.map((id) => [id, world.identity.get(id) ?? `host ${id}`])),
      desired: typeof target.settings['instances'] === 'number' ? target.settings['instances'] * target.connectionIds.length : 0,
      instances: lost ? [] : target.connectionIds.flatMap((id) => observeHost(world, context, id, clock.now())),
      present: [...new Set(target.connectionIds.flatMap((id) => [...world.host(target.id, id).has]))],
      facts: { stored: [], runs: [], reach: [], address: [], health: [] },
      series: [],
    }
  }

  function* stepsOf(change: Change): Generator<Step> {
    const { target, service } = change
    for (const connectionId of target.connectionIds) {
      const here = change.observed.instances.filter((one) => one.connectionId === connectionId)
      const generation = Math.max(0, ...here.map((one) => Number(/-(\d+)\.\d+$/.exec(one.id)?.[1] ?? 0))) + 1
      const old = here.filter((one) => one.serving).map((one) => one.id)
      const names = Array.from({ length: change.instances }, (_, index) => nameOf(change, generation, index + 1))
      const step = (phase: Phase, title: string, more: Partial<Detail> = {}): Step => ({
        wave: 0,
        id: StepId.parse(`${service.slug}:${phase}:${connectionId}`),
        phase,
        targetId: target.id,
        serviceId: service.id,
        connectionId,
        title,
        commands: [`scripted ${phase}`],
        detail: { names, old, artifact: change.artifact, command: null, ...more },
      })
      if (change.releaseCommand && service.releaseCommand && connectionId === target.connectionIds[0]) {
        yield step('release-command', `Run the release command of ${service.slug}`, { command: service.releaseCommand })
      }
      if (names.length > 0) {
        yield step('start', `Start ${names.length} of ${service.slug}`)
        yield step('healthy', `Wait for ${service.slug}`)
      }
      yield step('switch', `Move the traffic of ${service.slug}`)
      if (names.length > 0) yield step('bake', `Watch ${service.slug}`)
      yield step('retire', `Stop the old ones of ${service.slug}`)
    }
  }

  async function* apply(step: Step, context: StepContext, effects: Effects): AsyncGenerator<StepEvent> {
    const host = world.host(context.target.id, step.connectionId)
    const { names, old, artifact, command } = detailOf(step)
    const revision = context.settings?.id ?? null
    switch (step.phase) {
      case 'release-command': {
        const key = `${context.planId} ${(command ?? []).join(' ')}`
        if (!host.ranReleaseCommands.includes(key)) {
          await world.change('release-command', `run ${(command ?? []).join(' ')}`, step, effects, () =>
            host.ranReleaseCommands.push(key),
          )
        }
        yield { type: 'output', text: 'migrated' }
        return
      }
      case 'start':
        for (const name of names) {
          if (host.instances.some((one) => one.name === name) || !artifact) continue
          await world.change('start', `start ${name}`, step, effects, () =>
            host.instances.push({ name, artifact, revision, serving: false, startedAt: clock.now() }),
          )
          yield { type: 'progress', words: `${name} started`, done: null, total: null }
        }
        return
      case 'switch': {
        const right = host.instances.every((one) => one.serving === names.includes(one.name))
        if (!right)
          await world.change('switch', `switch to ${names.join(',') || 'nothing'}`, step, effects, () =>
            host.instances.forEach((one) => (one.serving = names.includes(one.name))),
          )
        return
      }
      case 'retire':
        for (const name of old) {
          if (!host.instances.some((one) => one.name === name)) continue
          await world.change(
            'retire',
            `stop ${name}`,
            step,
            effects,
            () => (host.instances = host.instances.filter((one) => one.name !== name)),
          )
        }
        return
      default:
        return
    }
  }

  async function* undo(step: Step, context: StepContext, effects: Effects): AsyncGenerator<StepEvent> {
    const host = world.host(context.target.id, step.connectionId)
    const { names, old } = detailOf(step)
    if (step.phase === 'switch') {
      const right = host.instances.every((one) => one.serving === old.includes(one.name))
      if (!right)
        await world.change('undo switch', 'switch back', step, effects, () =>
          host.instances.forEach((one) => (one.serving = old.includes(one.name))),
        )
    }
    if (step.phase === 'start') {
      for (const name of names.filter((one) => host.instances.some((instance) => instance.name === one))) {
        await world.change(
          'undo start',
          `remove ${name}`,
          step,
          effects,
          () => (host.instances = host.instances.filter((one) => one.name !== name)),
        )
      }
    }
    yield { type: 'progress', words: 'taken back', done: null, total: null }
  }

  return {
    observe: (context) => Promise.resolve(observe(context)),
    plan: (change) =>
      Promise.resolve({
        steps: [...stepsOf(change)],
        checks: [],
        manner: 'beside the old ones, then traffic moves',
        notUndone: [],
      }),
    apply,
    undo,
    probe: (step, context) =>
      Promise.resolve(
        detailOf(step).names.map((instance) => {
          const lost = world.unreachable.has(step.connectionId)
          const artifact = world
            .host(context.target.id, step.connectionId)
            .instances.find((one) => one.name === instance)?.artifact
          const asked = (world.probes.get(instance) ?? 0) + 1
          world.probes.set(instance, asked)
          const limit = artifact ? world.sick.get(artifact)?.goodProbes : 0
          const healthy = !lost && (limit === undefined || asked <= limit)
          return { instance, connectionId: step.connectionId, healthy, known: !lost, words: healthy ? '200' : 'answered 500' }
        }),
      ),
    resume(step, _effect, handle, context) {
      if (world.unreachable.has(step.connectionId)) return Promise.resolve('unknown')
      const what =
        typeof handle === 'object' && handle !== null && 'what' in handle && typeof handle.what === 'string' ? handle.what : ''
      const host = world.host(context.target.id, step.connectionId)
      const name = /^(?:start|stop|remove) (.+)$/.exec(what)?.[1]
      const there = host.instances.some((one) => one.name === name)
      if (what.startsWith('start ')) return Promise.resolve(there ? 'done' : 'not-done')
      if (name) return Promise.resolve(there ? 'not-done' : 'done')
      return Promise.resolve('not-done')
    },
    evidence: (step) =>
      Promise.resolve(
        detailOf(step).names.map((instance) => ({
          targetId: step.targetId,
          instance,
          healthAnswers: [{ at: clock.now(), words: 'answered 500' }],
          exit: null,
          stopReason: null,
          lastLines: ['it began', 'it broke'],
        })),
      ),
    artifacts: {
      has: (digest, connectionId) =>
        Promise.resolve([...world.hosts].some(([key, host]) => key.endsWith(connectionId) && host.has.has(digest))),
      async write(digest, connectionId, source) {
        // Before a byte is asked for, as where the link is gone already.
        if (world.faultAt('transfer', connectionId)) throw new LinkLost(problem('scripted-link', { what: 'transfer' }).problem)
        for await (const _ of source);
        for (const [key, host] of world.hosts) if (key.endsWith(connectionId)) host.has.add(digest)
      },
    },
    close: () => Promise.resolve(),
  }
}

/** A provider whose hosts live in the test: it can fail at any point. */
export const scriptedProvider = (world: ScriptedWorld): Provider =>
  defineProvider({
    kind: 'scripted',
    name: 'Scripted',
    icon: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>',
    connectionKind: 'local',
    accepts: ['bundle'],
    targetFields: [],
    parseTarget: (settings) => settings as Record<string, number>,
    connect: (_connections, { clock }) => Promise.resolve(sessionOf(world, clock)),
  })
