import type { DockerTarget } from '../fields'
import { haproxy } from './haproxy'
import { nginx } from './nginx'
import type { Proxy } from './proxy'

const proxies: Record<Exclude<DockerTarget['proxy'], 'none'>, Proxy> = { nginx, haproxy }

/** The proxy of a target; null where traffic comes by a port of the server itself. */
export const proxyOf = ({ proxy }: Pick<DockerTarget, 'proxy'>): Proxy | null => (proxy === 'none' ? null : proxies[proxy])
