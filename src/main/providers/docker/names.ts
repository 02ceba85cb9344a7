import type { Instance } from '../../../shared/domain/observation'
import type { TargetContext } from '../provider'
import type { DockerTarget } from './fields'

const numbers = /-(\d+)\.(\d+)$/

/** The generation and the place in it: `shop-production-web-7.1` is [7, 1]. */
export function numbersOf(container: string): [number, number] {
  const match = numbers.exec(container)
  return [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)]
}

/** What all containers of a service in an environment begin with. */
export const prefixOf = ({ app, environment, service }: TargetContext) => [app.slug, environment.slug, service.slug].join('-')

/** An instance is its container on its host: the same name may run on several. */
export const instanceId = (container: string, host: string) => `${container}@${host}`
export const containerOf = (instance: string) => instance.slice(0, instance.lastIndexOf('@'))

/** The generation after all that there are, on every host the same. */
export const nextGeneration = (instances: readonly Pick<Instance, 'id'>[]) =>
  Math.max(0, ...instances.map((one) => numbersOf(containerOf(one.id))[0])) + 1

export const named = (context: TargetContext, generation: number, first: number, count: number) =>
  Array.from({ length: Math.max(0, count) }, (_, i) => `${prefixOf(context)}-${generation}.${first + i}`)

/** Further copies of the newest generation on one host. */
export function moreNames(context: TargetContext, here: readonly Instance[], count: number): string[] {
  const found = here.map((one) => numbersOf(containerOf(one.id)))
  const generation = Math.max(1, ...found.map(([g]) => g))
  const last = Math.max(0, ...found.filter(([g]) => g === generation).map(([, n]) => n))
  return named(context, generation, last + 1, count)
}

/** The upstream of nginx or the backend of HAProxy. */
export const upstreamOf = (context: TargetContext, { upstream }: DockerTarget) =>
  upstream || prefixOf(context).replaceAll('-', '_')

export const upstreamFileOf = (context: TargetContext, target: DockerTarget) =>
  target.upstreamFile || `/etc/nginx/conf.d/slipway-${upstreamOf(context, target)}.conf`
