import { defineProvider, type Provider } from '../provider'
import { parseTarget, targetFields } from './fields'
import icon from './icon.svg?raw'

const images = async () => (await import('./image-sources')).imageSources

/** Containers on servers, by the Engine's own API. `aliveMs` is how long one without a health check must run to count as well. */
export const dockerProvider = ({ aliveMs }: { aliveMs: number }): Provider =>
  defineProvider({
    kind: 'docker',
    name: 'Docker on servers',
    icon,
    connectionKind: 'server',
    accepts: ['image'],
    terminals: true,
    strategies: ['all', 'rolling', 'canary'],
    targetFields,
    parseTarget,
    async connect(connections, ports) {
      const { dockerSession } = await import('./session')
      return dockerSession(connections, ports, aliveMs)
    },
    images: {
      list: async (where, signal) => (await images()).list(where, signal),
      resolve: async (where, reference, ports, signal) => (await images()).resolve(where, reference, ports, signal),
      async *save(where, digest, signal) {
        yield* (await images()).save(where, digest, signal)
      },
    },
    containers: {
      list: async (where, signal) => (await import('./logs')).listContainers(where, signal),
      async *follow(where, container, from, signal) {
        yield* (await import('./logs')).followContainer(where, container, from, signal)
      },
    },
    async discover(connection, _ports, signal) {
      const { discover } = await import('./discover')
      return discover(connection, signal)
    },
  })

export default dockerProvider({ aliveMs: 10_000 })
