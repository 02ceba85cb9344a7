import { z } from 'zod'
import { Digest } from '../../shared/domain/artifact'
import { Problem } from '../../shared/domain/problem'

const Id = z.string().min(1).max(300)

/** All that is needed to run one copy of a service, but its variables. */
export const InstanceSpec = z.object({
  id: Id,
  targetId: z.string(),
  placementId: z.string(),
  serviceId: z.string(),
  names: z.object({ app: z.string(), environment: z.string(), service: z.string(), release: z.string() }),
  digest: Digest,
  /** Where the unpacked bundle lies: the working folder. */
  folder: z.string(),
  command: z.array(z.string()).min(1),
  healthPath: z.string().nullable(),
  settingsRevisionId: z.string().nullable(),
  /** Variables whose values are secrets: never on disk. */
  secretKeys: z.array(z.string()),
  stopSeconds: z.number().min(0).max(600),
})
export type InstanceSpec = z.infer<typeof InstanceSpec>

export const Variables = z.record(z.string(), z.string())

export const ExitRecord = z.object({
  at: z.int(),
  code: z.number().nullable(),
  signal: z.string().nullable(),
  /** It ignored the request to end and was killed. */
  killed: z.boolean(),
})
export type ExitRecord = z.infer<typeof ExitRecord>

export const HealthAnswer = z.object({ at: z.int(), healthy: z.boolean(), words: z.string(), latencyMs: z.number().nullable() })
export type HealthAnswer = z.infer<typeof HealthAnswer>

/** What is known of one instance now. */
export const InstanceView = z.object({
  spec: InstanceSpec,
  phase: z.enum(['running', 'waiting', 'stopped', 'needs-variables']),
  pid: z.int().nullable(),
  port: z.int().nullable(),
  startedAt: z.int().nullable(),
  restarts: z.int(),
  exits: z.array(ExitRecord),
  answers: z.array(HealthAnswer),
  healthySince: z.int().nullable(),
  inFlight: z.int(),
  memoryBytes: z.number().nullable(),
  cpuPercent: z.number().nullable(),
  problem: Problem.nullable(),
})
export type InstanceView = z.infer<typeof InstanceView>

export const SpanCount = z.object({ at: z.int(), requests: z.int(), errors: z.int(), p95: z.number().nullable() })
export type SpanCount = z.infer<typeof SpanCount>

/** Where the traffic of one target goes. Without a route, `serving` names those that do the work. */
export const RouteView = z.object({
  routed: z.boolean(),
  port: z.int().nullable(),
  serving: z.array(Id),
  standby: z.array(Id),
  problem: Problem.nullable(),
  spans: z.array(SpanCount),
})
export type RouteView = z.infer<typeof RouteView>

export const JobView = z.object({
  state: z.enum(['none', 'running', 'ended', 'lost']),
  exit: ExitRecord.nullable(),
  problem: Problem.nullable(),
  output: z.string(),
  /** Where the next piece of output begins. */
  next: z.int(),
})
export type JobView = z.infer<typeof JobView>

const call = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O) => ({ input, output })
const Nothing = z.object({})
const OfInstance = z.object({ id: Id })

/** All that an owner may ask of the supervisor. */
export const calls = {
  hello: call(
    Nothing,
    z.object({ v: z.literal(1), pid: z.int(), dataDir: z.string(), startedAt: z.int(), notices: z.array(z.string()) }),
  ),
  look: call(
    z.object({ targetId: z.string().nullable() }),
    z.object({ instances: z.array(InstanceView), route: RouteView.nullable() }),
  ),
  /** Does nothing where it runs already. */
  start: call(z.object({ spec: InstanceSpec, variables: Variables }), InstanceView),
  /** Ends it and keeps its spec, so that it can be revived. */
  stop: call(OfInstance, InstanceView.nullable()),
  revive: call(OfInstance.extend({ variables: Variables.nullable() }), InstanceView),
  /** Ends it and forgets it. */
  remove: call(OfInstance, z.object({ exit: ExitRecord.nullable() })),
  /** Moves the pointer. Answers the stable port. */
  route: call(
    z.object({ targetId: z.string(), routed: z.boolean(), port: z.int().nullable(), serving: z.array(Id), standby: z.array(Id) }),
    z.object({ port: z.int().nullable() }),
  ),
  /** Waits until these have no request in flight. Answers how many were left when the time was over. */
  drain: call(z.object({ ids: z.array(Id), capMs: z.int().min(0).max(120_000) }), z.object({ left: z.int() })),
  /** Whether this port is free, or is this target's own already. */
  portFree: call(z.object({ targetId: z.string(), port: z.int().min(1).max(65_535) }), z.object({ free: z.boolean() })),
  /** Asks these now whether they are well. One without a health path, or that does not run, has no answer. */
  probe: call(
    z.object({ ids: z.array(Id) }),
    z.object({ found: z.array(z.object({ view: InstanceView, answer: HealthAnswer.nullable() })) }),
  ),
  /** Whether this program could be started from this folder. */
  findProgram: call(z.object({ program: z.string(), folder: z.string() }), z.object({ problem: Problem.nullable() })),
  /** Runs a command once per key, in the manner of an instance. */
  runJob: call(z.object({ key: z.string().max(300), spec: InstanceSpec, variables: Variables, again: z.boolean() }), JobView),
  job: call(z.object({ key: z.string().max(300), from: z.int().nonnegative() }), JobView),
  /** Brings all lines of a target that came until now to the disk. */
  flush: call(z.object({ targetId: z.string() }), z.object({})),
  shutdown: call(Nothing, z.object({})),
}
export type Calls = typeof calls
export type CallName = keyof Calls
export type CallInput<N extends CallName> = z.input<Calls[N]['input']>
/** An input once parsed. */
export type CallAsked<N extends CallName> = z.output<Calls[N]['input']>
export type CallOutput<N extends CallName> = z.output<Calls[N]['output']>

/** What comes back over the socket. */
export const Reply = z.union([z.object({ ok: z.json() }), z.object({ problem: Problem })])
