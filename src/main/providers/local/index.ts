import { defineProvider, type Provider } from '../provider'
import icon from './icon.svg?raw'
import { parseTarget, targetFields } from './fields'

/** This computer. `aliveMs` is how long a service without a health path must live to count as well. */
export const localProvider = ({ aliveMs }: { aliveMs: number }): Provider =>
  defineProvider({
    kind: 'local',
    name: 'This computer',
    icon,
    connectionKind: 'local',
    accepts: ['bundle'],
    targetFields,
    parseTarget,
    async connect(connections, ports) {
      const { localSession } = await import('./session')
      return localSession(connections, ports, aliveMs)
    },
  })

export default localProvider({ aliveMs: 10_000 })
