import type { Client } from 'ssh2'
import type { Clock } from '../../ports'
import type { ServerLink } from '../link'
import type { About } from './about'
import { streamOf } from './by-program'
import { detachedOn } from './detached'
import { execOn } from './exec'
import { filesOn } from './files'
import { forwardsOn } from './forward'
import { locksOn } from './locks'
import { SessionGate, throwIfLost } from './sessions'
import { terminalOn } from './terminal'

/** All that can be done on an open client. */
export function channelsOf(client: Client, about: About, clock: Clock): Omit<ServerLink, 'close'> {
  const gate = new SessionGate(about, clock)
  const { start, run } = execOn(client, about, gate)
  const { socket, tcp } = forwardsOn(client, about, start)
  return {
    name: about.name,
    user: about.user,
    fingerprint: about.fingerprint,
    lost: about.lost,
    run,
    start,
    shell: (command, size, signal) => terminalOn(client, about, gate, command, size, signal),
    dial: async (command, options, signal) => streamOf(await start(command, options, signal)),
    socket: async (path, signal) => {
      throwIfLost(about)
      return socket(path, signal)
    },
    tcp: async (host, port, signal) => {
      throwIfLost(about)
      return tcp(host, port, signal)
    },
    files: filesOn(client, about, gate),
    detached: detachedOn(run, about, clock),
    locks: locksOn(run, about),
  }
}
export type { About } from './about'
