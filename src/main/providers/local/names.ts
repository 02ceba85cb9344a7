import type { Observation } from '../../../shared/domain/observation'
import type { TargetContext } from '../provider'

const numbers = /-(\d+)\.(\d+)$/

/** The generation and the place in it: `shop-production-web-7.1` is [7, 1]. */
export function numbersOf(id: string): [number, number] {
  const match = numbers.exec(id)
  return [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)]
}

/** Names for new copies. They follow from what is observed only, so equal inputs give equal names. */
export function newNames(
  { app, environment, service, target, placement }: TargetContext,
  observed: Observation,
  count: number,
): string[] {
  const generation = Math.max(0, ...observed.instances.map((one) => numbersOf(one.id)[0])) + 1
  return named(prefix({ app, environment, service, target, placement }), generation, 1, count)
}

/** Names for further copies of the newest generation. */
export function moreNames(context: TargetContext, observed: Observation, count: number): string[] {
  const numbered = observed.instances.map((one) => numbersOf(one.id))
  const generation = Math.max(1, ...numbered.map(([g]) => g))
  const last = Math.max(0, ...numbered.filter(([g]) => g === generation).map(([, n]) => n))
  return named(prefix(context), generation, last + 1, count)
}

function prefix({ app, environment, service, target, placement }: TargetContext) {
  const same = placement.targets.filter((one) => one.serviceId === service.id && one.provider === target.provider)
  const place = same.findIndex((one) => one.id === target.id)
  return [app.slug, environment.slug, service.slug, ...(place > 0 ? [`t${place + 1}`] : [])].join('-')
}

const named = (start: string, generation: number, first: number, count: number) =>
  Array.from({ length: Math.max(0, count) }, (_, i) => `${start}-${generation}.${first + i}`)
